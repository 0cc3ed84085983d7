package protojson

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl"
)

var errMistake = errors.New("m.proto:1:1: a mistake")

// broken are the types of IDL with a mistake.
type broken struct{ idl.Types }

func (broken) FindMessage(protoreflect.FullName) (protoreflect.MessageDescriptor, error) {
	return nil, errMistake
}

// TestMissingType: what is wrong with a type is told to who meets it, and nobody else.
func TestMissingType(t *testing.T) {
	file, err := protodesc.FileOptions{AllowUnresolvable: true}.New(&descriptorpb.FileDescriptorProto{
		Name: new("m.proto"), Syntax: new("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("M"), Field: []*descriptorpb.FieldDescriptorProto{
			{Name: new("s"), JsonName: new("s"), Number: new(int32(1)), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()},
			{Name: new("n"), JsonName: new("n"), Number: new(int32(2)), Type: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), TypeName: new(".N"), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()},
		}}},
	}, &protoregistry.Files{})
	if err != nil {
		t.Fatal(err)
	}
	m := &idl.ProtoMessage{Descriptor: file.Messages().Get(0), Types: broken{}}
	p := Compile(m, m, jsontext.Options{})
	body, err := p.Codec().Encode(nil, []byte(`{"s": "x"}`))
	if err != nil || string(body) != "\x0a\x01x" {
		t.Errorf("got %q, %v", body, err)
	}
	if _, err := p.Codec().Encode(nil, []byte(`{"n": {}}`)); !errors.Is(err, errMistake) {
		t.Errorf("encode: %v", err)
	}
	if _, err := p.Codec().Decode(nil, []byte("\x12\x00")); !errors.Is(err, errMistake) {
		t.Errorf("decode: %v", err)
	}
	if _, err := NewText(m).Stream(nil, []byte("\x12\x00"), func([]byte) error { return nil }); !errors.Is(err, errMistake) {
		t.Errorf("text: %v", err)
	}
}
