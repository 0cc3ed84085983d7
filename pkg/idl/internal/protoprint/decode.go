package protoprint

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// maxDepth bounds messages in messages; what is deeper is unknown.
const maxDepth = 64

// decoder gathers the fields of one message. Reading the wire instead of making
// messages shows all there is: MessageSets, numbers that a closed enum has no
// names for, strings that are not UTF-8.
type decoder struct {
	p     *printer
	md    protoreflect.MessageDescriptor
	depth int
	out   *literal
	index map[protowire.Number]int // in out.entries
	raw   map[protowire.Number][]byte
}

// decode reads a message.
func (p *printer) decode(md protoreflect.MessageDescriptor, data []byte, depth int) *literal {
	if any := p.decodeAny(md, data, depth); any != nil {
		return any
	}
	d := &decoder{p: p, md: md, depth: depth, out: &literal{}, index: map[protowire.Number]int{}, raw: map[protowire.Number][]byte{}}
	// Who links MessageSets may do so as ordinary messages; these have no fields.
	set := md.Fields().Len() == 0 && md.ExtensionRanges().Len() > 0
	for len(data) > 0 {
		number, typ, n := protowire.ConsumeTag(data)
		if n < 0 {
			break
		}
		size := protowire.ConsumeFieldValue(number, typ, data[n:])
		if size < 0 {
			d.strange(number, data[n:])
			break
		}
		body := data[n : n+size]
		if set && number == 1 && typ == protowire.StartGroupType {
			d.setItem(body)
		} else {
			d.field(number, typ, body)
		}
		data = data[n+size:]
	}
	d.messages()
	slices.SortStableFunc(d.out.entries, func(a, b entry) int { return cmp.Compare(a.field.Number(), b.field.Number()) })
	return d.out
}

func (d *decoder) strange(number protowire.Number, raw []byte) {
	d.out.strange = append(d.out.strange, unknownField(number, raw))
}

// setItem is an extension in a MessageSet: group 1 of type_id = 2, message = 3.
func (d *decoder) setItem(group []byte) {
	var number protowire.Number
	var body []byte
	for data := group; len(data) > 0; {
		n, typ, size := protowire.ConsumeTag(data)
		if size < 0 || typ == protowire.EndGroupType {
			break
		}
		data = data[size:]
		size = protowire.ConsumeFieldValue(n, typ, data)
		if size < 0 {
			break
		}
		switch {
		case n == 2 && typ == protowire.VarintType:
			v, _ := protowire.ConsumeVarint(data)
			number = protowire.Number(v)
		case n == 3 && typ == protowire.BytesType:
			body = data[:size]
		}
		data = data[size:]
	}
	d.field(number, protowire.BytesType, body)
}

// find is the field, or extension, with a number.
func (d *decoder) find(number protowire.Number) protoreflect.FieldDescriptor {
	if f := d.md.Fields().ByNumber(number); f != nil {
		return f
	}
	if d.p.Resolver == nil || !d.md.ExtensionRanges().Has(number) {
		return nil
	}
	if x := d.p.Resolver.Extension(d.md.FullName(), number); x != nil {
		return x
	}
	return nil
}

func (d *decoder) field(number protowire.Number, typ protowire.Type, body []byte) {
	f := d.find(number)
	if f == nil || d.depth > maxDepth {
		d.strange(number, body)
		return
	}
	var values []value
	var ok bool
	switch {
	case f.Message() != nil:
		var content []byte
		if content, ok = messageBody(number, typ, body, f.Kind()); ok {
			values = []value{{}}
			if f.Cardinality() == protoreflect.Repeated {
				values[0].message = d.p.decode(f.Message(), content, d.depth+1)
			} else {
				// Parts of one message are one, after all have been seen.
				d.raw[number] = append(d.raw[number], content...)
			}
		}
	case typ == protowire.BytesType && f.Cardinality() == protoreflect.Repeated && packable(f.Kind()):
		content, n := protowire.ConsumeBytes(body)
		if ok = n >= 0; ok {
			values, ok = unpack(f, content)
		}
	default:
		var v value
		if v, ok = scalar(f, typ, body); ok {
			values = []value{v}
		}
	}
	if !ok || slices.ContainsFunc(values, func(v value) bool { return v.numeric && f.Enum().IsClosed() }) {
		d.strange(number, body)
		return
	}
	d.add(f, values)
}

// messageBody is the encoding of a message without its length or its end.
func messageBody(number protowire.Number, typ protowire.Type, body []byte, kind protoreflect.Kind) ([]byte, bool) {
	switch typ {
	case protowire.BytesType:
		b, n := protowire.ConsumeBytes(body)
		return b, n >= 0 && kind == protoreflect.MessageKind
	case protowire.StartGroupType:
		b, n := protowire.ConsumeGroup(number, body)
		return b, n >= 0 && kind == protoreflect.GroupKind
	}
	return nil, false
}

// add keeps what has been read of a field: of a singular one the last.
func (d *decoder) add(f protoreflect.FieldDescriptor, values []value) {
	if len(values) == 0 {
		return
	}
	if o := f.ContainingOneof(); o != nil {
		d.dropOthers(o, f)
	}
	i, seen := d.index[f.Number()]
	if !seen {
		d.index[f.Number()] = len(d.out.entries)
		d.out.entries = append(d.out.entries, entry{field: f, name: f.TextName(), values: values})
		return
	}
	if f.Cardinality() == protoreflect.Repeated {
		d.out.entries[i].values = append(d.out.entries[i].values, values...)
	} else {
		d.out.entries[i].values = values
	}
}

// dropOthers forgets the other members of a oneof.
func (d *decoder) dropOthers(o protoreflect.OneofDescriptor, f protoreflect.FieldDescriptor) {
	for i, e := range d.out.entries {
		if e.field != f && e.field.ContainingOneof() == o {
			d.out.entries = slices.Delete(d.out.entries, i, i+1)
			delete(d.raw, e.field.Number())
			d.index = map[protowire.Number]int{}
			for j, e := range d.out.entries {
				d.index[e.field.Number()] = j
			}
			return
		}
	}
}

// messages reads singular messages, of which there may have been parts.
func (d *decoder) messages() {
	for i, e := range d.out.entries {
		if e.field.Message() != nil && e.field.Cardinality() != protoreflect.Repeated {
			d.out.entries[i].values = []value{{message: d.p.decode(e.field.Message(), d.raw[e.field.Number()], d.depth+1)}}
		}
	}
}

func packable(k protoreflect.Kind) bool {
	return k != protoreflect.StringKind && k != protoreflect.BytesKind
}

func wireType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.StringKind, protoreflect.BytesKind:
		return protowire.BytesType
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	}
	return protowire.VarintType
}

func unpack(f protoreflect.FieldDescriptor, content []byte) ([]value, bool) {
	var values []value
	typ := wireType(f.Kind())
	for len(content) > 0 {
		n := protowire.ConsumeFieldValue(1, typ, content)
		if n < 0 {
			return nil, false
		}
		v, ok := scalar(f, typ, content[:n])
		if !ok {
			return nil, false
		}
		values = append(values, v)
		content = content[n:]
	}
	return values, true
}

// scalar reads one value that is no message.
func scalar(f protoreflect.FieldDescriptor, typ protowire.Type, body []byte) (value, bool) {
	if typ != wireType(f.Kind()) {
		return value{}, false
	}
	switch typ {
	case protowire.BytesType:
		b, n := protowire.ConsumeBytes(body)
		if f.Kind() == protoreflect.StringKind {
			return value{text: quote(string(b))}, n >= 0
		}
		return value{text: quoteBytes(b)}, n >= 0
	case protowire.Fixed32Type:
		v, n := protowire.ConsumeFixed32(body)
		return value{text: fixed32Text(f.Kind(), v)}, n >= 0
	case protowire.Fixed64Type:
		v, n := protowire.ConsumeFixed64(body)
		return value{text: fixed64Text(f.Kind(), v)}, n >= 0
	}
	v, n := protowire.ConsumeVarint(body)
	if f.Kind() == protoreflect.EnumKind {
		if named := f.Enum().Values().ByNumber(protoreflect.EnumNumber(int32(v))); named != nil {
			return value{text: string(named.Name())}, n >= 0
		}
		return value{text: decimal(int32(v)), numeric: true}, n >= 0
	}
	return value{text: varintText(f.Kind(), v)}, n >= 0
}

func fixed32Text(k protoreflect.Kind, v uint32) string {
	switch k {
	case protoreflect.FloatKind:
		return floating(float64(math.Float32frombits(v)), 32)
	case protoreflect.Sfixed32Kind:
		return decimal(int32(v))
	}
	return strconv.FormatUint(uint64(v), 10)
}

func fixed64Text(k protoreflect.Kind, v uint64) string {
	switch k {
	case protoreflect.DoubleKind:
		return floating(math.Float64frombits(v), 64)
	case protoreflect.Sfixed64Kind:
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatUint(v, 10)
}

func varintText(k protoreflect.Kind, v uint64) string {
	switch k {
	case protoreflect.BoolKind:
		return strconv.FormatBool(v != 0)
	case protoreflect.Int32Kind:
		return decimal(int32(v))
	case protoreflect.Sint32Kind:
		return decimal(int32(protowire.DecodeZigZag(v & math.MaxUint32)))
	case protoreflect.Int64Kind:
		return strconv.FormatInt(int64(v), 10)
	case protoreflect.Sint64Kind:
		return strconv.FormatInt(protowire.DecodeZigZag(v), 10)
	case protoreflect.Uint32Kind:
		return strconv.FormatUint(uint64(uint32(v)), 10)
	}
	return strconv.FormatUint(v, 10)
}

// anyHost is the one that compilers look up types of Any for.
const anyHost = "type.googleapis.com/"

// decodeAny reads what an Any has inside, if a compiler makes the same bytes of
// it again.
func (p *printer) decodeAny(md protoreflect.MessageDescriptor, data []byte, depth int) *literal {
	if md.FullName() != "google.protobuf.Any" || p.Resolver == nil || depth > maxDepth {
		return nil
	}
	any := dynamicpb.NewMessage(md)
	if err := proto.Unmarshal(data, any); err != nil || len(any.GetUnknown()) > 0 {
		return nil
	}
	fields := md.Fields()
	if fields.ByNumber(1) == nil || fields.ByNumber(2) == nil {
		return nil
	}
	name, ok := strings.CutPrefix(any.Get(fields.ByNumber(1)).String(), anyHost)
	if !ok {
		return nil
	}
	inside := p.Resolver.Message(protoreflect.FullName(name))
	if inside == nil {
		return nil
	}
	content := any.Get(fields.ByNumber(2)).Bytes()
	msg := dynamicpb.NewMessage(inside)
	if err := proto.Unmarshal(content, msg); err != nil {
		return nil
	}
	again, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
	if err != nil || !bytes.Equal(again, content) {
		return nil
	}
	lit := p.decode(inside, content, depth+1)
	return &literal{entries: []entry{{name: "[" + anyHost + name + "]", values: []value{{message: lit}}}}}
}
