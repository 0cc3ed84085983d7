package format

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
)

// protoCodec maps Protobuf messages to canonical ProtoJSON and back
// (protobuf.dev/programming-guides/json) in one pass each way, without a message
// object between: JSON tokens become wire bytes, wire records become JSON.
type protoCodec struct {
	in, out *protoMessage
	enc     protoEncoder
	dec     protoDecoder
}

func newProtoCodec(in, out *idl.ProtoMessage, o Options) *protoCodec {
	reading, writing := newProtoTypes(in.Types), newProtoTypes(out.Types)
	return &protoCodec{
		in:  reading.message(in.Descriptor),
		out: writing.message(out.Descriptor),
		enc: protoEncoder{types: reading, ignoreUnknown: o.IgnoreUnknown},
		dec: protoDecoder{types: writing, o: o},
	}
}

func (c *protoCodec) Encode(dst, json []byte) ([]byte, error) { return c.enc.encode(dst, json, c.in) }
func (c *protoCodec) Decode(dst, body []byte) ([]byte, error) {
	c.dec.text = spill{}
	dst, err := c.dec.decode(dst, body, c.out)
	if err == nil {
		c.dec.reportSkipped(c.out)
	}
	return dst, err
}

func (c *protoCodec) Stream(dst, body []byte, take func([]byte) error) ([]byte, error) {
	dst, err := c.dec.stream(dst, body, c.out, take)
	if err == nil {
		c.dec.reportSkipped(c.out)
	}
	return dst, err
}

// protoTypes holds the tables of the message types seen so far, each built once.
// It belongs to one direction of a codec, so it needs no lock.
type protoTypes struct {
	find     idl.Types
	messages map[protoreflect.FullName]*protoMessage
	enums    map[protoreflect.FullName]*protoEnum
}

func newProtoTypes(find idl.Types) *protoTypes {
	return &protoTypes{
		find:     find,
		messages: map[protoreflect.FullName]*protoMessage{},
		enums:    map[protoreflect.FullName]*protoEnum{},
	}
}

// protoMessage is a message type made ready for one-pass work.
type protoMessage struct {
	desc protoreflect.MessageDescriptor
	wkt  wellKnown
	// messageSet is true for a container of extensions in an encoding of its own.
	messageSet bool

	fields   []protoField // as declared; this is the order of JSON output
	byName   map[string]*protoField
	byNumber map[protowire.Number]*protoField
	low      []*protoField                    // byNumber for small numbers
	required int                              // how many fields are required
	exts     map[protowire.Number]*protoField // found so far; nil values are known to be missing
}

// protoField is a field, or the key or value of a map entry.
type protoField struct {
	desc     protoreflect.FieldDescriptor
	index    int // among the message's fields; extensions count on from there
	num      protowire.Number
	kind     protoreflect.Kind
	wire     protowire.Type // of one element
	name     string         // in the IDL; "[full.name]" for an extension
	jsonName string
	shown    []byte // the name that the decoder writes, in quotes with a colon; on first use
	inSet    bool   // an extension of a message set
	list     bool
	packed   bool
	presence bool
	required bool
	oneof    int         // 1 + index of the oneof, 0 for none
	key, val *protoField // of a map
	types    *protoTypes
	msg      *protoMessage // on first use
	enum     *protoEnum
}

type protoEnum struct {
	desc     protoreflect.EnumDescriptor
	null     bool // google.protobuf.NullValue
	byName   map[string]int32
	byNumber map[int32]string
}

// message returns the table of a type. Types that it refers to follow on use.
func (t *protoTypes) message(d protoreflect.MessageDescriptor) *protoMessage {
	if m := t.messages[d.FullName()]; m != nil {
		return m
	}
	fields := d.Fields()
	m := &protoMessage{
		desc:       d,
		wkt:        wellKnownOf(d.FullName()),
		messageSet: fields.Len() == 0 && isMessageSet(d),
		fields:     make([]protoField, fields.Len()),
		byName:     make(map[string]*protoField, 2*fields.Len()),
		byNumber:   make(map[protowire.Number]*protoField, fields.Len()),
	}
	t.messages[d.FullName()] = m
	for i := range m.fields {
		f := &m.fields[i]
		*f = t.field(fields.Get(i), i)
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
	m.indexLow()
	return m
}

// indexLow makes a slice for the numbers that nearly all fields have.
func (m *protoMessage) indexLow() {
	const limit = 64
	top := 0
	for num := range m.byNumber {
		if num < limit {
			top = max(top, int(num)+1)
		}
	}
	m.low = make([]*protoField, top)
	for num, f := range m.byNumber {
		if num < limit {
			m.low[num] = f
		}
	}
}

func (t *protoTypes) field(d protoreflect.FieldDescriptor, index int) protoField {
	f := protoField{
		desc:     d,
		index:    index,
		num:      d.Number(),
		kind:     d.Kind(),
		wire:     wireType(d.Kind()),
		name:     d.TextName(),
		jsonName: d.JSONName(),
		list:     d.IsList(),
		packed:   isPacked(d),
		presence: hasPresence(d),
		required: d.Cardinality() == protoreflect.Required,
		types:    t,
	}
	if d.IsExtension() {
		f.name = "[" + string(d.FullName()) + "]"
		f.jsonName = f.name
	}
	if o := d.ContainingOneof(); o != nil && !o.IsSynthetic() {
		f.oneof = o.Index() + 1
	}
	if d.IsMap() {
		key, val := t.field(d.MapKey(), 0), t.field(d.MapValue(), 1)
		f.key, f.val = &key, &val
	}
	return f
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
func (f *protoField) message() *protoMessage {
	if f.msg == nil {
		f.msg = f.types.message(f.desc.Message())
	}
	return f.msg
}

// values is the table of an enum field's type.
func (f *protoField) values() *protoEnum {
	if f.enum == nil {
		f.enum = f.types.values(f.desc.Enum())
	}
	return f.enum
}

func (t *protoTypes) values(d protoreflect.EnumDescriptor) *protoEnum {
	if e := t.enums[d.FullName()]; e != nil {
		return e
	}
	values := d.Values()
	e := &protoEnum{
		desc:     d,
		null:     d.FullName() == "google.protobuf.NullValue",
		byName:   make(map[string]int32, values.Len()),
		byNumber: make(map[int32]string, values.Len()),
	}
	for i := range values.Len() {
		v := values.Get(i)
		n := int32(v.Number())
		e.byName[string(v.Name())] = n
		if _, alias := e.byNumber[n]; !alias {
			e.byNumber[n] = string(v.Name())
		}
	}
	t.enums[d.FullName()] = e
	return e
}

// number finds a field or extension by its number, nil if there is none.
func (m *protoMessage) number(t *protoTypes, num protowire.Number) *protoField {
	if int(num) < len(m.low) && m.low[num] != nil {
		return m.low[num]
	}
	if f := m.byNumber[num]; f != nil {
		return f
	}
	if !m.desc.ExtensionRanges().Has(num) {
		return nil
	}
	if f, known := m.exts[num]; known {
		return f
	}
	d, err := t.find.FindExtensionByNumber(m.desc.FullName(), num)
	if err != nil {
		return m.extend(t, num, nil)
	}
	return m.extend(t, num, d)
}

// extension finds an extension of m by its full name.
func (m *protoMessage) extension(t *protoTypes, name protoreflect.FullName) (*protoField, error) {
	d, err := t.find.FindExtension(name)
	if err != nil {
		return nil, err
	}
	if d.ContainingMessage().FullName() != m.desc.FullName() {
		return nil, &idl.NotFoundError{Kind: "extension", Name: string(name), In: string(m.desc.FullName())}
	}
	if f := m.exts[d.Number()]; f != nil {
		return f, nil
	}
	return m.extend(t, d.Number(), d), nil
}

// extend remembers an extension, or with a nil d that there is none.
func (m *protoMessage) extend(t *protoTypes, num protowire.Number, d protoreflect.ExtensionDescriptor) *protoField {
	if m.exts == nil {
		m.exts = map[protowire.Number]*protoField{}
	}
	if d == nil {
		m.exts[num] = nil
		return nil
	}
	f := t.field(d, len(m.fields)+len(m.exts))
	f.inSet = m.messageSet
	m.exts[num] = &f
	return &f
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
func (f *protoField) isMessage() bool {
	return f.kind == protoreflect.MessageKind || f.kind == protoreflect.GroupKind
}

// wellKnown tells apart the types that have a JSON form of their own.
type wellKnown uint8

const (
	ordinary wellKnown = iota
	wktAny
	wktTimestamp
	wktDuration
	wktFieldMask
	wktStruct
	wktValue
	wktList
	wktWrapper
	wktEmpty
)

func wellKnownOf(name protoreflect.FullName) wellKnown {
	if name.Parent() != "google.protobuf" {
		return ordinary
	}
	switch name.Name() {
	case "Any":
		return wktAny
	case "Timestamp":
		return wktTimestamp
	case "Duration":
		return wktDuration
	case "FieldMask":
		return wktFieldMask
	case "Struct":
		return wktStruct
	case "Value":
		return wktValue
	case "ListValue":
		return wktList
	case "Empty":
		return wktEmpty
	case "BoolValue", "Int32Value", "Int64Value", "UInt32Value", "UInt64Value",
		"FloatValue", "DoubleValue", "StringValue", "BytesValue":
		return wktWrapper
	}
	return ordinary
}

// wrapsInAny reports whether such a message stands under "value" inside an Any.
func (w wellKnown) wrapsInAny() bool { return w != ordinary && w != wktEmpty }
