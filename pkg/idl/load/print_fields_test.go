package load_test

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"
)

var scalars = []descriptorpb.FieldDescriptorProto_Type{
	descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_INT32, descriptorpb.FieldDescriptorProto_TYPE_BYTES,
	descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, descriptorpb.FieldDescriptorProto_TYPE_FLOAT, descriptorpb.FieldDescriptorProto_TYPE_BOOL,
	descriptorpb.FieldDescriptorProto_TYPE_UINT64, descriptorpb.FieldDescriptorProto_TYPE_SINT32, descriptorpb.FieldDescriptorProto_TYPE_SFIXED64,
	descriptorpb.FieldDescriptorProto_TYPE_FIXED32, descriptorpb.FieldDescriptorProto_TYPE_INT64, descriptorpb.FieldDescriptorProto_TYPE_UINT32,
	descriptorpb.FieldDescriptorProto_TYPE_SINT64, descriptorpb.FieldDescriptorProto_TYPE_FIXED64, descriptorpb.FieldDescriptorProto_TYPE_SFIXED32,
}

// usable lists the types that this file may refer to.
func (f *fileMaker) usable(enums bool) []typeRef {
	var list []typeRef
	for i, r := range f.refs {
		if mine := i >= f.firstOwn(); r.isEnum == enums && (mine || r.foreign) && (!enums || !r.closed || f.proto2()) {
			list = append(list, r)
		}
	}
	return list
}

// firstOwn is the index of the first type that is of this file.
func (f *fileMaker) firstOwn() int {
	for i, r := range f.refs {
		if f.declares(r.name) {
			return i
		}
	}
	return len(f.refs)
}

func (f *fileMaker) declares(full string) bool {
	name, ok := full, true
	if pkg := f.fd.GetPackage(); pkg != "" {
		name, ok = strings.CutPrefix(full, pkg+".")
	}
	first, _, _ := strings.Cut(name, ".")
	return ok && (slices.ContainsFunc(f.fd.MessageType, func(m *descriptorpb.DescriptorProto) bool { return m.GetName() == first }) ||
		slices.ContainsFunc(f.fd.EnumType, func(e *descriptorpb.EnumDescriptorProto) bool { return e.GetName() == first }))
}

// typed gives a field a type.
func (f *fileMaker) typed(field *descriptorpb.FieldDescriptorProto) (enum typeRef) {
	messages, enums := f.usable(false), f.usable(true)
	switch {
	case len(messages) > 0 && f.one(3):
		field.Type = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum()
		field.TypeName = new("." + pickOf(f.dice, messages).name)
	case len(enums) > 0 && f.one(4):
		enum = pickOf(f.dice, enums)
		field.Type = descriptorpb.FieldDescriptorProto_TYPE_ENUM.Enum()
		field.TypeName = new("." + enum.name)
	default:
		field.Type = pickOf(f.dice, scalars).Enum()
	}
	return enum
}

func (f *fileMaker) field(names scopeNames, number int32, scope string) *descriptorpb.FieldDescriptorProto {
	field := &descriptorpb.FieldDescriptorProto{Name: new(names.pick(f.dice)), Number: &number, Label: pickOf(f.dice, labels).Enum()}
	enum := f.typed(field)
	if field.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED && !f.proto2() {
		field.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
		field.Proto3Optional = map[bool]*bool{true: new(true)}[f.proto3()]
	}
	if field.GetLabel() != descriptorpb.FieldDescriptorProto_LABEL_REPEATED && !f.proto3() && f.one(2) {
		f.defaultValue(field, enum)
	}
	if f.one(5) {
		field.JsonName = new(fmt.Sprintf("json \"%d\"", number))
		if f.plain {
			field.JsonName = new(fmt.Sprintf("json%d", number))
		}
	}
	field.Options = custom(f.randomFiles, &descriptorpb.FieldOptions{}, func(o *descriptorpb.FieldOptions) {
		o.Deprecated = new(f.one(2))
		if field.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED && f.proto2() && field.GetType() == descriptorpb.FieldDescriptorProto_TYPE_INT32 {
			o.Packed = new(true)
		}
	})
	f.fieldFeatures(field)
	return field
}

func (f *fileMaker) fieldFeatures(field *descriptorpb.FieldDescriptorProto) {
	if !f.since2023() || !f.one(3) {
		return
	}
	features := &descriptorpb.FeatureSet{}
	repeated := field.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	switch t := field.GetType(); {
	case t == descriptorpb.FieldDescriptorProto_TYPE_MESSAGE:
		features.MessageEncoding = descriptorpb.FeatureSet_DELIMITED.Enum()
	case t == descriptorpb.FieldDescriptorProto_TYPE_STRING:
		features.Utf8Validation = descriptorpb.FeatureSet_NONE.Enum()
	case repeated && t != descriptorpb.FieldDescriptorProto_TYPE_BYTES:
		features.RepeatedFieldEncoding = descriptorpb.FeatureSet_EXPANDED.Enum()
	case !repeated && field.OneofIndex == nil && field.Extendee == nil:
		features.FieldPresence = descriptorpb.FeatureSet_LEGACY_REQUIRED.Enum()
		if field.DefaultValue == nil && t != descriptorpb.FieldDescriptorProto_TYPE_ENUM && f.one(2) {
			features.FieldPresence = descriptorpb.FeatureSet_IMPLICIT.Enum()
		}
	default:
		return
	}
	if field.Options == nil {
		field.Options = &descriptorpb.FieldOptions{}
	}
	field.Options.Features = features
}

func (f *fileMaker) defaultValue(field *descriptorpb.FieldDescriptorProto, enum typeRef) {
	v := f.word64()
	switch field.GetType() {
	case descriptorpb.FieldDescriptorProto_TYPE_STRING:
		field.DefaultValue = new(pickOf(f.dice, texts))
	case descriptorpb.FieldDescriptorProto_TYPE_BYTES:
		field.DefaultValue = new(pickOf(f.dice, []string{"", "plain", `\000\377\"\\\'\n`, `\303\274`}))
	case descriptorpb.FieldDescriptorProto_TYPE_DOUBLE:
		field.DefaultValue = new(floatDefault(pickOf(f.dice, doubles), 64))
	case descriptorpb.FieldDescriptorProto_TYPE_FLOAT:
		field.DefaultValue = new(floatDefault(float64(float32(pickOf(f.dice, doubles))), 32))
	case descriptorpb.FieldDescriptorProto_TYPE_BOOL:
		field.DefaultValue = new(pickOf(f.dice, []string{"true", "false"}))
	case descriptorpb.FieldDescriptorProto_TYPE_ENUM:
		field.DefaultValue = &enum.first
	case descriptorpb.FieldDescriptorProto_TYPE_INT32, descriptorpb.FieldDescriptorProto_TYPE_SINT32, descriptorpb.FieldDescriptorProto_TYPE_SFIXED32:
		field.DefaultValue = new(fmt.Sprint(pickOf(f.dice, []int32{math.MinInt32, 0, -1, int32(v), math.MaxInt32})))
	case descriptorpb.FieldDescriptorProto_TYPE_INT64, descriptorpb.FieldDescriptorProto_TYPE_SINT64, descriptorpb.FieldDescriptorProto_TYPE_SFIXED64:
		field.DefaultValue = new(fmt.Sprint(pickOf(f.dice, []int64{math.MinInt64, 0, -1, int64(v), math.MaxInt64})))
	case descriptorpb.FieldDescriptorProto_TYPE_UINT32, descriptorpb.FieldDescriptorProto_TYPE_FIXED32:
		field.DefaultValue = new(fmt.Sprint(uint32(v)))
	case descriptorpb.FieldDescriptorProto_TYPE_UINT64, descriptorpb.FieldDescriptorProto_TYPE_FIXED64:
		field.DefaultValue = new(fmt.Sprint(v))
	}
}

func (f *fileMaker) oneof(m *descriptorpb.DescriptorProto, names scopeNames, number *int32, full string, depth int) {
	index := int32(len(m.OneofDecl))
	m.OneofDecl = append(m.OneofDecl, &descriptorpb.OneofDescriptorProto{
		Name: new(names.pick(f.dice)), Options: custom(f.randomFiles, &descriptorpb.OneofOptions{}, nil),
	})
	for range 1 + f.n(3) {
		var field *descriptorpb.FieldDescriptorProto
		if f.proto2() && f.one(3) {
			field = f.group(&m.NestedType, names, *number, full, depth, labels[0])
			field.OneofIndex = &index
		} else {
			field = &descriptorpb.FieldDescriptorProto{Name: new(names.pick(f.dice)), Number: new(*number), Label: labels[0].Enum(), OneofIndex: &index}
			f.typed(field)
			f.fieldFeatures(field)
		}
		m.Field = append(m.Field, field)
		*number++
	}
}

func (f *fileMaker) mapField(m *descriptorpb.DescriptorProto, names scopeNames, number int32, full string) {
	name := names.pick(f.dice)
	entry := mapEntryName(name)
	if names[strings.ToLower(strings.ReplaceAll(entry, "_", ""))] {
		return
	}
	names[strings.ToLower(strings.ReplaceAll(entry, "_", ""))] = true
	key := &descriptorpb.FieldDescriptorProto{Name: new("key"), Number: new(int32(1)), Label: labels[0].Enum(), Type: pickOf(f.dice, []descriptorpb.FieldDescriptorProto_Type{
		descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_BOOL, descriptorpb.FieldDescriptorProto_TYPE_SFIXED64,
	}).Enum()}
	value := &descriptorpb.FieldDescriptorProto{Name: new("value"), Number: new(int32(2)), Label: labels[0].Enum()}
	if enum := f.typed(value); enum.closed { // whose first value would have to be 0
		value.Type, value.TypeName = scalars[0].Enum(), nil
	}
	m.NestedType = append(m.NestedType, &descriptorpb.DescriptorProto{
		Name: &entry, Field: []*descriptorpb.FieldDescriptorProto{key, value}, Options: &descriptorpb.MessageOptions{MapEntry: new(true)},
	})
	m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{
		Name: &name, Number: &number, Label: descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(),
		Type: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), TypeName: new("." + full + "." + entry),
		Options: custom(f.randomFiles, &descriptorpb.FieldOptions{}, nil),
	})
}

// mapEntryName is the name that compilers give.
func mapEntryName(field string) string { return camel(field, true) + "Entry" }

func (f *fileMaker) group(to *[]*descriptorpb.DescriptorProto, names scopeNames, number int32, scope string, depth int, label descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
	name := fmt.Sprintf("Group%d", f.numbers)
	f.numbers++
	m := &descriptorpb.DescriptorProto{Name: &name}
	*to = append(*to, m)
	field := &descriptorpb.FieldDescriptorProto{
		Name: new(strings.ToLower(name)), Number: &number, Label: label.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_GROUP.Enum(),
		TypeName: new("." + dotted(scope, name)), Options: custom(f.randomFiles, &descriptorpb.FieldOptions{}, nil),
	}
	if depth < 3 {
		f.body(m, dotted(scope, name), depth+1)
	}
	return field
}

// extension extends a message or an option.
func (f *fileMaker) extension(to *[]*descriptorpb.FieldDescriptorProto, nested *[]*descriptorpb.DescriptorProto, names scopeNames, scope string, top bool) {
	extendee, number := "google.protobuf.FieldOptions", f.numbers
	f.numbers++
	for i, r := range f.refs {
		if len(r.open) > 0 && !f.proto3() && (r.foreign || f.declares(r.name)) && f.one(2) {
			extendee, number = r.name, r.open[0]
			f.refs[i].open = r.open[1:]
			break
		}
	}
	var x *descriptorpb.FieldDescriptorProto
	if f.proto2() && f.one(4) {
		x = f.group(nested, names, number, scope, 2, pickOf(f.dice, labels[:2]))
	} else {
		x = &descriptorpb.FieldDescriptorProto{Name: new(names.pick(f.dice)), Number: &number, Label: pickOf(f.dice, labels[:2]).Enum()}
		enum := f.typed(x)
		if !f.proto3() && x.GetLabel() == labels[0] && f.one(2) {
			f.defaultValue(x, enum)
		}
	}
	x.Extendee = new("." + extendee)
	*to = append(*to, x)
}

func (f *fileMaker) service() {
	s := &descriptorpb.ServiceDescriptorProto{Name: new(f.scope.pick(f.dice)), Options: custom(f.randomFiles, &descriptorpb.ServiceOptions{}, nil)}
	names, types := scopeNames{}, f.usable(false)
	for range f.n(4) {
		if len(types) == 0 {
			break
		}
		m := &descriptorpb.MethodDescriptorProto{
			Name: new(names.pick(f.dice)), InputType: new("." + pickOf(f.dice, types).name), OutputType: new("." + pickOf(f.dice, types).name),
			Options: custom(f.randomFiles, &descriptorpb.MethodOptions{}, func(o *descriptorpb.MethodOptions) {
				o.IdempotencyLevel = descriptorpb.MethodOptions_NO_SIDE_EFFECTS.Enum()
			}),
		}
		if f.one(3) {
			m.ClientStreaming = new(true)
		}
		if f.one(3) {
			m.ServerStreaming = new(true)
		}
		s.Method = append(s.Method, m)
	}
	f.fd.Service = append(f.fd.Service, s)
}
