package connectwire

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"
)

func TestCodes(t *testing.T) {
	t.Parallel()
	for n := uint32(1); n <= 16; n++ {
		if name := CodeName(n); name == "" || Code(name) != n {
			t.Errorf("code %d is %q, which is %d", n, name, Code(name))
		}
	}
	for _, name := range []string{"", "ok", "NOT_FOUND", "cancelled"} {
		if got := Code(name); got != 0 {
			t.Errorf("%q is %d", name, got)
		}
	}
	for _, n := range []uint32{0, 17, 1<<32 - 1} {
		if got := CodeName(n); got != "" {
			t.Errorf("%d is %q", n, got)
		}
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "1", 0: "1", time.Microsecond: "1", 1500 * time.Millisecond: "1500", 1<<63 - 1: "9999999999",
	} {
		if got := Timeout(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	message := []byte{0, 0xff, 0xfe, '?', '&'}
	values, err := url.ParseQuery(Query("proto", "gzip", message)[1:])
	if err != nil {
		t.Fatal(err)
	}
	got, err := base64.RawURLEncoding.DecodeString(values.Get("message"))
	if err != nil || string(got) != string(message) {
		t.Errorf("message %x, %v", got, err)
	}
	for name, want := range map[string]string{"connect": "v1", "encoding": "proto", "base64": "1", "compression": "gzip"} {
		if values.Get(name) != want {
			t.Errorf("%s is %q", name, values.Get(name))
		}
	}
	if q := Query("json", "", nil); strings.Contains(q, "compression") {
		t.Error(q)
	}
}

func TestParseError(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"code":"not_found","message":"x"}`:                          "",
		`{"code":"new_one"}`:                                          "",
		`{"message":"without a code"}`:                                "",
		`{"code":"internal","details":[{"type":"a.B","value":"AA"}]}`: "",
		`{"code":"internal","details":[{"type":"a.B","value":"A!"}]}`: "is not base64",
		`{}`:          "neither a code nor a message",
		`{"code":5}`:  "no JSON",
		``:            "no JSON",
		`<html>`:      "no JSON",
		`{"code":"x"`: "no JSON",
	} {
		_, err := ParseError([]byte(body))
		if got := fmt.Sprint(err); !strings.Contains(got, cmp.Or(want, "<nil>")) {
			t.Errorf("%s: %s, want %q", body, got, want)
		}
	}
}

// FuzzParseEnd: an end either parses or is refused, the error in it is the
// google.rpc.Status that protobuf reads, and ParseError agrees with it.
func FuzzParseEnd(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"error":{}}`, `{"error":{"code":"not_found","message":"gone"},"metadata":{"A-b":["1","2"]}}`,
		`{"error":{"code":"internal","details":[{"type":"a.B","value":"CCo"},{"type":"a.C","value":"CCo="}]}}`,
		`{"metadata":{"x":null}}`, `{"metadata":[]}`, `{"error":null}`, `null`, `[]`, "\x00", `{"error":{"message":"\ud800"}}`,
	} {
		f.Add([]byte(seed))
	}
	status := statusType(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if alone, err := ParseError(body); err == nil && (alone.Code > 16 || len(alone.Details) > len(body)) {
			t.Fatalf("%q: %v", body, alone)
		}
		e, pairs, err := ParseEnd(body)
		if err != nil && pairs == nil && e == nil || e == nil {
			return
		}
		s := dynamicpb.NewMessage(status)
		if err := proto.Unmarshal(e.AppendStatus(nil), s); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		get := func(n protoreflect.FieldNumber) protoreflect.Value { return s.Get(status.Fields().ByNumber(n)) }
		details := get(3).List()
		if uint32(get(1).Int()) != e.Code || get(2).String() != e.Message || details.Len() != len(e.Details) {
			t.Fatalf("%q: %v, want %v", body, s, e)
		}
		for i, d := range e.Details {
			var a anypb.Any
			if raw, err := proto.Marshal(details.Get(i).Message().Interface()); err != nil || proto.Unmarshal(raw, &a) != nil {
				t.Fatal(err)
			}
			if a.TypeUrl != "type.googleapis.com/"+d.Type || string(a.Value) != string(d.Value) {
				t.Fatalf("%q: %v, want %v", body, &a, d)
			}
		}
	})
}

// statusType is google.rpc.Status.
func statusType(t testing.TB) protoreflect.MessageDescriptor {
	t.Helper()
	field := func(name string, number int32, kind descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{Name: &name, Number: &number, Type: &kind, Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()}
	}
	details := field("details", 3, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	details.Label, details.TypeName = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(), new(".google.protobuf.Any")
	_ = (&anypb.Any{}).ProtoReflect() // registers its file
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("status.proto"), Package: new("google.rpc"), Syntax: new("proto3"),
		Dependency: []string{"google/protobuf/any.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("Status"), Field: []*descriptorpb.FieldDescriptorProto{
			field("code", 1, descriptorpb.FieldDescriptorProto_TYPE_INT32), field("message", 2, descriptorpb.FieldDescriptorProto_TYPE_STRING), details,
		}}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().Get(0)
}
