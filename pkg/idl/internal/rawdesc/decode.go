package rawdesc

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/descriptorpb"
)

var (
	errTooDeep = errors.New("messages are nested too deeply")
	errOther   = errors.New("a field for protobuf's decoder")
)

// Decode is proto.Unmarshal of a file, without its source code info and fields that
// descriptor.proto does not have. Only unusual options are left to protobuf's decoder,
// which first makes tables of every type that it meets: for a small file these cost
// several times what the file does.
func Decode(b []byte) (*descriptorpb.FileDescriptorProto, error) {
	fd := &descriptorpb.FileDescriptorProto{}
	err := Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 14:
			setEnum(&fd.Edition, val, num)
		case 10:
			return appendInts(&fd.PublicDependency, val, num)
		case 11:
			return appendInts(&fd.WeakDependency, val, num)
		}
		if val == nil {
			return nil
		}
		switch n {
		case 1:
			fd.Name = text(val)
		case 2:
			fd.Package = text(val)
		case 3:
			fd.Dependency = append(fd.Dependency, string(val))
		case 15:
			fd.OptionDependency = append(fd.OptionDependency, string(val))
		case 4:
			return add(&fd.MessageType, val, func(m *descriptorpb.DescriptorProto, b []byte) error { return message(m, b, 1) })
		case 5:
			return add(&fd.EnumType, val, enum)
		case 6:
			return add(&fd.Service, val, service)
		case 7:
			return add(&fd.Extension, val, field)
		case 8:
			return options(&fd.Options, val, fileOptions)
		case 12:
			fd.Syntax = text(val)
		}
		return nil
	})
	return fd, err
}

// maxDepth is protobuf's own limit. Names grow with the depth, so that memory would grow
// with its square.
const maxDepth = protowire.DefaultRecursionLimit

func message(m *descriptorpb.DescriptorProto, b []byte, depth int) error {
	if depth > maxDepth {
		return errTooDeep
	}
	return Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		if n == 11 {
			setEnum(&m.Visibility, val, num)
		}
		if val == nil {
			return nil
		}
		switch n {
		case 1:
			m.Name = text(val)
		case 2:
			return add(&m.Field, val, field)
		case 3:
			return add(&m.NestedType, val, func(m *descriptorpb.DescriptorProto, b []byte) error { return message(m, b, depth+1) })
		case 4:
			return add(&m.EnumType, val, enum)
		case 5:
			return add(&m.ExtensionRange, val, extensionRange)
		case 6:
			return add(&m.Extension, val, field)
		case 7:
			return options(&m.Options, val, messageOptions)
		case 8:
			return add(&m.OneofDecl, val, oneof)
		case 9:
			return add(&m.ReservedRange, val, func(r *descriptorpb.DescriptorProto_ReservedRange, b []byte) error {
				return ends(&r.Start, &r.End, b)
			})
		case 10:
			m.ReservedName = append(m.ReservedName, string(val))
		}
		return nil
	})
}

func field(f *descriptorpb.FieldDescriptorProto, b []byte) error {
	return Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			setText(&f.Name, val)
		case 2:
			setText(&f.Extendee, val)
		case 3:
			setInt(&f.Number, val, num)
		case 4:
			setEnum(&f.Label, val, num)
		case 5:
			setEnum(&f.Type, val, num)
		case 6:
			setText(&f.TypeName, val)
		case 7:
			setText(&f.DefaultValue, val)
		case 8:
			return options(&f.Options, val, fieldOptions)
		case 9:
			setInt(&f.OneofIndex, val, num)
		case 10:
			setText(&f.JsonName, val)
		case 17:
			setBool(&f.Proto3Optional, val, num)
		}
		return nil
	})
}

func extensionRange(r *descriptorpb.DescriptorProto_ExtensionRange, b []byte) error {
	if err := ends(&r.Start, &r.End, b); err != nil {
		return err
	}
	return Walk(b, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 3 {
			return options(&r.Options, val, rangeOptions)
		}
		return nil
	})
}

// ends are the two numbers of a range.
func ends(start, end **int32, b []byte) error {
	return Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			setInt(start, val, num)
		case 2:
			setInt(end, val, num)
		}
		return nil
	})
}

func oneof(o *descriptorpb.OneofDescriptorProto, b []byte) error {
	return Walk(b, func(n protowire.Number, val []byte, _ uint64) error {
		switch n {
		case 1:
			setText(&o.Name, val)
		case 2:
			return options(&o.Options, val, oneofOptions)
		}
		return nil
	})
}

func enum(e *descriptorpb.EnumDescriptorProto, b []byte) error {
	return Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		if n == 6 {
			setEnum(&e.Visibility, val, num)
		}
		if val == nil {
			return nil
		}
		switch n {
		case 1:
			e.Name = text(val)
		case 2:
			return add(&e.Value, val, enumValue)
		case 3:
			return options(&e.Options, val, enumOptions)
		case 4:
			return add(&e.ReservedRange, val, func(r *descriptorpb.EnumDescriptorProto_EnumReservedRange, b []byte) error {
				return ends(&r.Start, &r.End, b)
			})
		case 5:
			e.ReservedName = append(e.ReservedName, string(val))
		}
		return nil
	})
}

func enumValue(v *descriptorpb.EnumValueDescriptorProto, b []byte) error {
	return Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			setText(&v.Name, val)
		case 2:
			setInt(&v.Number, val, num)
		case 3:
			return options(&v.Options, val, enumValueOptions)
		}
		return nil
	})
}

func service(s *descriptorpb.ServiceDescriptorProto, b []byte) error {
	return Walk(b, func(n protowire.Number, val []byte, _ uint64) error {
		switch {
		case n == 1:
			setText(&s.Name, val)
		case n == 2 && val != nil:
			return add(&s.Method, val, method)
		case n == 3:
			return options(&s.Options, val, serviceOptions)
		}
		return nil
	})
}

func method(m *descriptorpb.MethodDescriptorProto, b []byte) error {
	return Walk(b, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			setText(&m.Name, val)
		case 2:
			setText(&m.InputType, val)
		case 3:
			setText(&m.OutputType, val)
		case 4:
			return options(&m.Options, val, methodOptions)
		case 5:
			setBool(&m.ClientStreaming, val, num)
		case 6:
			setBool(&m.ServerStreaming, val, num)
		}
		return nil
	})
}

// add decodes an element of a list.
func add[T any](to *[]*T, val []byte, decode func(*T, []byte) error) error {
	x := new(T)
	*to = append(*to, x)
	return decode(x, val)
}

func text(val []byte) *string { return new(string(val)) }

// What is of another wire type than it should be is no value: Walk has nil for text that
// is none, and text for a number that is none.

func setText(to **string, val []byte) {
	if val != nil {
		*to = text(val)
	}
}

func setInt(to **int32, val []byte, num uint64) {
	if val == nil {
		*to = new(int32(num))
	}
}

func setBool(to **bool, val []byte, num uint64) {
	if val == nil {
		*to = new(num != 0)
	}
}

func setEnum[E ~int32](to **E, val []byte, num uint64) {
	if val == nil {
		*to = new(E(int32(num)))
	}
}

func appendInts(to *[]int32, val []byte, num uint64) error {
	if val == nil {
		*to = append(*to, int32(num))
		return nil
	}
	var list []uint64
	err := Packed(val, &list)
	for _, n := range list {
		*to = append(*to, int32(n))
	}
	return err
}
