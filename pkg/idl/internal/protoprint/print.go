// Package protoprint writes descriptors as the source they could have come from.
//
// What it writes compiles to the descriptors that it was given: names of types
// have a leading dot, so that they mean the same in every scope; numbers are the
// shortest text that reads back as themselves; declarations are in the order of
// the descriptor. Where the language has no words for what a descriptor says,
// which a compiler's descriptors never do, a comment says it.
package protoprint

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Resolver finds what the values of options consist of: nil for what it does not
// know. Such values become comments.
type Resolver interface {
	// Extension finds the extension of a message with a number.
	Extension(message protoreflect.FullName, number protoreflect.FieldNumber) protoreflect.ExtensionDescriptor
	// Message finds what an Any contains.
	Message(name protoreflect.FullName) protoreflect.MessageDescriptor
	// InPackage reports whether a package that the file is in has something of
	// that name, in the file or its imports: a package or a declaration.
	InPackage(name string) bool
}

// Options say what is written beside the declarations themselves.
type Options struct {
	// Spaced has blank lines between declarations.
	Spaced bool
	// AllComments has comments that stand alone or belong to the syntax, the
	// package, imports and options too.
	AllComments bool
	// Resolver may be nil, if all custom options may be comments.
	Resolver Resolver
}

// Printer writes one file, or parts of it one after the other.
type Printer struct{ p printer }

// New makes a printer of a file, which must not change while it is in use.
func New(file *descriptorpb.FileDescriptorProto, o Options) *Printer {
	return &Printer{printer{Options: o, file: file, found: indexLocations(file.GetSourceCodeInfo()), top: topLevel(file)}}
}

// File writes the whole file.
func (pr *Printer) File() string {
	p := pr.p
	p.printFile()
	return p.b.String()
}

// Element writes what is declared at a path, as source locations have it; ""
// if there is nothing.
func (pr *Printer) Element(path []int32) string {
	p := pr.p
	switch n, i := at(path, 0); n {
	case fileMessages:
		if i < len(p.file.MessageType) {
			p.messageAt(p.top, i, path, 2)
		}
	case fileEnums:
		if i < len(p.file.EnumType) {
			p.enumAt(p.file.EnumType[i], path, 2)
		}
	case fileServices:
		if i < len(p.file.Service) {
			p.serviceAt(p.file.Service[i], path)
		}
	case fileExtensions:
		if i < len(p.file.Extension) {
			p.extensions(p.top, []int{i})
		}
	}
	return p.b.String()
}

// Path is where a file has a descriptor; nil for the file itself.
func Path(d protoreflect.Descriptor) []int32 {
	parent := d.Parent()
	if parent == nil {
		return nil
	}
	_, top := parent.(protoreflect.FileDescriptor)
	tag := int32(0)
	switch d := d.(type) {
	case protoreflect.MessageDescriptor:
		tag = pick(top, fileMessages, messageMessages)
	case protoreflect.EnumDescriptor:
		tag = pick(top, fileEnums, messageEnums)
	case protoreflect.ServiceDescriptor:
		tag = fileServices
	case protoreflect.FieldDescriptor:
		tag = messageFields
		if d.IsExtension() {
			tag = pick(top, fileExtensions, messageExtensions)
		}
	case protoreflect.OneofDescriptor:
		tag = messageOneofs
	case protoreflect.EnumValueDescriptor:
		tag = enumValues
	case protoreflect.MethodDescriptor:
		tag = serviceMethods
	}
	return append(Path(parent), tag, int32(d.Index()))
}

func pick(first bool, a, b int32) int32 {
	if first {
		return a
	}
	return b
}

// at takes a path apart: the i-th pair of a field number and an index.
func at(path []int32, i int) (number int32, index int) {
	if i+1 >= len(path) {
		return 0, 0
	}
	return path[i], int(path[i+1])
}

// printer writes a part of one file.
type printer struct {
	Options
	file   *descriptorpb.FileDescriptorProto
	found  locations
	top    *scope
	b      strings.Builder
	indent int
}

// scope is where declarations stand: a file or a message.
type scope struct {
	name     string // with a leading dot, "" without a package
	path     []int32
	messages []*descriptorpb.DescriptorProto
	nested   int32 // field number of messages
	extends  []*descriptorpb.FieldDescriptorProto
	number   int32 // field number of extends
	byName   map[string]int
}

func topLevel(file *descriptorpb.FileDescriptorProto) *scope {
	s := &scope{messages: file.MessageType, nested: fileMessages, extends: file.Extension, number: fileExtensions}
	if file.GetPackage() != "" {
		s.name = "." + file.GetPackage()
	}
	return s
}

func (s *scope) inside(i int) *scope {
	m := s.messages[i]
	return &scope{
		name: s.name + "." + m.GetName(), path: join(s.path, s.nested, int32(i)),
		messages: m.NestedType, nested: messageMessages, extends: m.Extension, number: messageExtensions,
	}
}

// declares is the index of a message that this scope declares itself; -1 if it
// does not.
func (s *scope) declares(typeName string) int {
	name, ok := strings.CutPrefix(typeName, s.name+".")
	if !ok || strings.Contains(name, ".") {
		return -1
	}
	if s.byName == nil {
		s.byName = make(map[string]int, len(s.messages))
		for i, m := range s.messages {
			s.byName[m.GetName()] = i
		}
	}
	if i, ok := s.byName[name]; ok {
		return i
	}
	return -1
}

// join extends a path without touching what else was made of it.
func join(path []int32, more ...int32) []int32 {
	return append(slices.Clip(path), more...)
}

func (p *printer) isProto2() bool {
	s := p.file.GetSyntax()
	return s == "" || s == "proto2"
}

func (p *printer) isEditions() bool { return p.file.GetSyntax() == "editions" }

func (p *printer) pad() {
	for range p.indent {
		p.b.WriteString("  ")
	}
}

func (p *printer) line(text string) {
	p.pad()
	p.b.WriteString(text)
	p.b.WriteByte('\n')
}

// statement writes text that ends a declaration on its line, with its comments.
func (p *printer) statement(l *location, text string) {
	p.leading(l)
	p.pad()
	p.b.WriteString(text)
	p.trailing(l)
}

// block writes a declaration with a body.
func (p *printer) block(l *location, head string, body func()) {
	p.leading(l)
	p.line(head + " {")
	p.indent++
	p.opening(l)
	body()
	p.indent--
	p.line("}")
}

// all writes the items of a body.
func (p *printer) all(items []item) {
	for i, it := range ordered(items) {
		if i > 0 && p.Spaced {
			p.b.WriteByte('\n')
		}
		it.print()
	}
}
