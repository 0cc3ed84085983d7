package load_test

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"encoding/binary"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// words are names that mean something to a parser, or to a scope.
var words = strings.Fields(`Item Order message enum service rpc stream string p q returns group oneof map to import
	package syntax extend extensions repeated optional required bytes bool inf nan true edition public weak export local
	google open Foo foo_bar _x FOO x1 Value int32 float`)

// awkward words begin statements of their own in an enum.
var awkward = []string{"option", "reserved"}

var texts = []string{
	"", "plain", "quote \" and ' and \\", "line\nbreak\r\ttab", "\x00\x01\x7f", "ünïcödé 世界 \U0001f600", "\u0085\u2028\ufeff",
	"*/ /* // ]; {", "?" + "?/", "0123456789 0123456789 0123456789 0123456789 0123456789",
}

var comments = []string{
	" plain\n", "no space", " two\n lines\n", " ends */ here\n", " windows\r\n lines\r\n", "\x00\x1b[31m \x7f\u0085\n", " \t \n",
	"\n\n blank\n\n lines\n", " bytes \xff\xfe\n", " lone \r return\n", "// slashes \\\n",
}

var doubles = []float64{
	0, 1, -1, 1e-9, 1e300, 123456789.123456789, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 0.1, math.MaxFloat64,
	math.SmallestNonzeroFloat64, 1 << 60, 1e21, 16777217, 3.4028234663852886e38, 1e-4, 1e15, 1e16,
}

// dice makes decisions of bytes; without bytes it says 0.
type dice struct{ data []byte }

func (d *dice) n(sides int) int {
	if len(d.data) == 0 || sides <= 1 {
		return 0
	}
	v := int(d.data[0]) % sides
	d.data = d.data[1:]
	return v
}

// one is true once in n times, never without bytes.
func (d *dice) one(n int) bool { return len(d.data) > 0 && d.n(n) == 0 }

func (d *dice) word64() uint64 {
	var b [8]byte
	d.data = d.data[copy(b[:], d.data):]
	return binary.LittleEndian.Uint64(b[:])
}

func pickOf[T any](d *dice, list []T) T { return list[d.n(len(list))] }

// typeRef is a type that later declarations may use.
type typeRef struct {
	name    string
	isEnum  bool
	closed  bool
	foreign bool // may be used from other files
	open    []int32
	first   string // value of an enum
}

// randomFiles is a random set of descriptors, as a compiler would make them.
type randomFiles struct {
	*dice
	types    *dynamicpb.Types
	options  map[protoreflect.FullName][]protoreflect.ExtensionDescriptor
	set      *descriptorpb.FileDescriptorSet
	refs     []typeRef
	scopes   map[string]scopeNames // by package
	editions bool
	numbers  int32
	// shadowed packages have the name of that of the options inside.
	shadowed bool
	lists    int // that the current value is in
	// plain leaves out what old compilers do not take.
	plain bool
}

func newRandomFiles(data []byte, base *descriptorpb.FileDescriptorSet, editions bool) *randomFiles {
	files, err := protodesc.NewFiles(base)
	if err != nil {
		panic(err)
	}
	r := &randomFiles{
		dice: &dice{data}, types: dynamicpb.NewTypes(files), editions: editions, plain: !editions,
		options: map[protoreflect.FullName][]protoreflect.ExtensionDescriptor{},
		set:     proto.Clone(base).(*descriptorpb.FileDescriptorSet), numbers: 60000,
		scopes: map[string]scopeNames{},
	}
	files.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		r.collect(fd.Extensions())
		for i := range fd.Messages().Len() {
			r.collect(fd.Messages().Get(i).Extensions())
		}
		return true
	})
	for _, list := range r.options {
		slices.SortFunc(list, func(a, b protoreflect.ExtensionDescriptor) int { return int(a.Number() - b.Number()) })
	}
	for i := range 1 + r.n(3) {
		r.file(fmt.Sprintf("random%d.proto", i))
	}
	return r
}

func (r *randomFiles) collect(list protoreflect.ExtensionDescriptors) {
	for i := range list.Len() {
		x := list.Get(i)
		r.options[x.ContainingMessage().FullName()] = append(r.options[x.ContainingMessage().FullName()], x)
	}
}

// scopeNames gives each name once, and no two that JSON cannot tell apart.
type scopeNames map[string]bool

func (s scopeNames) pick(d *dice) string {
	name := pickOf(d, words)
	key := func(n string) string { return strings.ToLower(strings.ReplaceAll(n, "_", "")) }
	for i := 2; s[key(name)]; i++ {
		name = fmt.Sprintf("%s%d", strings.TrimRight(name, "0123456789"), i)
	}
	s[key(name)] = true
	return name
}

type fileMaker struct {
	*randomFiles
	fd      *descriptorpb.FileDescriptorProto
	scope   scopeNames
	edition descriptorpb.Edition
}

func (r *randomFiles) file(name string) {
	f := &fileMaker{randomFiles: r, fd: &descriptorpb.FileDescriptorProto{Name: &name}}
	if pkg := pickOf(r.dice, []string{"p", "", "p.q", "opts.p", "a.opts", "message.rpc"}); pkg != "" {
		f.fd.Package = &pkg
	}
	if f.scope = r.scopes[f.fd.GetPackage()]; f.scope == nil {
		f.scope = scopeNames{}
		r.scopes[f.fd.GetPackage()] = f.scope
		for part := range strings.FieldsSeq("google opts open p q a message rpc") {
			f.scope[part] = true // a package is a name too
		}
	}
	r.shadowed = f.fd.GetPackage() == "a.opts"
	f.fd.Dependency = []string{"options.proto", "google/protobuf/descriptor.proto", "open.proto"}
	for _, other := range r.set.File {
		if strings.HasPrefix(other.GetName(), "random") {
			if r.one(4) {
				f.fd.PublicDependency = append(f.fd.PublicDependency, int32(len(f.fd.Dependency)))
			}
			f.fd.Dependency = append(f.fd.Dependency, other.GetName())
		}
	}
	editions := []descriptorpb.Edition{descriptorpb.Edition_EDITION_PROTO3, descriptorpb.Edition_EDITION_PROTO2}
	if r.editions {
		editions = append(editions, descriptorpb.Edition_EDITION_2023, descriptorpb.Edition_EDITION_2024)
	}
	switch f.edition = pickOf(r.dice, editions); f.edition {
	case descriptorpb.Edition_EDITION_PROTO3:
		f.fd.Syntax = new("proto3")
	case descriptorpb.Edition_EDITION_2023, descriptorpb.Edition_EDITION_2024:
		f.fd.Syntax, f.fd.Edition = new("editions"), f.edition.Enum()
	}
	f.fd.Options = custom(f.randomFiles, &descriptorpb.FileOptions{}, f.fileOptions)
	f.message(&f.fd.MessageType, f.scope, f.fd.GetPackage(), 0, true) // what the file is asked for by
	for range r.n(6) {
		switch r.n(5) {
		case 0, 1:
			f.message(&f.fd.MessageType, f.scope, f.fd.GetPackage(), 0, true)
		case 2:
			f.fd.EnumType = append(f.fd.EnumType, f.enum(f.scope, f.fd.GetPackage(), true))
		case 3:
			f.service()
		case 4:
			f.extension(&f.fd.Extension, &f.fd.MessageType, f.scope, f.fd.GetPackage(), true)
		}
	}
	if r.one(2) {
		f.comments()
	}
	r.set.File = append(r.set.File, f.fd)
}

func (f *fileMaker) proto2() bool    { return f.edition == descriptorpb.Edition_EDITION_PROTO2 }
func (f *fileMaker) proto3() bool    { return f.edition == descriptorpb.Edition_EDITION_PROTO3 }
func (f *fileMaker) since2023() bool { return f.edition >= descriptorpb.Edition_EDITION_2023 }

func dotted(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

func (f *fileMaker) visibility(top bool) (v *descriptorpb.SymbolVisibility, foreign bool) {
	foreign = top
	if f.edition != descriptorpb.Edition_EDITION_2024 {
		return nil, true
	}
	switch f.n(3) {
	case 1:
		return descriptorpb.SymbolVisibility_VISIBILITY_LOCAL.Enum(), false
	case 2:
		if top {
			return descriptorpb.SymbolVisibility_VISIBILITY_EXPORT.Enum(), true
		}
	}
	return nil, foreign
}

// message appends a message, in the order in which a compiler would meet its parts.
func (f *fileMaker) message(to *[]*descriptorpb.DescriptorProto, names scopeNames, scope string, depth int, top bool) {
	m := &descriptorpb.DescriptorProto{Name: new(names.pick(f.dice))}
	*to = append(*to, m)
	full := dotted(scope, m.GetName())
	var foreign bool
	m.Visibility, foreign = f.visibility(top)
	// The index, since the type may be extended by what is inside of it.
	self := len(f.refs)
	f.refs = append(f.refs, typeRef{name: full, foreign: foreign})
	f.body(m, full, depth)
	if !f.proto3() && f.one(3) {
		from := f.numbers
		f.numbers += 100
		options := custom(f.randomFiles, &descriptorpb.ExtensionRangeOptions{}, nil)
		m.ExtensionRange = append(m.ExtensionRange, &descriptorpb.DescriptorProto_ExtensionRange{Start: &from, End: new(from + 10), Options: options})
		if f.one(2) {
			m.ExtensionRange = append(m.ExtensionRange, &descriptorpb.DescriptorProto_ExtensionRange{Start: new(int32(1 << 28)), End: new(int32(1 << 29))})
		}
		f.refs[self].open = []int32{from, from + 1, from + 2}
	}
}

func (f *fileMaker) body(m *descriptorpb.DescriptorProto, full string, depth int) {
	names, number := scopeNames{}, int32(0)
	var optional []*descriptorpb.FieldDescriptorProto
	for range f.n(6) {
		number += 1 + int32(f.n(3))
		switch f.n(8) {
		default:
			field := f.field(names, number, full)
			if field.GetProto3Optional() {
				optional = append(optional, field)
			}
			m.Field = append(m.Field, field)
		case 1:
			if depth < 3 {
				f.message(&m.NestedType, names, full, depth+1, false)
			}
		case 2:
			m.EnumType = append(m.EnumType, f.enum(names, full, false))
		case 3:
			f.oneof(m, names, &number, full, depth)
		case 4:
			f.mapField(m, names, number, full)
		case 5:
			if f.proto2() {
				m.Field = append(m.Field, f.group(&m.NestedType, names, number, full, depth, pickOf(f.dice, labels)))
			}
		case 6:
			f.extension(&m.Extension, &m.NestedType, names, full, false)
		case 7:
			f.reserve(m, names, &number)
		}
	}
	for _, field := range optional { // behind all others
		field.OneofIndex = new(int32(len(m.OneofDecl)))
		synthetic := "_" + field.GetName()
		if field.GetName()[0] == '_' {
			synthetic = "X" + field.GetName()
		}
		m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: &synthetic})
	}
	m.Options = custom(f.randomFiles, &descriptorpb.MessageOptions{}, func(o *descriptorpb.MessageOptions) {
		o.Deprecated = new(f.one(2))
	})
}

func (f *fileMaker) reserve(m *descriptorpb.DescriptorProto, names scopeNames, number *int32) {
	end := *number + 1 + int32(f.n(3))
	m.ReservedRange = append(m.ReservedRange, &descriptorpb.DescriptorProto_ReservedRange{Start: new(*number), End: &end})
	*number = end
	if f.one(4) && len(m.ReservedRange) > 0 && f.proto3() {
		m.ReservedRange = append(m.ReservedRange, &descriptorpb.DescriptorProto_ReservedRange{Start: new(int32(1<<29 - 10)), End: new(int32(1 << 29))})
		// There can be only one.
		f.dropDoubleMax(m)
	}
	m.ReservedName = append(m.ReservedName, names.pick(f.dice))
}

func (f *fileMaker) dropDoubleMax(m *descriptorpb.DescriptorProto) {
	seen := false
	m.ReservedRange = slices.DeleteFunc(m.ReservedRange, func(r *descriptorpb.DescriptorProto_ReservedRange) bool {
		last := r.GetEnd() == 1<<29
		drop := last && seen
		seen = seen || last
		return drop
	})
}

var labels = []descriptorpb.FieldDescriptorProto_Label{
	descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED, descriptorpb.FieldDescriptorProto_LABEL_REQUIRED,
}

// enum is a new enum.
func (f *fileMaker) enum(names scopeNames, scope string, top bool) *descriptorpb.EnumDescriptorProto {
	e := &descriptorpb.EnumDescriptorProto{Name: new(names.pick(f.dice))}
	var foreign bool
	e.Visibility, foreign = f.visibility(top)
	closed := f.proto2()
	var values []*descriptorpb.EnumValueDescriptorProto
	for i := range 1 + f.n(4) {
		n := int32(i)
		if i > 0 && f.one(3) {
			n = -n * 1000
		}
		values = append(values, &descriptorpb.EnumValueDescriptorProto{
			Name: new(names.pick(f.dice)), Number: &n,
			Options: custom(f.randomFiles, &descriptorpb.EnumValueOptions{}, func(o *descriptorpb.EnumValueOptions) { o.Deprecated = new(true) }),
		})
	}
	alias := f.one(3)
	if alias {
		values = append(values, &descriptorpb.EnumValueDescriptorProto{Name: new(names.pick(f.dice)), Number: new(int32(0))})
	}
	e.Value = values
	e.Options = custom(f.randomFiles, &descriptorpb.EnumOptions{}, nil)
	if alias || f.since2023() && f.one(2) {
		if e.Options == nil {
			e.Options = &descriptorpb.EnumOptions{}
		}
		if alias {
			e.Options.AllowAlias = new(true)
		}
		if f.since2023() && (!alias || f.one(2)) {
			closed = true
			e.Options.Features = &descriptorpb.FeatureSet{EnumType: descriptorpb.FeatureSet_CLOSED.Enum()}
		}
	}
	if f.one(3) {
		e.ReservedRange = []*descriptorpb.EnumDescriptorProto_EnumReservedRange{{Start: new(int32(math.MinInt32)), End: new(int32(-5000))}}
		if f.one(2) {
			e.ReservedRange = append(e.ReservedRange, &descriptorpb.EnumDescriptorProto_EnumReservedRange{Start: new(int32(70)), End: new(int32(math.MaxInt32))})
		}
		e.ReservedName = []string{"old", "max", pickOf(f.dice, awkward)}
	}
	f.refs = append(f.refs, typeRef{name: dotted(scope, e.GetName()), isEnum: true, closed: closed, foreign: foreign, first: values[len(values)-1].GetName()})
	return e
}
