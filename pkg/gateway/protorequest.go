package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/fields"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
)

// protoMapping is how a rule of google.api.http maps HTTP requests to a message, and
// replies to answers.
type protoMapping struct {
	in    *idl.ProtoMessage
	whole bool                         // the body is all that the path does not have
	body  protoreflect.FieldDescriptor // the body is this field; nil where it is none
	from  protoreflect.FieldDescriptor // the answer is this field; nil where it is all
	vars  map[string]fieldPath
	out   protoreflect.MessageDescriptor
	// reverse decodes requests in Protobuf, and encodes replies.
	reverse *format.Program
	binary  format.BinaryForm
}

// fieldPath leads from a message to a field.
type fieldPath []protoreflect.FieldDescriptor

func (p fieldPath) last() protoreflect.FieldDescriptor { return p[len(p)-1] }

// text is the path with the names of the IDL.
func (p fieldPath) text() string {
	names := make([]string, len(p))
	for i, fd := range p {
		names[i] = string(fd.Name())
	}
	return strings.Join(names, ".")
}

// begins reports whether p leads to q, or to what q is in.
func (p fieldPath) begins(q fieldPath) bool {
	return len(p) <= len(q) && slices.Equal(p, q[:len(p)])
}

// findPath follows names, of the IDL or of JSON, from a message.
func findPath(m protoreflect.MessageDescriptor, text string) (fieldPath, error) {
	var path fieldPath
	for name := range strings.SplitSeq(text, ".") {
		if len(path) > 0 {
			if fd := path.last(); fd.Message() == nil || fd.Cardinality() == protoreflect.Repeated {
				return nil, fmt.Errorf("%s is no message", path.text())
			}
			m = path.last().Message()
		}
		fd := m.Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			fd = m.Fields().ByJSONName(name)
		}
		if fd == nil {
			return nil, fmt.Errorf("%s has no field %q", m.FullName(), shorten(name))
		}
		path = append(path, fd)
	}
	return path, nil
}

// compileProto checks a rule against the messages of its method.
func compileProto(m *idl.Method, r *Route) (*protoMapping, error) {
	p := &protoMapping{in: m.Input.(*idl.ProtoMessage), out: m.Output.(*idl.ProtoMessage).Descriptor, vars: map[string]fieldPath{}}
	for _, v := range r.pattern.vars {
		path, err := findPath(p.in.Descriptor, v.name)
		if err != nil {
			return nil, fmt.Errorf("{%s}: %w", v.name, err)
		}
		if fd := path.last(); fd.IsMap() || fd.Message() != nil && !hasText(fd.Message()) {
			return nil, fmt.Errorf("{%s}: a path has no value of type %s", v.name, typeName(fd))
		}
		p.vars[v.name] = path
	}
	field := func(what, name string, in protoreflect.MessageDescriptor) (protoreflect.FieldDescriptor, error) {
		if fd := in.Fields().ByName(protoreflect.Name(name)); fd != nil {
			return fd, nil
		}
		return nil, fmt.Errorf("%s: %s has no field %q", what, in.FullName(), name)
	}
	var err error
	switch r.Rule.Body {
	case "":
	case "*":
		p.whole = true
	default:
		if p.body, err = field("body", r.Rule.Body, p.in.Descriptor); err != nil {
			return nil, err
		}
	}
	if name := r.Rule.ResponseBody; name != "" && name != "*" {
		p.from, err = field("response_body", name, p.out)
	}
	return p, err
}

// request makes the document of a request.
func (p *protoMapping) request(in *input) ([]byte, error) {
	document, err := p.document(in)
	if err != nil {
		return nil, err
	}
	var pairs []fields.Pair
	var bound []fieldPath
	for _, v := range in.params {
		path := p.vars[v.name]
		text, err := v.value()
		var value []byte
		if err == nil {
			texts := []string{text}
			if path.last().IsList() {
				texts = strings.Split(text, ",")
			}
			value, err = protoTexts(path.last(), texts)
		}
		if err != nil {
			return nil, placed(fmt.Sprintf("path parameter %q", v.name), err)
		}
		if pairs, err = appendPair(pairs, path.text(), value); err != nil {
			return nil, err
		}
		bound = append(bound, path)
	}
	if p.body != nil {
		bound = append(bound, fieldPath{p.body})
	}
	if !p.whole || in.kind == bodyForm || in.kind == bodyMultipart {
		if pairs, err = p.query(in, pairs, bound); err != nil {
			return nil, err
		}
	}
	if len(pairs) == 0 {
		return document, nil
	}
	all, err := fields.New(p.in, pairs, noFiles)
	if err == nil {
		document, err = all.Over(nil, document)
	}
	if err != nil {
		return nil, &RequestError{Place: "request", Err: err}
	}
	return document, nil
}

// noFiles reads none of the files that a pair could name, which it does not.
func noFiles(string) ([]byte, error) { return nil, errors.New("a request names no files") }

func appendPair(pairs []fields.Pair, path string, value []byte) ([]fields.Pair, error) {
	pair, err := fields.Parse(path + ":=" + string(value))
	if err != nil {
		return nil, &RequestError{Place: "request", Err: err}
	}
	return append(pairs, pair), nil
}

// document is what the body says.
func (p *protoMapping) document(in *input) ([]byte, error) {
	empty := len(bytes.TrimSpace(in.body)) == 0
	isForm := in.kind == bodyForm || in.kind == bodyMultipart
	switch {
	case empty:
		return []byte("{}"), nil
	case p.whole && isHTTPBody(p.in.Descriptor):
		return httpBody(in), nil
	case isForm && p.body == nil:
		return []byte("{}"), onlyTexts(in) // query has its values
	case isForm && !isHTTPBody(p.body.Message()):
		return nil, &RequestError{Place: "body", Message: fmt.Sprintf("it is a form, and this route takes JSON for field %s", p.body.Name())}
	case p.whole && in.kind == bodyProtobuf:
		return p.decoded(in.body)
	case p.whole:
		return in.body, nil
	case p.body == nil && string(bytes.TrimSpace(in.body)) == "{}":
		return []byte("{}"), nil
	case p.body == nil:
		return nil, &RequestError{Place: "body", Message: "this route takes none"}
	}
	value := in.body
	switch {
	case !p.body.IsList() && isHTTPBody(p.body.Message()):
		value = httpBody(in)
	case in.kind == bodyProtobuf:
		return nil, &RequestError{Place: "body", Message: fmt.Sprintf("it is Protobuf, and it is only field %s", p.body.Name())}
	case !json.Valid(value):
		_, err := objectFields(value)
		if err == nil || value[0] != '{' {
			err = &RequestError{Place: "body", Message: "it is no JSON value"}
		}
		return nil, err
	}
	return object([]member{{p.body.JSONName(), value}}), nil
}

// onlyTexts refuses the files of a form, which google.api.http has no place for.
func onlyTexts(in *input) error {
	if err := in.parse(); err != nil {
		return err
	}
	for name := range in.files {
		return &RequestError{Place: "body", Message: fmt.Sprintf("a form's file has no place here: %q", shorten(name))}
	}
	return nil
}

// decoded is a body in Protobuf as JSON.
func (p *protoMapping) decoded(body []byte) ([]byte, error) {
	text, err := p.reverse.Codec().Decode(nil, body)
	if err != nil {
		return nil, &RequestError{Place: "body", Err: err}
	}
	return text, nil
}

// isHTTPBody reports whether a message stands for an HTTP body as it is.
func isHTTPBody(m protoreflect.MessageDescriptor) bool {
	return m != nil && m.FullName() == "google.api.HttpBody"
}

func httpBody(in *input) []byte {
	return object([]member{
		{"contentType", quote(in.r.Header.Get("Content-Type"))}, {"data", bytesText(in.body)},
	})
}

// query adds pairs of the query, and of a form, but for what is bound already. What no
// field has the name of is left to whoever asks for unused.
func (p *protoMapping) query(in *input, pairs []fields.Pair, bound []fieldPath) ([]fields.Pair, error) {
	values := maps.Clone(map[string][]string(in.query)) // never nil
	for name, texts := range in.form {
		values[name] = append(slices.Clip(values[name]), texts...)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fieldName, key, isEntry := mapEntry(name)
		path, err := findPath(p.in.Descriptor, fieldName)
		if err != nil || slices.ContainsFunc(bound, func(b fieldPath) bool { return b.begins(path) || path.begins(b) }) {
			continue
		}
		in.used[name] = true
		at := path.text()
		var value []byte
		if isEntry && path.last().IsMap() {
			at += "[" + strconv.Quote(key) + "]"
			value, err = protoTexts(path.last().MapValue(), values[name])
		} else {
			value, err = protoTexts(path.last(), values[name])
		}
		if err != nil {
			return nil, placed(fmt.Sprintf("query %q", name), err)
		}
		if pairs, err = appendPair(pairs, at, value); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

// mapEntry takes "field[key]" apart, the form of grpc-gateway.
func mapEntry(name string) (field, key string, is bool) {
	field, rest, found := strings.Cut(name, "[")
	if !found || !strings.HasSuffix(rest, "]") {
		return name, "", false
	}
	return field, rest[:len(rest)-1], true
}
