package shape

import (
	"slices"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// thriftRequest is the shape of a struct. Where the arguments of a method are one struct or
// union, that stands for them, as package format has it.
func thriftRequest(s *thrift.Struct) Shape {
	if s.Form == thrift.FormArguments && len(s.Fields) == 1 {
		if t := s.Fields[0].Type; t.Kind == thrift.KindStruct {
			return thriftStruct(t.Struct)
		}
	}
	return thriftStruct(s)
}

func thriftStruct(s *thrift.Struct) Shape {
	all := Shape{
		Kind: Message, Name: s.FullName, message: s,
		Union: s.Form == thrift.FormUnion, Arguments: s.Form == thrift.FormArguments, Empty: len(s.Fields) == 0,
	}
	all.fields = func() []Field {
		list := make([]Field, len(s.Fields))
		for i, f := range s.Fields {
			list[i] = thriftField(s, f)
		}
		return list
	}
	return all
}

func thriftField(s *thrift.Struct, fd *thrift.Field) Field {
	f := Field{
		Names: []string{fd.Name}, Owner: s.FullName, Name: fd.Name, Default: fd.Default, Base: fd.Base,
		Required:   fd.Requiredness == thrift.Required && fd.Default == nil && s.Form != thrift.FormUnion,
		Deprecated: slices.ContainsFunc(fd.Annotations, func(a thrift.Annotation) bool { return a.Key == "deprecated" && a.Value != "false" }),
		shape:      func() Shape { return thriftValue(fd.Type) },
	}
	if fd.Alias != "" && fd.Alias != fd.Name {
		f.Names = []string{fd.Alias, fd.Name}
	}
	if s.Form == thrift.FormUnion {
		f.Oneof = s.FullName
	}
	return f
}

func thriftValue(t *thrift.Type) Shape {
	s := Shape{Kind: Integer, Name: t.Name}
	switch t.Kind {
	case thrift.KindStruct:
		return thriftStruct(t.Struct)
	case thrift.KindList, thrift.KindSet:
		return Shape{Kind: List, Name: t.Name, Distinct: t.Kind == thrift.KindSet, elem: func() Shape { return thriftValue(t.Elem) }}
	case thrift.KindMap:
		return Shape{
			Kind: Map, Name: t.Name,
			key:  func() Shape { return thriftValue(t.Key) },
			elem: func() Shape { return thriftValue(t.Elem) },
		}
	case thrift.KindBool:
		s.Kind = Bool
	case thrift.KindDouble:
		s.Kind = Float
	case thrift.KindUUID:
		s.Kind, s.Form = Text, UUID
	case thrift.KindString:
		s.Kind = Text
		if t.Binary {
			s.Kind = Bytes
		}
	}
	if t.Enum != nil {
		s.Kind = Enum
		s.values = func() []Value {
			all := make([]Value, len(t.Enum.Values))
			for i, v := range t.Enum.Values {
				all[i] = Value(v)
			}
			return all
		}
	}
	return s
}
