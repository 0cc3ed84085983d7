package cmd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/shape"
)

// notes tell of the fields of a template: type, what else there may be, and the comments of
// the IDL.
type notes struct{ *shape.Notes }

// of are the notes of a field.
func (n notes) of(message, field string) []string {
	line := ""
	switch e := n.Element(message).(type) {
	case *idl.Element:
		for _, f := range slices.Concat(e.Fields, e.Extensions) {
			if lastPart(f.Name) == field {
				line = n.ofProtobuf(e, f)
				break
			}
		}
	case *thrift.Element:
		for _, f := range slices.Concat(e.Fields, e.Arguments) {
			if f.Name == field {
				line = n.ofThrift(e, f)
				break
			}
		}
	}
	if line == "" {
		return nil
	}
	list := []string{visible(line)}
	for _, comment := range n.Field(message, field) {
		list = append(list, visible(comment))
	}
	return list
}

func (n notes) ofProtobuf(message, f *idl.Element) string {
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

func (n notes) ofThrift(message, f *thrift.Element) string {
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
func (n notes) values(name string) string {
	var names []string
	switch e := n.Element(name).(type) {
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

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
