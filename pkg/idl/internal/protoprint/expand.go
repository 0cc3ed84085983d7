package protoprint

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Names of extensions in message literals cannot have a leading dot, and compilers
// begin to look for them in the scope of the option. Where something there is
// named as the root of such a name, the option is set field by field, since names
// in parentheses can have the dot.

// expand takes an option apart if its literal would mean something else. Lists of
// messages have no other form: they stay.
func (p *printer) expand(o option) (list []option, strange []string) {
	if len(o.values) != 1 || o.repeated || o.values[0].message == nil || !p.shadowed(o.values[0].message) {
		return []option{o}, nil
	}
	m := o.values[0].message
	strange = m.strange
	for _, e := range m.entries {
		if e.field == nil {
			return []option{o}, nil // an Any
		}
		name := o.name + "." + string(e.field.Name())
		if e.field.IsExtension() {
			name = o.name + ".(." + string(e.field.FullName()) + ")"
		}
		part := option{name: name, number: o.number, repeated: e.repeated()}
		for _, v := range e.values {
			if v.numeric {
				strange = append(strange, name+": "+v.text)
			} else {
				part.values = append(part.values, v)
			}
		}
		if len(part.values) == 0 {
			continue
		}
		parts, more := p.expand(part)
		list, strange = append(list, parts...), append(strange, more...)
	}
	return list, strange
}

// shadowed reports whether a literal has an extension whose name may be found in
// another scope.
func (p *printer) shadowed(m *literal) bool {
	for _, e := range m.entries {
		if e.field != nil && e.field.IsExtension() && p.inScope(root(e.field.FullName())) {
			return true
		}
		for _, v := range e.values {
			if v.message != nil && p.shadowed(v.message) {
				return true
			}
		}
	}
	return false
}

func root(name protoreflect.FullName) string {
	first, _, _ := strings.Cut(string(name), ".")
	return first
}

// inScope reports whether something below the root has a name.
func (p *printer) inScope(name string) bool {
	if p.Resolver != nil && p.Resolver.InPackage(name) {
		return true
	}
	return inPackage(p.file.GetPackage(), name) || declaresName(p.file, name)
}

func inPackage(pkg, name string) bool {
	_, below, _ := strings.Cut(pkg, ".")
	return strings.Contains("."+below+".", "."+name+".")
}

func declaresName(file *descriptorpb.FileDescriptorProto, name string) bool {
	for _, m := range file.MessageType {
		if messageDeclares(m, name) {
			return true
		}
	}
	for _, s := range file.Service {
		if s.GetName() == name {
			return true
		}
	}
	return enumDeclares(file.EnumType, name)
}

func messageDeclares(m *descriptorpb.DescriptorProto, name string) bool {
	if m.GetName() == name || enumDeclares(m.EnumType, name) {
		return true
	}
	for _, n := range m.NestedType {
		if messageDeclares(n, name) {
			return true
		}
	}
	return false
}

func enumDeclares(list []*descriptorpb.EnumDescriptorProto, name string) bool {
	for _, e := range list {
		if e.GetName() == name {
			return true
		}
	}
	return false
}
