package rawdesc_test

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	_ "google.golang.org/protobuf/types/gofeaturespb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/pluginpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

func holdDecode(t *testing.T, want *descriptorpb.FileDescriptorProto) {
	t.Helper()
	b, err := proto.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := rawdesc.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(got, want) {
		t.Fatalf("got\n%v\nwant\n%v", got, want)
	}
}

// TestDecode decodes the files that are linked into a program.
func TestDecode(t *testing.T) {
	n := 0
	protoregistry.GlobalFiles.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		holdDecode(t, protodesc.ToFileDescriptorProto(fd))
		n++
		return true
	})
	if n < 3 {
		t.Errorf("only %d files", n)
	}
}

// TestDecodeAll decodes files with every field that descriptor.proto has, at random.
func TestDecodeAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		fd := &descriptorpb.FileDescriptorProto{}
		fill(r, fd.ProtoReflect(), 0)
		fd.SourceCodeInfo = nil
		holdDecode(t, fd)
	}
}

// fill sets fields of a message; those that options require, always.
func fill(r *rand.Rand, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Cardinality() != protoreflect.Required && (r.IntN(3) == 0 || depth > 3) {
			continue
		}
		switch {
		case f.IsList():
			list := m.Mutable(f).List()
			for range 1 + r.IntN(2) {
				v := list.NewElement()
				if f.Message() != nil {
					fill(r, v.Message(), depth+1)
				} else {
					v = scalar(r, f)
				}
				list.Append(v)
			}
		case f.Message() != nil:
			fill(r, m.Mutable(f).Message(), depth+1)
		default:
			m.Set(f, scalar(r, f))
		}
	}
}

func scalar(r *rand.Rand, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(r.IntN(2) == 0)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(f.Enum().Values().Get(r.IntN(f.Enum().Values().Len())).Number())
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(r.Uint32()))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(int64(r.Uint64()))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(r.Uint64())
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(r.Float64())
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("bytes"))
	}
	return protoreflect.ValueOfString(string(f.Name()))
}

// FuzzDecode: nothing panics, and what protobuf's decoder takes is decoded as it does.
func FuzzDecode(f *testing.F) {
	protoregistry.GlobalFiles.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		if b, err := proto.Marshal(protodesc.ToFileDescriptorProto(fd)); err == nil && len(b) < 1<<10 {
			f.Add(b)
		}
		return true
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := rawdesc.Decode(b)
		want := &descriptorpb.FileDescriptorProto{}
		if (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, want) != nil {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		want.SourceCodeInfo = nil
		holdDecode(t, want)
	})
}

// TestDecodeDepth: messages in messages end where protobuf's decoder ends them.
func TestDecodeDepth(t *testing.T) {
	for _, depth := range []int{100, 20_000} {
		inner := []byte("\x0a\x01M")
		for range depth {
			inner = append([]byte("\x0a\x01M"), rawdesc.AppendField(nil, 3, inner)...)
		}
		b := rawdesc.AppendField(nil, 4, inner)
		_, err := rawdesc.Decode(b)
		if want := proto.Unmarshal(b, &descriptorpb.FileDescriptorProto{}); (err != nil) != (want != nil) {
			t.Errorf("depth %d: %v, protobuf says %v", depth, err, want)
		}
	}
}
