package protoprint

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"
)

// field writes a field, or an extension, that is declared in a scope.
func (p *printer) field(f *descriptorpb.FieldDescriptorProto, path []int32, s *scope) {
	index := p.inField(f, s)
	entry := index >= 0 && s.messages[index].GetOptions().GetMapEntry()
	head := p.label(f, entry)
	switch {
	case entry:
		head += "map<" + typeText(s.messages[index].Field[0]) + ", " + typeText(s.messages[index].Field[1]) + "> " + f.GetName()
	case index >= 0:
		head += "group " + s.messages[index].GetName()
	default:
		head += typeText(f) + " " + f.GetName()
	}
	head += " = " + decimal(f.GetNumber())
	head += p.brackets(p.optionsOf(f.Options), path, fieldOptions, f)
	if index < 0 || entry {
		p.statement(p.found.at(path), head+";")
		return
	}
	// The comments of a group are where its message is.
	in := s.inside(index)
	l := p.found.at(in.path)
	if l == nil {
		l = p.found.at(path)
	}
	p.block(l, head, func() { p.body(s.messages[index], in) })
}

func (p *printer) label(f *descriptorpb.FieldDescriptorProto, entry bool) string {
	repeated := f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	switch {
	case entry:
		return ""
	case f.GetProto3Optional():
		return "optional "
	case f.OneofIndex != nil:
		return ""
	case repeated:
		return "repeated "
	case !p.isProto2():
		return ""
	case f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED:
		return "required "
	}
	return "optional "
}

// inField is the index of the message that is declared by a field itself: the
// body of a group, or the entry of a map; -1 if there is none.
func (p *printer) inField(f *descriptorpb.FieldDescriptorProto, s *scope) int {
	i := -1
	switch {
	case f.GetType() == descriptorpb.FieldDescriptorProto_TYPE_GROUP && p.isProto2():
		i = s.declares(f.GetTypeName())
		if i >= 0 && strings.ToLower(s.messages[i].GetName()) != f.GetName() {
			i = -1
		}
	case f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED && f.GetType() == descriptorpb.FieldDescriptorProto_TYPE_MESSAGE:
		i = s.declares(f.GetTypeName())
		if i >= 0 && !isEntry(s.messages[i]) {
			i = -1
		}
	}
	return i
}

// isEntry reports whether a message is what compilers make of a map.
func isEntry(m *descriptorpb.DescriptorProto) bool {
	return m.GetOptions().GetMapEntry() && len(m.Field) == 2 && m.Field[0].GetNumber() == 1 && m.Field[1].GetNumber() == 2
}

func typeText(f *descriptorpb.FieldDescriptorProto) string {
	if f.TypeName != nil {
		if f.GetType() == descriptorpb.FieldDescriptorProto_TYPE_GROUP {
			return "/* as a group */ " + f.GetTypeName()
		}
		return f.GetTypeName()
	}
	return strings.ToLower(strings.TrimPrefix(f.GetType().String(), "TYPE_"))
}

func decimal(n int32) string { return strconv.Itoa(int(n)) }

// defaultText is a default value as source has it. A descriptor has it as text
// too, by other rules; ok is false for what no compiler writes there.
func defaultText(f *descriptorpb.FieldDescriptorProto) (text string, ok bool) {
	s := f.GetDefaultValue()
	switch f.GetType() {
	case descriptorpb.FieldDescriptorProto_TYPE_STRING:
		return quote(s), true
	case descriptorpb.FieldDescriptorProto_TYPE_BYTES:
		b, ok := unquote(s)
		return quoteBytes(b), ok
	case descriptorpb.FieldDescriptorProto_TYPE_DOUBLE:
		v, err := strconv.ParseFloat(s, 64)
		return floating(v, 64), err == nil
	case descriptorpb.FieldDescriptorProto_TYPE_FLOAT:
		v, err := strconv.ParseFloat(s, 32)
		return floating(v, 32), err == nil
	case descriptorpb.FieldDescriptorProto_TYPE_BOOL:
		return s, s == "true" || s == "false"
	case descriptorpb.FieldDescriptorProto_TYPE_ENUM:
		return s, IsName(s)
	case descriptorpb.FieldDescriptorProto_TYPE_UINT32, descriptorpb.FieldDescriptorProto_TYPE_FIXED32,
		descriptorpb.FieldDescriptorProto_TYPE_UINT64, descriptorpb.FieldDescriptorProto_TYPE_FIXED64:
		v, err := strconv.ParseUint(s, 0, 64)
		return strconv.FormatUint(v, 10), err == nil
	case descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, descriptorpb.FieldDescriptorProto_TYPE_GROUP:
		return "", false
	}
	v, err := strconv.ParseInt(s, 0, 64)
	return strconv.FormatInt(v, 10), err == nil
}

// IsName reports whether s can be the name of anything, alone.
func IsName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
