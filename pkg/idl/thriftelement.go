package idl

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// ThriftElement is one Thrift definition as the JSON form of a Description has
// it. Which fields are set depends on the kind.
type ThriftElement struct {
	// Kind is "service", "method", "struct", "union", "exception", "enum",
	// "enum value", "typedef", "const", "field" or "file".
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Comment string `json:"comment,omitempty"`

	// Services have Extends; methods the rest, with Streaming as annotated.
	Extends   string           `json:"extends,omitempty"`
	Oneway    bool             `json:"oneway,omitempty"`
	Streaming string           `json:"streaming,omitempty"`
	Returns   string           `json:"returns,omitempty"`
	Arguments []*ThriftElement `json:"arguments,omitempty"`
	Throws    []*ThriftElement `json:"throws,omitempty"`

	// Number is the id of a field or the number of an enum value.
	Number *int32 `json:"number,omitempty"`
	// Type and Default, or the Value of a constant, are as the IDL writes them.
	Type         string `json:"type,omitempty"`
	Requiredness string `json:"requiredness,omitempty"`
	Alias        string `json:"alias,omitempty"`
	Default      string `json:"default,omitempty"`
	Value        string `json:"value,omitempty"`

	Includes    []string            `json:"includes,omitempty"`
	Definitions []*ThriftElement    `json:"definitions,omitempty"`
	Methods     []*ThriftElement    `json:"methods,omitempty"`
	Fields      []*ThriftElement    `json:"fields,omitempty"`
	Values      []*ThriftElement    `json:"values,omitempty"`
	Annotations []ElementAnnotation `json:"annotations,omitempty"`
}

// ElementAnnotation is an annotation of a ThriftElement.
type ElementAnnotation struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// element is a declaration that has been read, without the methods of a service.
func (d *thriftDecl) element() *ThriftElement {
	f, b := d.file, d.body
	e := &ThriftElement{Kind: d.class.String(), Name: d.full(), Comment: f.comment(d.doc, d.start, d.end)}
	e.Annotations = elementAnnotations(b.annotations)
	if b.typeEnd > 0 {
		e.Type = f.plain(b.typeAt, b.typeEnd)
	} else if d.class == classTypedef {
		e.Type = "string" // a senum
	}
	if b.valueEnd > 0 {
		e.Value = f.plain(b.valueAt, b.valueEnd)
	}
	for i := range b.fields {
		e.Fields = append(e.Fields, f.field(&b.fields[i]))
	}
	for i := range b.values {
		e.Values = append(e.Values, f.enumValue(&b.values[i]))
	}
	return e
}

func (f *thriftFile) enumValue(v *thriftValueDecl) *ThriftElement {
	return &ThriftElement{
		Kind: "enum value", Name: v.Name, Number: &v.Number, Comment: f.comment(v.doc, v.start, v.end),
		Annotations: elementAnnotations(v.annotations),
	}
}

func (f *thriftFile) field(d *thriftFieldDecl) *ThriftElement {
	e := &ThriftElement{
		Kind: "field", Name: d.name, Number: new(int32(d.id)), Comment: f.comment(d.doc, d.start, d.end),
		Type: f.plain(d.typeAt, d.typeEnd), Alias: aliasOf(d.annotations), Annotations: elementAnnotations(d.annotations),
	}
	switch d.requiredness {
	case thrift.Required:
		e.Requiredness = "required"
	case thrift.Optional:
		e.Requiredness = "optional"
	}
	if d.defaultEnd > 0 {
		e.Default = f.plain(d.defaultAt, d.defaultEnd)
	}
	return e
}

func (f *thriftFile) method(service string, fn *thriftFunc) *ThriftElement {
	e := &ThriftElement{
		Kind: "method", Name: service + "/" + fn.name, Comment: f.comment(fn.doc, fn.start, fn.end),
		Oneway: fn.oneway, Returns: f.plain(fn.typeAt, fn.typeEnd), Annotations: elementAnnotations(fn.annotations),
	}
	for _, a := range fn.annotations {
		if a.Key == "streaming.mode" {
			e.Streaming = a.Value
		}
	}
	for i := range fn.args {
		e.Arguments = append(e.Arguments, f.field(&fn.args[i]))
	}
	for i := range fn.throws {
		e.Throws = append(e.Throws, f.field(&fn.throws[i]))
	}
	return e
}

func elementAnnotations(list []thriftAnnotationDecl) []ElementAnnotation {
	var out []ElementAnnotation
	for _, a := range list {
		out = append(out, ElementAnnotation{a.Key, a.Value})
	}
	return out
}

// plain is a piece of the text in one line, without comments.
func (f *thriftFile) plain(start, end int) string {
	l := &thriftLexer{src: f.src[:end], pos: start}
	var b strings.Builder
	last := start
	for l.next() != tokEOF {
		if b.Len() > 0 && l.start > last {
			b.WriteByte(' ')
		}
		b.WriteString(l.text())
		last = l.end
	}
	return b.String()
}

// comment is the text of the comments before a definition, or else of those
// behind it on its line.
func (f *thriftFile) comment(doc, start, end int) string {
	text := f.src[doc:start]
	if doc == start {
		text = strings.TrimLeft(f.src[end:thriftLineRest(f.src, end)], ",; \t")
	}
	text = strings.ReplaceAll(text, "*/", "")
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		for _, mark := range []string{"/**", "/*", "//", "#", "*"} {
			if rest, ok := strings.CutPrefix(line, mark); ok {
				line = strings.TrimSpace(rest)
				break
			}
		}
		lines = append(lines, line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
