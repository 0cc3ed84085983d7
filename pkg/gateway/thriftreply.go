package gateway

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// answer is what an HTTP client gets for a message.
type answer struct {
	status int // 0: by what the message is
	header http.Header
	body   []byte
	// contentType is that of body, "" for JSON.
	contentType string
}

// thriftReply is where the fields of a result or an exception go.
type thriftReply struct {
	method string
	fields map[string]replyField // by key in JSON
	binary format.BinaryForm
}

// replyField is the place of a field in an answer.
type replyField struct {
	*thrift.Field

	kind replyKind
	key  string
	conv bool // numbers of 64 bits become strings, somewhere in it
	all  bool // everywhere in it
}

type replyKind uint8

const (
	toBody replyKind = iota
	toHeader
	toCookie
	toStatus
	toRawBody
	toNowhere
)

// compileReplies reads the annotations of what a method returns and throws.
func compileReplies(m *idl.Method, binary format.BinaryForm) map[string]*thriftReply {
	out := m.Output.(*thrift.Struct)
	if out.Form != thrift.FormResult {
		return map[string]*thriftReply{"": compileReply(m, out, binary)}
	}
	replies := map[string]*thriftReply{}
	for _, f := range out.Fields {
		switch {
		case f.Type.Kind != thrift.KindStruct:
		case f.ID == 0:
			replies[""] = compileReply(m, f.Type.Struct, binary)
		default:
			replies[f.Type.Struct.FullName] = compileReply(m, f.Type.Struct, binary)
		}
	}
	return replies
}

func compileReply(m *idl.Method, s *thrift.Struct, binary format.BinaryForm) *thriftReply {
	r := &thriftReply{method: m.FullName(), fields: map[string]replyField{}, binary: binary}
	for _, f := range s.Fields {
		place := replyField{Field: f, key: keyOf(f)}
		place.all = jsConv(f)
		place.conv = place.all || converts(f.Type, map[*thrift.Struct]bool{})
		for _, a := range f.Annotations {
			if kind, ok := replyKindOf(a.Key); ok {
				place.kind, place.key = kind, sourceKey(f, a)
				break // the first says it
			}
		}
		r.fields[f.Name], r.fields[keyOf(f)] = place, place
	}
	return r
}

func replyKindOf(key string) (replyKind, bool) {
	switch key {
	case "api.body":
		return toBody, true
	case "api.header":
		return toHeader, true
	case "api.cookie":
		return toCookie, true
	case "api.http_code":
		return toStatus, true
	case "api.raw_body":
		return toRawBody, true
	case "api.none":
		return toNowhere, true
	}
	return 0, false
}

// jsConv reports whether a field has api.js_conv, whatever its value: Kitex ignores it.
func jsConv(f *thrift.Field) bool {
	return slices.ContainsFunc(f.Annotations, func(a thrift.Annotation) bool { return a.Key == "api.js_conv" })
}

// converts reports whether a field inside a type has api.js_conv.
func converts(t *thrift.Type, seen map[*thrift.Struct]bool) bool {
	switch {
	case t.Elem != nil:
		return converts(t.Elem, seen)
	case t.Struct == nil || seen[t.Struct]:
		return false
	}
	seen[t.Struct] = true
	for _, f := range t.Struct.Fields {
		if jsConv(f) || converts(f.Type, seen) {
			return true
		}
	}
	return false
}

// reply takes the JSON of a result apart.
func (m *thriftMapping) reply(result []byte, protobuf bool) (*answer, error) {
	if r := m.replies[""]; r != nil {
		if protobuf {
			return r.answer(result, m.pb)
		}
		return r.answer(result, nil)
	}
	return &answer{body: result}, nil
}

// exception is the answer of a declared exception; nil where the type is unknown.
func (m *thriftMapping) exception(name string, fields []byte) (*answer, error) {
	if r := m.replies[name]; r != nil {
		return r.answer(fields, nil)
	}
	return &answer{body: fields}, nil
}

// answer places the fields. With pb, the body is a message of it.
func (r *thriftReply) answer(text []byte, pb *transcoder) (*answer, error) {
	list, err := members(text)
	if err != nil {
		return &answer{body: text}, nil //nolint:nilerr // null, of a result that is not there
	}
	a := &answer{header: http.Header{}}
	var body, numbered []member
	raw := false
	for _, m := range list {
		f, known := r.fields[m.name]
		if known && f.conv && pb == nil {
			if m.json, err = convert(f.Type, m.json, f.all); err != nil {
				return nil, &ReplyError{r.method, err.Error()}
			}
		}
		switch {
		case !known:
			body = append(body, m)
		case f.kind == toBody:
			body = append(body, member{f.key, m.json})
			numbered = append(numbered, m)
		case f.kind == toRawBody:
			raw = true
			a.body, a.contentType = rawBody(f.Type, m.json, r.binary)
		default:
			if err := r.place(a, f, m.json); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case raw:
	case pb != nil:
		if a.body, err = pb.reply(numbered); err != nil {
			return nil, &ReplyError{r.method, err.Error()}
		}
		a.contentType = protobufType
	default:
		a.body = object(body)
	}
	return a, nil
}

// place puts a field beside the body.
func (r *thriftReply) place(a *answer, f replyField, value []byte) error {
	text := asText(value)
	switch f.kind {
	case toHeader:
		if !validHeader(f.key, text) {
			return &ReplyError{r.method, fmt.Sprintf("field %s is no value of a header: %q", f.Name, shorten(text))}
		}
		a.header.Set(f.key, text)
	case toCookie:
		c := &http.Cookie{Name: f.key, Value: text, Path: "/"}
		if c.Valid() != nil {
			return &ReplyError{r.method, fmt.Sprintf("field %s is no value of a cookie: %q", f.Name, shorten(text))}
		}
		a.header.Add("Set-Cookie", c.String())
	case toStatus:
		code, err := strconv.Atoi(text)
		if err == nil && code == 0 {
			return nil // a default that nobody has set
		}
		if err != nil || code < 200 || code > 599 {
			return &ReplyError{r.method, fmt.Sprintf("field %s is no status of an HTTP answer: %s", f.Name, shorten(text))}
		}
		a.status = code
	}
	return nil
}

// rawBody is the value of a field as the body itself.
func rawBody(t *thrift.Type, value []byte, form format.BinaryForm) (body []byte, contentType string) {
	text := asText(value)
	switch {
	case t.Binary:
		content, err := bytesOf(text, form)
		if err == nil {
			return content, "application/octet-stream"
		}
	case t.Kind != thrift.KindString:
		return value, ""
	}
	return []byte(text), "text/plain; charset=utf-8"
}

// bytesOf are the bytes that a codec has written in a form.
func bytesOf(text string, form format.BinaryForm) ([]byte, error) {
	switch form {
	case format.Hex:
		return hex.DecodeString(text)
	case format.Text:
		after, isBase64 := strings.CutPrefix(text, "base64:")
		if !isBase64 {
			return []byte(text), nil
		}
		text = after
	}
	return base64.StdEncoding.DecodeString(text)
}

// validHeader reports whether HTTP carries a header.
func validHeader(name, value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return name != ""
}

// convert writes numbers of 64 bits as strings: all, or those of fields with api.js_conv.
func convert(t *thrift.Type, value []byte, all bool) ([]byte, error) {
	switch {
	case string(value) == "null":
		return value, nil
	case t.Kind == thrift.KindI64 && all && value[0] != '"':
		return quote(string(value)), nil
	case t.Kind == thrift.KindStruct:
		return convertStruct(t.Struct, value, all)
	case t.Elem == nil:
		return value, nil
	case value[0] == '{': // a map
		list, err := members(value)
		for i := range list {
			if err == nil {
				list[i].json, err = convert(t.Elem, list[i].json, all)
			}
		}
		return object(list), err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		return nil, err
	}
	out := []byte{'['}
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		if t.Key == nil {
			item, err := convert(t.Elem, item, all)
			if err != nil {
				return nil, err
			}
			out = append(out, item...)
			continue
		}
		pair, err := convertPair(t, item, all)
		if err != nil {
			return nil, err
		}
		out = append(out, pair...)
	}
	return append(out, ']'), nil
}

// convertPair is an entry of a map whose keys JSON has no form for.
func convertPair(t *thrift.Type, pair []byte, all bool) ([]byte, error) {
	var both [2]json.RawMessage
	err := json.Unmarshal(pair, &both)
	var key, value []byte
	if err == nil {
		key, err = convert(t.Key, both[0], all)
	}
	if err == nil {
		value, err = convert(t.Elem, both[1], all)
	}
	return fmt.Appendf(nil, "[%s,%s]", key, value), err
}

func convertStruct(s *thrift.Struct, value []byte, all bool) ([]byte, error) {
	list, err := members(value)
	if err != nil {
		return nil, err
	}
	for i, m := range list {
		for _, f := range s.Fields {
			if f.Name != m.name && f.Alias != m.name {
				continue
			}
			if list[i].json, err = convert(f.Type, m.json, all || jsConv(f)); err != nil {
				return nil, err
			}
			break
		}
	}
	return object(list), nil
}
