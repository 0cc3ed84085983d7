package protojson

import (
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
)

// types holds the tables of the message types seen so far, each built once, when it
// is first used. A table that has been built is only read, save for what is atomic in
// it, so that any number of codecs share it; mu is for building.
type types struct {
	find     idl.Types
	idlNames bool // the decoder writes the names of the IDL

	mu       sync.Mutex
	messages map[protoreflect.FullName]*message
	enums    map[protoreflect.FullName]*jsontext.Enum
}

func newTypes(find idl.Types, idlNames bool) *types {
	return &types{
		find:     find,
		idlNames: idlNames,
		messages: map[protoreflect.FullName]*message{},
		enums:    map[protoreflect.FullName]*jsontext.Enum{},
	}
}

// message is a message type made ready for one-pass work.
type message struct {
	desc protoreflect.MessageDescriptor
	wkt  wellKnown
	// messageSet is true for a container of extensions in an encoding of its own.
	messageSet bool

	fields   []field // as declared; this is the order of JSON output
	first    *field  // of them, nil for none
	byName   map[string]*field
	byNumber map[protowire.Number]*field
	low      []*field // byNumber for small numbers
	required int      // how many fields are required
	// jumbled: the order of the IDL is not that of the numbers, in which programs send
	// fields. Of a message set it is not the order that matters.
	jumbled  bool
	extended extensions
	mistake  error // why the type is missing
}

// field is a field, or the key or value of a map entry.
type field struct {
	desc     protoreflect.FieldDescriptor
	index    int // among the message's fields; extensions count on from there
	num      protowire.Number
	kind     protoreflect.Kind
	wire     protowire.Type // of one element
	name     string         // in the IDL; "[full.name]" for an extension
	jsonName string
	shown    []byte       // the name that the decoder writes, in quotes with a colon
	expected jsontext.Key // shown, where a document means this field by it, inside an Any too
	tag      tag          // of one element
	// packedTag is that of all elements in one record.
	packedTag tag
	after     *field // the one declared behind it, nil for none, and for an extension
	form      form
	list      bool
	presence  bool
	required  bool
	bits      int    // of an integer
	signed    bool   // likewise
	oneof     int    // 1 + index of the oneof, 0 for none
	key, val  *field // of a map
	null      bool   // the enum is google.protobuf.NullValue
	types     *types
	msg       atomic.Pointer[message]       // on first use
	enum      atomic.Pointer[jsontext.Enum] // likewise
}

// message returns the table of a type. Types that it refers to follow on use.
func (t *types) message(d protoreflect.MessageDescriptor) *message {
	if d.IsPlaceholder() {
		return t.placeholder(d)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := t.messages[d.FullName()]; m != nil {
		return m
	}
	fields := d.Fields()
	set := fields.Len() == 0 && isMessageSet(d)
	m := &message{
		desc:       d,
		wkt:        wellKnownOf(d.FullName()),
		messageSet: set,
		jumbled:    set,
		fields:     make([]field, fields.Len()),
		byName:     make(map[string]*field, 2*fields.Len()),
		byNumber:   make(map[protowire.Number]*field, fields.Len()),
	}
	for i := range m.fields {
		f := &m.fields[i]
		t.fill(f, fields.Get(i), i)
		m.jumbled = m.jumbled || i > 0 && f.num < m.fields[i-1].num
		m.byNumber[f.num] = f
		m.byName[f.jsonName] = f
		if f.required {
			m.required++
		}
	}
	for i := range m.fields { // a JSON name wins over another field's IDL name
		if f := &m.fields[i]; m.byName[f.name] == nil {
			m.byName[f.name] = f
		}
	}
	for i := len(m.fields) - 1; i >= 0; i-- {
		f := &m.fields[i]
		f.after, m.first = m.first, f
		if name := f.shownName(t.idlNames); name != "@type" && m.byName[name] == f {
			f.expected = jsontext.NewKey(f.shown)
		}
	}
	m.low = jsontext.Low(m.byNumber, 64)
	t.messages[d.FullName()] = m
	return m
}

// placeholder is the table of a type that did not come with what refers to it.
func (t *types) placeholder(d protoreflect.MessageDescriptor) *message {
	found, err := t.find.FindMessage(d.FullName())
	if err != nil {
		return &message{desc: d, wkt: missing, mistake: err}
	}
	return t.message(found)
}

// fill makes the table of a field.
func (t *types) fill(f *field, d protoreflect.FieldDescriptor, index int) {
	f.desc, f.index, f.num, f.types = d, index, d.Number(), t
	f.kind, f.wire = d.Kind(), wireType(d.Kind())
	f.name, f.jsonName = d.TextName(), d.JSONName()
	f.bits, f.signed = integerKind(f.kind)
	f.list, f.form = d.IsList(), formOf(d)
	f.presence, f.required = hasPresence(d), d.Cardinality() == protoreflect.Required
	if d.IsExtension() {
		f.name = "[" + string(d.FullName()) + "]"
		f.jsonName = f.name
	}
	f.shown = jsontext.QuotedKey(f.shownName(t.idlNames))
	f.tag, f.packedTag = newTag(f.num, f.wire), newTag(f.num, protowire.BytesType)
	if o := d.ContainingOneof(); o != nil && !o.IsSynthetic() {
		f.oneof = o.Index() + 1
	}
	if f.kind == protoreflect.EnumKind {
		f.null = d.Enum().FullName() == "google.protobuf.NullValue"
	}
	if d.IsMap() {
		f.key, f.val = new(field), new(field)
		t.fill(f.key, d.MapKey(), 0)
		t.fill(f.val, d.MapValue(), 1)
	}
}

// shownName is the name that the decoder writes.
func (f *field) shownName(idl bool) string {
	if idl {
		return f.name
	}
	return f.jsonName
}

// form is how the values of a field stand on the wire.
type form uint8

const (
	single form = iota
	listed      // a record for each
	packed      // all in one record
	mapped
	inSet // an extension of a message set
)

func formOf(d protoreflect.FieldDescriptor) form {
	switch {
	case d.IsMap():
		return mapped
	case isPacked(d):
		return packed
	case d.IsList():
		return listed
	}
	return single
}

// hasPresence is d.HasPresence without its search for features, which takes a
// parsed file's descriptors microseconds a field and which only editions need.
func hasPresence(d protoreflect.FieldDescriptor) bool {
	if d.Cardinality() == protoreflect.Repeated {
		return false
	}
	switch d.ParentFile().Syntax() {
	case protoreflect.Proto2:
		return true
	case protoreflect.Proto3:
		return d.IsExtension() || d.Kind() == protoreflect.MessageKind || d.ContainingOneof() != nil
	}
	return d.HasPresence()
}

// isPacked is d.IsPacked, likewise.
func isPacked(d protoreflect.FieldDescriptor) bool {
	syntax := d.ParentFile().Syntax()
	if !d.IsList() || syntax == protoreflect.Editions {
		return d.IsPacked()
	}
	if o, ok := d.Options().(*descriptorpb.FieldOptions); ok && o != nil && o.Packed != nil {
		return d.IsPacked()
	}
	wire := wireType(d.Kind())
	return syntax == protoreflect.Proto3 && wire != protowire.BytesType && wire != protowire.StartGroupType
}

// message is the table of a message field's type.
func (f *field) message() *message {
	if m := f.msg.Load(); m != nil {
		return m
	}
	return f.resolve()
}

func (f *field) resolve() *message {
	m := f.types.message(f.desc.Message())
	f.msg.Store(m)
	return m
}

// values is the table of an enum field's type.
func (f *field) values() *jsontext.Enum {
	if e := f.enum.Load(); e != nil {
		return e
	}
	e := f.types.values(f.desc.Enum())
	f.enum.Store(e)
	return e
}

func (t *types) values(d protoreflect.EnumDescriptor) *jsontext.Enum {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.enums[d.FullName()]
	if e == nil {
		values := d.Values()
		e = jsontext.NewEnum(string(d.FullName()), values.Len())
		for i := range values.Len() {
			e.Add(string(values.Get(i).Name()), int32(values.Get(i).Number()))
		}
		t.enums[d.FullName()] = e
	}
	return e
}

// wireType is how one value of a kind is encoded
// (protobuf.dev/programming-guides/encoding).
func wireType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	}
	return protowire.VarintType
}

// isMessage reports whether the field's values are messages.
func (f *field) isMessage() bool {
	return f.kind == protoreflect.MessageKind || f.kind == protoreflect.GroupKind
}
