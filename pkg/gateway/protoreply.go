package gateway

import (
	"encoding/json"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// reply is the answer of a reply, which is JSON.
func (p *protoMapping) reply(reply []byte, protobuf bool) (*answer, error) {
	if protobuf && p.from == nil && !isHTTPBody(p.out) {
		body, err := p.reverse.Codec().Encode(nil, reply)
		return &answer{body: body, contentType: protobufType}, err
	}
	of, text := p.out, reply
	if p.from != nil {
		text = p.fieldOf(reply)
		if of = p.from.Message(); p.from.IsList() || p.from.IsMap() {
			of = nil
		}
	}
	if of == nil || !isHTTPBody(of) {
		return &answer{body: text}, nil
	}
	var body struct{ ContentType, Data string }
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, &ReplyError{string(of.FullName()), err.Error()}
	}
	a := &answer{contentType: body.ContentType}
	if a.contentType == "" {
		a.contentType = "application/octet-stream"
	}
	if !validHeader("Content-Type", a.contentType) {
		return nil, &ReplyError{string(of.FullName()), "content_type is no value of a header"}
	}
	var err error
	a.body, err = bytesOf(body.Data, p.binary)
	if err != nil {
		return nil, &ReplyError{string(of.FullName()), "data: " + err.Error()}
	}
	return a, nil
}

// fieldOf is the field that response_body names, or what stands for it where the reply
// does not have it.
func (p *protoMapping) fieldOf(reply []byte) []byte {
	list, err := members(reply)
	if err == nil {
		for _, m := range list {
			if m.name == p.from.JSONName() || m.name == string(p.from.Name()) {
				return m.json
			}
		}
	}
	fd := p.from
	switch {
	case fd.IsMap():
		return []byte("{}")
	case fd.IsList():
		return []byte("[]")
	case fd.HasPresence():
		return []byte("null")
	}
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return []byte("false")
	case protoreflect.StringKind, protoreflect.BytesKind:
		return []byte(`""`)
	case protoreflect.Int64Kind, protoreflect.Uint64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Fixed64Kind:
		return []byte(`"0"`)
	case protoreflect.EnumKind:
		return quote(string(fd.Enum().Values().Get(0).Name()))
	}
	return []byte("0")
}

// exception is never asked for.
func (p *protoMapping) exception(_ string, fields []byte) (*answer, error) {
	return &answer{body: fields}, nil
}
