package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// thriftMapping is how a method of Thrift maps HTTP requests to its arguments, and its
// results to answers.
type thriftMapping struct {
	method  string
	fields  []thriftField
	replies map[string]*thriftReply // by type; "" is the result
	pb      *transcoder             // nil where no .proto has the method
	lax     bool                    // unknown keys of a body are skipped
}

// thriftField is where a field of the request comes from.
type thriftField struct {
	*thrift.Field

	sources []source
	check   condition
	inside  []thriftField // of a struct whose fields stand in the request itself
}

// source is a place in an HTTP request.
type source struct {
	kind sourceKind
	key  string
}

type sourceKind uint8

const (
	fromBody sourceKind = iota // a key of the body, whatever its form
	fromQuery
	fromPath
	fromHeader
	fromCookie
	fromForm
	fromRawBody
	fromRawURI
	fromNowhere
)

func (k sourceKind) String() string {
	return [...]string{"body", "query", "path parameter", "header", "cookie", "form", "body", "URI", ""}[k]
}

// place is a source as errors name it.
func (s source) place() string {
	if s.key == "" || s.kind == fromRawBody {
		return s.kind.String()
	}
	return fmt.Sprintf("%s %q", s.kind, s.key)
}

// sourceKinds are the annotations of fields (cloudwego.io/docs/kitex, "IDL annotation").
func sourceOf(a thrift.Annotation) (sourceKind, bool) {
	switch a.Key {
	case "api.body":
		return fromBody, true
	case "api.query":
		return fromQuery, true
	case "api.path":
		return fromPath, true
	case "api.header":
		return fromHeader, true
	case "api.cookie":
		return fromCookie, true
	case "api.form":
		return fromForm, true
	case "api.raw_body":
		return fromRawBody, true
	case "api.raw_uri":
		return fromRawURI, true
	case "api.none":
		return fromNowhere, true
	}
	return 0, false
}

// requestOf is the struct that the document of a method is of, as package format has it.
func requestOf(m *idl.Method) *thrift.Struct {
	in := m.Input.(*thrift.Struct)
	if in.Form == thrift.FormArguments && len(in.Fields) == 1 && in.Fields[0].Type.Kind == thrift.KindStruct {
		return in.Fields[0].Type.Struct
	}
	return in
}

// compileFields reads the annotations of a struct. around are the structs that it is in.
func compileFields(s *thrift.Struct, around ...*thrift.Struct) ([]thriftField, error) {
	if slices.Contains(around, s) {
		return nil, fmt.Errorf("%s is in itself, and each of its fields would stand in the request", s.FullName)
	}
	around = append(slices.Clip(around), s)
	list := make([]thriftField, len(s.Fields))
	for i, f := range s.Fields {
		list[i].Field = f
		for _, a := range f.Annotations {
			kind, isSource := sourceOf(a)
			switch {
			case isSource:
				list[i].sources = append(list[i].sources, source{kind, sourceKey(f, a)})
			case a.Key == "api.vd":
				list[i].check = parseCondition(a.Value)
			case a.Key == "api.no_body_struct", a.Key == "api.source" && a.Value == "not_body_struct":
				if f.Type.Kind != thrift.KindStruct {
					return nil, fmt.Errorf("field %s of %s has %s and is no struct", f.Name, s.FullName, a.Key)
				}
				var err error
				if list[i].inside, err = compileFields(f.Type.Struct, around...); err != nil {
					return nil, err
				}
			}
		}
		if len(list[i].sources) == 0 && list[i].inside == nil {
			list[i].sources = []source{{fromBody, keyOf(f)}}
		}
	}
	return list, nil
}

// keyOf is a field's name in JSON.
func keyOf(f *thrift.Field) string {
	if f.Alias != "" {
		return f.Alias
	}
	return f.Name
}

// sourceKey is the name in an annotation, or the field's own.
func sourceKey(f *thrift.Field, a thrift.Annotation) string {
	if a.Value == "" {
		return keyOf(f)
	}
	return a.Value
}

// request makes the document of a request.
func (m *thriftMapping) request(in *input) ([]byte, error) {
	if in.kind == bodyProtobuf && len(in.body) > 0 {
		if err := m.fromProtobuf(in); err != nil {
			return nil, err
		}
	}
	taken := map[string]bool{}
	list, err := mapFields(m.fields, in, taken)
	if err != nil {
		return nil, err
	}
	if err := m.unknown(in, taken); err != nil {
		return nil, err
	}
	return object(list), nil
}

// mapFields are the members of a struct. taken are the keys of the body that have a place.
func mapFields(fields []thriftField, in *input, taken map[string]bool) ([]member, error) {
	var list []member
	for i := range fields {
		f := &fields[i]
		if f.inside != nil {
			inside, err := mapFields(f.inside, in, taken)
			if err != nil {
				return nil, err
			}
			if len(inside) > 0 || f.Requiredness == thrift.Required {
				list = append(list, member{f.Name, object(inside)})
			}
			continue
		}
		value, from, err := f.value(in, taken)
		if err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		if f.check != nil && !f.check(value) {
			return nil, &RequestError{Place: from.place(), Message: fmt.Sprintf("%s is not as field %s wants it (%s)", shorten(string(value)), f.Name, annotation(f.Field, "api.vd"))}
		}
		list = append(list, member{f.Name, value})
	}
	return list, nil
}

// annotation is the value of one, "" where it is not there.
func annotation(f *thrift.Field, key string) string {
	for _, a := range f.Annotations {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// value is the JSON of a field from the first source that has one, nil where none has.
func (f *thriftField) value(in *input, taken map[string]bool) ([]byte, source, error) {
	for _, s := range f.sources {
		value, err := f.from(s, in, taken)
		if err != nil {
			return nil, s, placed(s.place(), err)
		}
		if value != nil {
			return value, s, nil
		}
	}
	return nil, source{}, nil
}

// placed is an error with the place where its text stands.
func placed(place string, err error) error {
	if is[*RequestError](err) || is[*BodySizeError](err) {
		return err
	}
	e := &RequestError{Place: place, Message: err.Error()}
	if unknown, ok := err.(*unknownValueError); ok {
		e.Nearest = unknown.nearest
	}
	return e
}

// from asks one source. An empty text is none, as in Kitex.
func (f *thriftField) from(s source, in *input, taken map[string]bool) ([]byte, error) {
	var texts []string
	switch s.kind {
	case fromBody, fromForm:
		return f.fromBody(s, in, taken)
	case fromRawBody:
		if len(in.body) == 0 {
			return nil, nil
		}
		return thriftText(f.Type, []string{string(in.body)})
	case fromQuery:
		texts = in.queryValues(s.key)
	case fromPath:
		text, _, err := in.param(s.key)
		if err != nil {
			return nil, err
		}
		texts = []string{text}
	case fromHeader:
		texts = in.r.Header.Values(s.key)
		if strings.EqualFold(s.key, "host") {
			texts = []string{in.r.Host}
		}
	case fromCookie:
		for _, c := range in.r.CookiesNamed(s.key) {
			texts = append(texts, c.Value)
		}
	case fromRawURI:
		texts = []string{in.r.URL.String()}
	}
	return f.text(texts)
}

// text is the JSON of texts, of which empty ones do not count.
func (f *thriftField) text(texts []string) ([]byte, error) {
	texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return text == "" })
	if len(texts) == 0 {
		return nil, nil
	}
	return thriftText(f.Type, texts)
}

// fromBody is a key of the body. In JSON a field without a name of its own there has that
// of the IDL, too.
func (f *thriftField) fromBody(s source, in *input, taken map[string]bool) ([]byte, error) {
	if err := in.parse(); err != nil {
		return nil, err
	}
	if in.form != nil {
		taken[s.key] = true
		if content, ok := in.files[s.key]; ok {
			return thriftText(f.Type, []string{string(content)})
		}
		return f.text(in.form[s.key])
	}
	if s.kind == fromForm {
		return nil, nil
	}
	keys := []string{s.key}
	if s.key == f.Alias {
		keys = append(keys, f.Name)
	}
	if in.kind == bodyProtobuf {
		keys = []string{f.Name}
	}
	for _, key := range keys {
		taken[key] = true
		if value, ok := in.fields[key]; ok && string(value) != "null" {
			return value, nil
		}
	}
	return nil, nil
}

// unknown refuses keys of the body for which the request has no field.
func (m *thriftMapping) unknown(in *input, taken map[string]bool) error {
	if m.lax {
		return nil
	}
	var names []string
	for name := range in.fields {
		names = append(names, name)
	}
	for name := range in.form {
		names = append(names, name)
	}
	for name := range in.files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if taken[name] {
			continue
		}
		var known []string
		for key := range taken {
			known = append(known, key)
		}
		slices.Sort(known)
		return &RequestError{
			Place: "body", Message: fmt.Sprintf("%s takes no key %q from it", m.method, shorten(name)), Nearest: idl.Nearest(name, known),
		}
	}
	return nil
}

// fromProtobuf reads a body in Protobuf, by field numbers.
func (m *thriftMapping) fromProtobuf(in *input) (err error) {
	if m.pb == nil {
		return &RequestError{Place: "body", Message: "it is Protobuf, and no .proto of the IDL has a method " + m.method}
	}
	if in.fields, err = m.pb.request(in.body); err == nil {
		in.parsed = true
	}
	return err
}

// asText is a JSON value as a header or a cookie has it: strings without quotes, lists
// with commas, as Kitex writes them.
func asText(value []byte) string {
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '"':
		var text string
		if json.Unmarshal(value, &text) == nil {
			return text
		}
	case '[':
		var items []json.RawMessage
		if json.Unmarshal(value, &items) == nil {
			texts := make([]string, len(items))
			for i, item := range items {
				texts[i] = asText(item)
			}
			return strings.Join(texts, ",")
		}
	}
	return string(value)
}
