package sample

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// object appends a struct, a union or an exception.
func (s *Source) object(dst []byte, st *thrift.Struct, level int) []byte {
	dst = append(dst, '{')
	if st.Form == thrift.FormUnion {
		if f := s.member(st, level); f != nil {
			dst = s.entry(dst, f, level)
		}
		return append(dst, '}')
	}
	for _, f := range st.Fields {
		if f.Requiredness != thrift.Required && s.skip(level) || level >= limit {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = s.entry(dst, f, level)
	}
	return append(dst, '}')
}

func (s *Source) entry(dst []byte, f *thrift.Field, level int) []byte {
	dst = append(appendText(dst, f.Name), ':')
	return s.value(dst, f.Type, level+1)
}

// member is the field of a union that is set: deep down one that holds no struct.
func (s *Source) member(st *thrift.Struct, level int) *thrift.Field {
	if len(st.Fields) == 0 || level >= limit {
		return nil
	}
	f := st.Fields[s.Number(len(st.Fields))]
	if level < depth && s.rng != nil {
		return f
	}
	for _, f := range st.Fields {
		if f.Type.Struct == nil {
			return f
		}
	}
	return f
}

// Value appends a value of a type of Thrift.
func (s *Source) Value(dst []byte, t *thrift.Type) []byte { return s.value(dst, t, 0) }

// value appends a value of a type. Deep down lists and maps are empty.
func (s *Source) value(dst []byte, t *thrift.Type, level int) []byte {
	switch t.Kind {
	case thrift.KindBool:
		return s.bool(dst)
	case thrift.KindI8:
		return s.integer(dst, 8, true)
	case thrift.KindI16:
		return s.integer(dst, 16, true)
	case thrift.KindI32:
		if t.Enum != nil && len(t.Enum.Values) > 0 {
			return appendText(dst, t.Enum.Values[s.Number(len(t.Enum.Values))].Name)
		}
		return s.integer(dst, 32, true)
	case thrift.KindI64:
		return s.integer(dst, 64, true)
	case thrift.KindDouble:
		return s.float(dst)
	case thrift.KindString:
		if t.Binary {
			return s.bytes(dst)
		}
		return appendText(dst, s.text())
	case thrift.KindUUID:
		return fmt.Appendf(dst, `"%08x-0000-4000-8000-%012x"`, s.Number(1<<31), s.Number(1<<31))
	case thrift.KindStruct:
		return s.object(dst, t.Struct, level)
	case thrift.KindMap:
		return s.pairs(dst, t, level)
	}
	return s.elements(dst, t, level)
}

// elements appends a list or a set.
func (s *Source) elements(dst []byte, t *thrift.Type, level int) []byte {
	dst = append(dst, '[')
	seen := map[string]bool{}
	for range s.size(level) {
		element := string(s.value(nil, t.Elem, level+1))
		if t.Kind == thrift.KindSet && seen[element] {
			continue
		}
		if len(seen) > 0 && dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		seen[element] = true
		dst = append(dst, element...)
	}
	return append(dst, ']')
}

// pairs appends a map, whatever its keys are, as a list of pairs.
func (s *Source) pairs(dst []byte, t *thrift.Type, level int) []byte {
	dst = append(dst, '[')
	seen := map[string]bool{}
	for range s.size(level) {
		key := string(s.value(nil, t.Key, level+1))
		if seen[key] {
			continue
		}
		if len(seen) > 0 {
			dst = append(dst, ',')
		}
		seen[key] = true
		dst = append(append(append(dst, '['), key...), ',')
		dst = append(s.value(dst, t.Elem, level+1), ']')
	}
	return append(dst, ']')
}
