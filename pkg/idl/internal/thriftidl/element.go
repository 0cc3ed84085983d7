package thriftidl

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// element is a declaration that has been read, without the methods of a service.
func (d *decl) element() *thrift.Element {
	f, b := d.file, d.body
	e := &thrift.Element{Kind: d.class.String(), Name: d.full(), Comment: f.comment(d.doc, d.start, d.end)}
	e.Annotations = plainAnnotations(b.annotations)
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

func (f *file) enumValue(v *enumValue) *thrift.Element {
	return &thrift.Element{
		Kind: "enum value", Name: v.Name, Number: &v.Number, Comment: f.comment(v.doc, v.start, v.end),
		Annotations: plainAnnotations(v.annotations),
	}
}

func (f *file) field(d *field) *thrift.Element {
	e := &thrift.Element{
		Kind: "field", Name: d.name, Number: new(int32(d.id)), Comment: f.comment(d.doc, d.start, d.end),
		Type: f.plain(d.typeAt, d.typeEnd), Alias: aliasOf(d.annotations), Annotations: plainAnnotations(d.annotations),
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

func (f *file) method(service string, fn *function) *thrift.Element {
	e := &thrift.Element{
		Kind: "method", Name: service + "/" + fn.name, Comment: f.comment(fn.doc, fn.start, fn.end),
		Oneway: fn.oneway, Returns: f.plain(fn.typeAt, fn.typeEnd), Annotations: plainAnnotations(fn.annotations),
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

// plain is a piece of the text in one line, without comments.
func (f *file) plain(start, end int) string {
	l := &lexer{src: f.src[:end], pos: start}
	var b strings.Builder
	last := start
	for l.next() != source.EOF {
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
func (f *file) comment(doc, start, end int) string {
	text := f.src[doc:start]
	if doc == start {
		text = strings.TrimLeft(f.src[end:lineRest(f.src, end)], ",; \t")
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
