package fields

import "github.com/idlcall/idlcall/pkg/idl/thrift"

// thriftRequest is the shape of a struct. Where the arguments of a method are one struct or
// union, that stands for them, as package format has it.
func thriftRequest(s *thrift.Struct) shape {
	if s.Form == thrift.FormArguments && len(s.Fields) == 1 {
		if t := s.Fields[0].Type; t.Kind == thrift.KindStruct {
			return thriftStruct(t.Struct)
		}
	}
	return thriftStruct(s)
}

func thriftStruct(s *thrift.Struct) shape {
	return shape{kind: kindMessage, name: s.FullName, fields: func() []field {
		all := make([]field, len(s.Fields))
		for i, f := range s.Fields {
			all[i] = thriftField(s, f)
		}
		return all
	}}
}

func thriftField(s *thrift.Struct, fd *thrift.Field) field {
	f := field{names: []string{fd.Name}, shape: func() shape { return thriftValue(fd.Type) }}
	if fd.Alias != "" && fd.Alias != fd.Name {
		f.names = []string{fd.Alias, fd.Name}
	}
	if s.Form == thrift.FormUnion {
		f.oneof = s.FullName
	}
	return f
}

func thriftValue(t *thrift.Type) shape {
	s := shape{kind: kindInteger, name: t.Name}
	switch t.Kind {
	case thrift.KindStruct:
		return thriftStruct(t.Struct)
	case thrift.KindList, thrift.KindSet:
		return shape{kind: kindList, name: t.Name, elem: func() shape { return thriftValue(t.Elem) }}
	case thrift.KindMap:
		return shape{kind: kindMap, name: t.Name, elem: func() shape { return thriftValue(t.Elem) }}
	case thrift.KindBool:
		s.kind = kindBool
	case thrift.KindDouble:
		s.kind = kindFloat
	case thrift.KindUUID:
		s.kind = kindText
	case thrift.KindString:
		s.kind = kindText
		if t.Binary {
			s.kind = kindBytes
		}
	}
	if t.Enum != nil {
		s.kind = kindEnum
		s.values = func() []string {
			names := make([]string, len(t.Enum.Values))
			for i, v := range t.Enum.Values {
				names[i] = v.Name
			}
			return names
		}
	}
	return s
}
