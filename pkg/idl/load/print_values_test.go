package load_test

import (
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// custom fills options, now and then.
func custom[T proto.Message](r *randomFiles, o T, standard func(T)) T {
	var none T
	if !r.one(3) {
		return none
	}
	if standard != nil && r.one(2) {
		standard(o)
	}
	msg := o.ProtoReflect()
	known := r.options[msg.Descriptor().FullName()]
	for range r.n(3) {
		x := pickOf(r.dice, known)
		xt, err := r.types.FindExtensionByName(x.FullName())
		if err != nil {
			panic(err)
		}
		if f := xt.TypeDescriptor(); !msg.Has(f) {
			r.fill(msg, f, 0)
		}
	}
	if proto.Size(o) == 0 {
		return none
	}
	return o
}

func (f *fileMaker) fileOptions(o *descriptorpb.FileOptions) {
	o.JavaPackage = new("com.example")
	if f.one(2) {
		o.OptimizeFor = descriptorpb.FileOptions_CODE_SIZE.Enum()
	}
	if f.since2023() && f.one(2) {
		o.Features = &descriptorpb.FeatureSet{
			Utf8Validation: descriptorpb.FeatureSet_NONE.Enum(),
			JsonFormat:     descriptorpb.FeatureSet_LEGACY_BEST_EFFORT.Enum(),
		}
	}
}

// fill sets a field, of a list some elements.
func (r *randomFiles) fill(msg protoreflect.Message, f protoreflect.FieldDescriptor, depth int) {
	if f.Cardinality() == protoreflect.Repeated {
		r.lists++
		defer func() { r.lists-- }()
	}
	switch {
	case f.IsMap():
		m := msg.Mutable(f).Map()
		for range 1 + r.n(2) {
			v := m.NewValue()
			if f.MapValue().Message() != nil {
				r.fillMessage(v.Message(), depth+1)
			} else {
				v = r.scalar(f.MapValue(), depth+1)
			}
			m.Set(r.scalar(f.MapKey(), depth+1).MapKey(), v)
		}
	case f.IsList():
		l := msg.Mutable(f).List()
		for range 1 + r.n(3) {
			if f.Message() != nil {
				r.fillMessage(l.AppendMutable().Message(), depth+1)
			} else {
				l.Append(r.scalar(f, depth+1))
			}
		}
	case f.Message() != nil:
		r.fillMessage(msg.Mutable(f).Message(), depth+1)
	default:
		msg.Set(f, r.scalar(f, depth))
	}
}

func (r *randomFiles) fillMessage(msg protoreflect.Message, depth int) {
	md := msg.Descriptor()
	if md.FullName() == "google.protobuf.Any" {
		r.fillAny(msg, depth)
		return
	}
	fields := md.Fields()
	for range r.n(5 - min(depth, 5)) {
		r.fill(msg, fields.Get(r.n(fields.Len())), depth)
	}
	// In lists, an extension has only a name that may be found elsewhere.
	elsewhere := r.shadowed && r.lists > 0
	if known := r.options[md.FullName()]; len(known) > 0 && depth < 4 && !elsewhere && r.one(3) {
		xt, err := r.types.FindExtensionByName(pickOf(r.dice, known).FullName())
		if err != nil {
			panic(err)
		}
		r.fill(msg, xt.TypeDescriptor(), depth)
	}
}

// fillAny puts a message into an Any, or something of which nobody knows what it
// is.
func (r *randomFiles) fillAny(msg protoreflect.Message, depth int) {
	url, value := "type.googleapis.com/opts.Value", []byte{8, 1}
	switch r.n(3) {
	case 1:
		url, value = "example.com/who.Knows", []byte("\xff\x00?")
	case 2:
		mt, err := r.types.FindMessageByName("opts.Value")
		if err != nil {
			panic(err)
		}
		inside := mt.New()
		r.lists++
		r.fillMessage(inside, depth+1)
		r.lists--
		value, _ = proto.MarshalOptions{Deterministic: true}.Marshal(inside.Interface())
	}
	msg.Set(msg.Descriptor().Fields().ByNumber(1), protoreflect.ValueOfString(url))
	msg.Set(msg.Descriptor().Fields().ByNumber(2), protoreflect.ValueOfBytes(value))
}

func (r *randomFiles) scalar(f protoreflect.FieldDescriptor, depth int) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(r.one(2))
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		if !r.plain && !r.shadowed && !f.Enum().IsClosed() && depth > 0 && r.one(3) {
			return protoreflect.ValueOfEnum(77) // which has no name
		}
		return protoreflect.ValueOfEnum(values.Get(r.n(values.Len())).Number())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(pickOf(r.dice, []int32{1, 0, math.MinInt32, int32(r.word64()), math.MaxInt32}))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(pickOf(r.dice, []int64{1, 0, math.MinInt64, int64(r.word64()), math.MaxInt64}))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(r.word64()))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(r.word64())
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(r.double(depth)))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(r.double(depth))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(pickOf(r.dice, texts))
	}
	return protoreflect.ValueOfBytes([]byte(pickOf(r.dice, append([]string{"\xff\xfe\x00 bytes"}, texts...))))
}

// double is any number, for old compilers one that they take as an option itself,
// which the fields of shadowed ones are too.
func (r *randomFiles) double(depth int) float64 {
	v := pickOf(r.dice, doubles)
	if bare := depth == 0 || r.shadowed; r.plain && bare && (math.IsInf(v, 0) || math.IsNaN(v) || math.IsInf(float64(float32(v)), 0)) {
		return 0.5
	}
	return v
}

// floatDefault is a number as descriptors have it.
func floatDefault(v float64, bits int) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case math.IsNaN(v):
		return "nan"
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

// comments gives declarations comments, at places that need not be those of any
// source.
func (f *fileMaker) comments() {
	info := &descriptorpb.SourceCodeInfo{}
	add := func(path ...int32) {
		l := &descriptorpb.SourceCodeInfo_Location{Path: path, Span: []int32{int32(f.n(50)), int32(f.n(20)), 90}}
		if f.one(2) {
			l.LeadingComments = new(pickOf(f.dice, comments))
		}
		if f.one(3) {
			l.TrailingComments = new(pickOf(f.dice, comments))
		}
		if f.one(4) {
			l.LeadingDetachedComments = []string{pickOf(f.dice, comments), pickOf(f.dice, comments)}
		}
		info.Location = append(info.Location, l)
	}
	for _, path := range [][]int32{{12}, {2}, {3, 0}, {8, 1}, {8}, {7}} {
		if f.one(3) {
			add(path...)
		}
	}
	for i, m := range f.fd.MessageType {
		add(4, int32(i))
		for j := range m.Field {
			add(4, int32(i), 2, int32(j))
		}
		for j := range m.NestedType {
			add(4, int32(i), 3, int32(j))
		}
		add(4, int32(i), 8, 0)
		add(4, int32(i), 9)
		add(4, int32(i), 9, 0)
	}
	for i, e := range f.fd.EnumType {
		add(5, int32(i))
		for j := range e.Value {
			add(5, int32(i), 2, int32(j))
		}
	}
	for i, s := range f.fd.Service {
		add(6, int32(i))
		for j := range s.Method {
			add(6, int32(i), 2, int32(j))
		}
	}
	for i := range f.fd.Extension {
		add(7, int32(i))
	}
	f.fd.SourceCodeInfo = info
}

func describeSet(files []*descriptorpb.FileDescriptorProto) string {
	text := ""
	for _, fd := range files {
		text += fmt.Sprintf("%s: %v\n", fd.GetName(), fd)
	}
	return text
}
