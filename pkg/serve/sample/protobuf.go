package sample

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// message appends a message as ProtoJSON.
func (s *Source) message(dst []byte, d protoreflect.MessageDescriptor, level int) []byte {
	if known, ok := s.wellKnown(dst, d.FullName()); ok {
		return known
	}
	dst = append(dst, '{')
	chosen := map[protoreflect.FullName]int{}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if s.leaves(f, chosen, level) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, f.JSONName()), ':')
		dst = s.field(dst, f, level+1)
	}
	return append(dst, '}')
}

// leaves decides whether a field is left out. Of a oneof one is chosen, or none.
func (s *Source) leaves(f protoreflect.FieldDescriptor, chosen map[protoreflect.FullName]int, level int) bool {
	if f.Cardinality() == protoreflect.Required && level < limit {
		return false
	}
	one := f.ContainingOneof()
	if one == nil || one.IsSynthetic() {
		return s.skip(level) || (f.IsList() || f.IsMap()) && s.size(level) == 0
	}
	at, ok := chosen[one.FullName()]
	if !ok {
		at = s.Number(one.Fields().Len())
		if s.skip(level) {
			at = -1
		}
		chosen[one.FullName()] = at
	}
	return at < 0 || one.Fields().Get(at) != f
}

// Field appends a value of a field of Protobuf.
func (s *Source) Field(dst []byte, f protoreflect.FieldDescriptor) []byte { return s.field(dst, f, 0) }

func (s *Source) field(dst []byte, f protoreflect.FieldDescriptor, level int) []byte {
	switch {
	case f.IsMap():
		return s.protoMap(dst, f, level)
	case f.IsList():
		dst = append(dst, '[')
		for i := range 1 + s.Number(3) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = s.single(dst, f, level)
		}
		return append(dst, ']')
	}
	return s.single(dst, f, level)
}

func (s *Source) protoMap(dst []byte, f protoreflect.FieldDescriptor, level int) []byte {
	dst = append(dst, '{')
	seen := map[string]bool{}
	for range 1 + s.Number(3) {
		key := string(s.single(nil, f.MapKey(), level))
		if key[0] != '"' {
			key = strconv.Quote(key)
		}
		if seen[key] {
			continue
		}
		if len(seen) > 0 {
			dst = append(dst, ',')
		}
		seen[key] = true
		dst = append(append(dst, key...), ':')
		dst = s.single(dst, f.MapValue(), level)
	}
	return append(dst, '}')
}

func (s *Source) single(dst []byte, f protoreflect.FieldDescriptor, level int) []byte {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return s.bool(dst)
	case protoreflect.EnumKind:
		return s.protoEnum(dst, f.Enum())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return s.integer(dst, 32, true)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return s.integer(dst, 32, false)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return s.integer(dst, 64, true)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return s.integer(dst, 64, false)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return s.float(dst)
	case protoreflect.StringKind:
		return appendText(dst, s.text())
	case protoreflect.BytesKind:
		return s.bytes(dst)
	}
	return s.message(dst, f.Message(), level)
}

func (s *Source) protoEnum(dst []byte, e protoreflect.EnumDescriptor) []byte {
	if e.FullName() == "google.protobuf.NullValue" {
		return append(dst, "null"...)
	}
	return appendText(dst, string(e.Values().Get(s.Number(e.Values().Len())).Name()))
}
