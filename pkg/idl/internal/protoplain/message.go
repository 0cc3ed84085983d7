package protoplain

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
)

type (
	message = descriptorpb.DescriptorProto
	field   = descriptorpb.FieldDescriptorProto
)

// maxDepth is of messages in messages, entries of maps included.
const maxDepth = 31

// message passes one from its name on.
func (p *parser) message(depth int) *message {
	m := &message{Name: new(p.word())}
	if depth > maxDepth {
		p.giveUp()
	}
	p.need('{')
	for !p.is('}') && !p.odd {
		p.member(m, depth)
	}
	if p.proto3 && !p.odd {
		addOptionals(m)
	}
	return m
}

// member passes a statement in a message. Its words do not begin the type of a field.
func (p *parser) member(m *message, depth int) {
	at := *p
	if p.is(';') {
		return
	}
	if p.lex.Tok == '.' {
		p.fieldOf(m, none)
		return
	}
	switch p.word() {
	case "message":
		m.NestedType = append(m.NestedType, p.message(depth+1))
	case "enum":
		m.EnumType = append(m.EnumType, p.enum())
	case "oneof":
		p.oneof(m)
	case "option":
		if m.Options == nil {
			m.Options = &descriptorpb.MessageOptions{}
		}
		m.Options.UninterpretedOption = append(m.Options.UninterpretedOption, p.option())
	case "reserved":
		p.reservedIn(m)
	case "optional":
		p.fieldOf(m, optional)
	case "required":
		p.fieldOf(m, required)
	case "repeated":
		p.fieldOf(m, repeated)
	case "extensions", "extend", "group", "export", "local":
		p.giveUp()
	default:
		if at.lex.IsIdent("map") && p.lex.Tok == '<' {
			p.mapOf(m, depth+1)
			return
		}
		if !p.odd {
			*p = at
		}
		p.fieldOf(m, none)
	}
}

// Labels of fields.
const (
	none     = descriptorpb.FieldDescriptorProto_Label(0)
	optional = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
	required = descriptorpb.FieldDescriptorProto_LABEL_REQUIRED
	repeated = descriptorpb.FieldDescriptorProto_LABEL_REPEATED
)

// fieldOf passes a field from its type on; not one of a oneof.
func (p *parser) fieldOf(m *message, label descriptorpb.FieldDescriptorProto_Label) {
	if p.lex.IsIdent("group") || label == none && !p.proto3 || label == required && p.proto3 {
		p.giveUp()
	}
	f := p.field()
	if label == optional && p.proto3 {
		f.Proto3Optional = new(true)
	}
	if label != none {
		f.Label = label.Enum()
	}
	m.Field = append(m.Field, f)
}

// field passes a field from its type to its semicolon.
func (p *parser) field() *field {
	typ := p.typeName()
	f := newField(p.word(), typ)
	p.rest(f)
	return f
}

// rest passes a field from behind its name on.
func (p *parser) rest(f *field) {
	p.need('=')
	f.Number = new(p.fieldNumber())
	if n := protowire.Number(f.GetNumber()); protowire.FirstReservedNumber <= n && n <= protowire.LastReservedNumber {
		p.giveUp()
	}
	if list := p.compactOptions(); list != nil {
		f.Options = &descriptorpb.FieldOptions{UninterpretedOption: list}
	}
	p.need(';')
}

func newField(name, typ string) *field {
	f := &field{Name: &name, JsonName: new(protoprint.JSONName(name)), Label: optional.Enum()}
	if t := scalar(typ); t != 0 {
		f.Type = t.Enum()
	} else {
		f.TypeName = &typ
	}
	return f
}

// scalar is the type of this name, 0 for messages and enums.
func scalar(name string) descriptorpb.FieldDescriptorProto_Type {
	switch name {
	case "double":
		return descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
	case "float":
		return descriptorpb.FieldDescriptorProto_TYPE_FLOAT
	case "int32":
		return descriptorpb.FieldDescriptorProto_TYPE_INT32
	case "int64":
		return descriptorpb.FieldDescriptorProto_TYPE_INT64
	case "uint32":
		return descriptorpb.FieldDescriptorProto_TYPE_UINT32
	case "uint64":
		return descriptorpb.FieldDescriptorProto_TYPE_UINT64
	case "sint32":
		return descriptorpb.FieldDescriptorProto_TYPE_SINT32
	case "sint64":
		return descriptorpb.FieldDescriptorProto_TYPE_SINT64
	case "fixed32":
		return descriptorpb.FieldDescriptorProto_TYPE_FIXED32
	case "fixed64":
		return descriptorpb.FieldDescriptorProto_TYPE_FIXED64
	case "sfixed32":
		return descriptorpb.FieldDescriptorProto_TYPE_SFIXED32
	case "sfixed64":
		return descriptorpb.FieldDescriptorProto_TYPE_SFIXED64
	case "bool":
		return descriptorpb.FieldDescriptorProto_TYPE_BOOL
	case "string":
		return descriptorpb.FieldDescriptorProto_TYPE_STRING
	case "bytes":
		return descriptorpb.FieldDescriptorProto_TYPE_BYTES
	}
	return 0
}

// mapOf passes a map from its angle bracket on: a list of entries, each a message.
func (p *parser) mapOf(m *message, depth int) {
	p.need('<')
	key := newField("key", p.word())
	p.need(',')
	value := newField("value", p.typeName())
	p.need('>')
	switch key.GetType() { // that of a message's name is the first of these
	case descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, descriptorpb.FieldDescriptorProto_TYPE_FLOAT, descriptorpb.FieldDescriptorProto_TYPE_BYTES:
		p.giveUp()
	}
	if depth > maxDepth {
		p.giveUp()
	}
	key.Number, value.Number = new(int32(1)), new(int32(2))
	name := p.word()
	entry := entryName(name)
	f := newField(name, entry)
	f.Label = repeated.Enum()
	p.rest(f)
	m.Field = append(m.Field, f)
	m.NestedType = append(m.NestedType, &message{
		Name: &entry, Field: []*field{key, value}, Options: &descriptorpb.MessageOptions{MapEntry: new(true)},
	})
}

// entryName is the name of the entries of a map.
func entryName(field string) string {
	b := []byte(protoprint.JSONName(field) + "Entry")
	if 'a' <= b[0] && b[0] <= 'z' {
		b[0] -= 'a' - 'A'
	}
	return string(b)
}

// oneof passes one from its name on.
func (p *parser) oneof(m *message) {
	at := int32(len(m.OneofDecl))
	m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: new(p.word())})
	p.need('{')
	for first := true; first || !p.is('}') && !p.odd; first = false {
		switch {
		case p.lex.IsIdent("group"), p.lex.IsIdent("option"), p.lex.IsIdent("optional"), p.lex.IsIdent("required"), p.lex.IsIdent("repeated"):
			p.giveUp()
		}
		f := p.field()
		f.OneofIndex = new(at)
		m.Field = append(m.Field, f)
	}
}

// addOptionals adds the oneof that each optional field of proto3 is in.
func addOptionals(m *message) {
	var taken map[string]bool
	for _, f := range m.Field {
		if !f.GetProto3Optional() {
			continue
		}
		if taken == nil {
			taken = namesIn(m)
		}
		name := f.GetName()
		if name[0] != '_' {
			name = "_" + name
		}
		for taken[name] {
			name = "X" + name
		}
		taken[name] = true
		f.OneofIndex = new(int32(len(m.OneofDecl)))
		m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: &name})
	}
}

// namesIn are those that a message declares itself.
func namesIn(m *message) map[string]bool {
	taken := map[string]bool{}
	for _, f := range m.Field {
		taken[f.GetName()] = true
	}
	for _, o := range m.OneofDecl {
		taken[o.GetName()] = true
	}
	for _, inner := range m.NestedType {
		taken[inner.GetName()] = true
	}
	for _, e := range m.EnumType {
		taken[e.GetName()] = true
		for _, v := range e.Value {
			taken[v.GetName()] = true
		}
	}
	return taken
}
