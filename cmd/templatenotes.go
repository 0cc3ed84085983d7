package cmd

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// notes tell of the fields of a template: type, what else there may be, and the comments of
// the IDL.
type notes struct {
	ctx    context.Context //nolint:containedctx // of one command
	schema idl.Schema
	symbol string // the method or type of the template
	known  map[string]any
}

func newNotes(ctx context.Context, schema idl.Schema, symbol string) *notes {
	return &notes{ctx, schema, symbol, map[string]any{}}
}

// of are the notes of a field.
func (n *notes) of(message, field string) []string {
	switch e := n.describe(message).(type) {
	case *idl.Element:
		for _, f := range slices.Concat(e.Fields, e.Extensions) {
			if lastPart(f.Name) == field {
				return withComment(n.ofProtobuf(e, f), f.Comment)
			}
		}
	case *thrift.Element:
		for _, f := range slices.Concat(e.Fields, e.Arguments) {
			if f.Name == field {
				return withComment(n.ofThrift(e, f), f.Comment)
			}
		}
	}
	return nil
}

// describe finds a type; the arguments of a method are what the method itself has.
func (n *notes) describe(name string) any {
	if e, ok := n.known[name]; ok {
		return e
	}
	d, err := n.schema.Describe(n.ctx, name)
	if err != nil {
		d, err = n.schema.Describe(n.ctx, n.symbol)
	}
	var e any
	if err == nil {
		e = d.Value
	}
	n.known[name] = e
	return e
}

func (n *notes) ofProtobuf(message, f *idl.Element) string {
	text := cmp.Or(f.TypeName, f.Type)
	if f.KeyType != "" {
		text = "map<" + f.KeyType + ", " + cmp.Or(f.TypeName, f.ValueType) + ">"
	} else if f.Label == "repeated" || f.Label == "required" {
		text = f.Label + " " + text
	}
	if f.Oneof != "" {
		var others []string
		for _, other := range message.Fields {
			if other.Oneof == f.Oneof {
				others = append(others, lastPart(other.Name))
			}
		}
		if len(others) > 1 {
			text += "; of oneof " + lastPart(f.Oneof) + ": " + strings.Join(others, ", ")
		}
	}
	if f.TypeName != "" {
		text += n.values(f.TypeName)
	}
	return text
}

func (n *notes) ofThrift(message, f *thrift.Element) string {
	text := f.Type
	if f.Requiredness == "required" || f.Requiredness == "optional" {
		text = f.Requiredness + " " + text
	}
	if message.Kind == "union" {
		var names []string
		for _, other := range message.Fields {
			names = append(names, other.Name)
		}
		text += "; one of " + strings.Join(names, ", ")
	}
	return text + n.values(f.Type)
}

// values are those of an enum, "" of another type.
func (n *notes) values(name string) string {
	var names []string
	switch e := n.describe(name).(type) {
	case *idl.Element:
		if e.Kind == "enum" {
			for _, v := range e.Values {
				names = append(names, lastPart(v.Name))
			}
		}
	case *thrift.Element:
		if e.Kind == "enum" {
			for _, v := range e.Values {
				names = append(names, v.Name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

// withComment is a line, and below it those of a comment.
func withComment(line, comment string) []string {
	list := []string{visible(line)}
	for part := range strings.Lines(strings.TrimSpace(comment)) {
		list = append(list, visible(strings.TrimSpace(part)))
	}
	return list
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
