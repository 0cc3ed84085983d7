package protoprint

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// optionsFile has extensions of options, as text of a descriptor.
const optionsFile = `
name: "opts.proto" package: "opts" dependency: "google/protobuf/descriptor.proto"
enum_type { name: "Closed" value { name: "ZERO" number: 0 } }
message_type { name: "Set" extension_range { start: 4 end: 536870912 } }
message_type {
  name: "Value"
  field { name: "closed" number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".opts.Closed" }
  field { name: "set" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".opts.Set" }
  field { name: "number" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32 oneof_index: 0 }
  field { name: "text" number: 4 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 }
  field { name: "inner" number: 5 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".opts.Value" }
  oneof_decl { name: "either" }
}
extension { name: "item" number: 70 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".opts.Value" extendee: ".opts.Set" }
extension { name: "value" number: 50000 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".opts.Value" extendee: ".google.protobuf.FieldOptions" }
extension { name: "bare" number: 50001 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".opts.Closed" extendee: ".google.protobuf.FieldOptions" }
`

type fileResolver struct{ protoreflect.FileDescriptor }

func (r fileResolver) Extension(message protoreflect.FullName, number protoreflect.FieldNumber) protoreflect.ExtensionDescriptor {
	for i := range r.Extensions().Len() {
		if x := r.Extensions().Get(i); x.Number() == number && x.ContainingMessage().FullName() == message {
			return x
		}
	}
	return nil
}

func (r fileResolver) Message(protoreflect.FullName) protoreflect.MessageDescriptor { return nil }

func (r fileResolver) InPackage(string) bool { return false }

func parseFile(t *testing.T, text string) *descriptorpb.FileDescriptorProto {
	t.Helper()
	fd := &descriptorpb.FileDescriptorProto{}
	if err := prototext.Unmarshal([]byte(text), fd); err != nil {
		t.Fatal(err)
	}
	return fd
}

func resolver(t *testing.T) Resolver {
	t.Helper()
	fd, err := protodesc.NewFile(parseFile(t, optionsFile), protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return fileResolver{fd}
}

// field appends a field of bytes.
func field(b []byte, number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), content)
}

func varint(b []byte, number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), v)
}

// TestOptions prints one field whose options are some bytes.
func TestOptions(t *testing.T) {
	item := varint([]byte{1<<3 | 3}, 2, 70)
	item = append(field(item, 3, varint(nil, 3, 8)), 1<<3|4)
	deep := varint(nil, 3, 1)
	for range maxDepth + 2 {
		deep = field(nil, 5, deep)
	}
	cases := []struct {
		name    string
		options []byte
		want    string
	}{
		{"none", nil, ""},
		{"standard", varint(nil, 3, 1), " [deprecated = true]"},
		{"unknown", varint(nil, 59999, 300), " /* unknown 59999: 0xac02 */"},
		{"unknown beside known", varint(varint(nil, 3, 1), 59999, 1), " [deprecated = true] /* unknown 59999: 0x01 */"},
		{"long unknown", field(nil, 59999, make([]byte, 100)), " /* unknown 59999: 0x64" + strings.Repeat("00", 63) + "... (101 bytes) */"},
		{"unknown inside", field(nil, 50000, varint(varint(nil, 3, 1), 9, 2)), " [(.opts.value) = { number: 1 /* unknown 9: 0x02 */ }]"},
		{"enum number without name", varint(nil, 50001, 7), " /* unknown 50001: 0x07 */"},
		{"the same inside", field(nil, 50000, varint(nil, 1, 7)), " [(.opts.value) = { /* unknown 1: 0x07 */ }]"},
		{"wrong wire type", varint(nil, 50000, 7), " /* unknown 50000: 0x07 */"},
		{"in two parts", field(field(nil, 50000, varint(nil, 1, 0)), 50000, varint(nil, 3, 5)), " [(.opts.value) = { closed: ZERO, number: 5 }]"},
		{"last of a oneof", field(nil, 50000, field(varint(nil, 3, 5), 4, []byte("x"))), ` [(.opts.value) = { text: "x" }]`},
		{"last of a field", field(nil, 50000, varint(varint(nil, 3, 5), 3, 6)), " [(.opts.value) = { number: 6 }]"},
		{"MessageSet", field(nil, 50000, field(nil, 2, item)), " [(.opts.value) = { set: { [opts.item]: { number: 8 } } }]"},
		{"invalid UTF-8", field(nil, 50000, field(nil, 4, []byte("a\xff\"*/"))), ` [(.opts.value) = { text: "a\377\"*/" }]`},
	}
	r := resolver(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fd := parseFile(t, `syntax: "proto3" message_type { name: "M" field { name: "f" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 } }`)
			if c.options != nil {
				o := &descriptorpb.FieldOptions{}
				if err := proto.Unmarshal(c.options, o); err != nil {
					t.Fatal(err)
				}
				fd.MessageType[0].Field[0].Options = o
			}
			got := New(fd, Options{Resolver: r}).Element([]int32{4, 0, 2, 0})
			got = strings.NewReplacer("[\n  ", "[", "\n]", "]").Replace(got) // lines are another test's
			if want := "int32 f = 1" + c.want + ";\n"; got != want {
				t.Errorf("got  %swant %s", got, want)
			}
		})
	}
	t.Run("too deep", func(t *testing.T) {
		o := &descriptorpb.FieldOptions{}
		o.ProtoReflect().SetUnknown(field(nil, 50000, deep))
		fd := parseFile(t, `syntax: "proto3" message_type { name: "M" field { name: "f" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 } }`)
		fd.MessageType[0].Field[0].Options = o
		if got := New(fd, Options{Resolver: r}).Element([]int32{4, 0, 2, 0}); !strings.Contains(got, "/* unknown 5: 0x") {
			t.Errorf("got %s", got)
		}
	})
}

// TestElements prints what has no words, and what has them elsewhere.
func TestElements(t *testing.T) {
	cases := []struct {
		name, file string
		path       []int32
		want       string
	}{
		{
			"unknown option of a message", `syntax: "proto3" message_type { name: "M" }`, []int32{4, 0},
			"message M {\n  // unknown 59999: 0x01\n}\n",
		},
		{
			"default of no number", `message_type { name: "M" field { name: "f" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 default_value: "1]; */" } }`, []int32{4, 0, 2, 0},
			"optional int32 f = 1 /* default: \"1]; *\\057\" */;\n",
		},
		{
			"group that is declared elsewhere", `message_type { name: "M" field { name: "f" number: 1 label: LABEL_OPTIONAL type: TYPE_GROUP type_name: ".N" } } message_type { name: "N" }`, []int32{4, 0, 2, 0},
			"optional /* as a group */ .N f = 1;\n",
		},
		{
			"comment with controls", `syntax: "proto3" message_type { name: "M" } source_code_info { location { path: [4, 0] span: [0, 0, 1] leading_comments: " a\x1b[31m\r\n\u0085b\r*/ c\x00\n" } }`, []int32{4, 0},
			"// a\\u001b[31m\n// \\u0085b\n// */ c\\u0000\nmessage M {\n}\n",
		},
		{"no such path", `message_type { name: "M" }`, []int32{4, 3}, ""},
		{"no such field", `message_type { name: "M" }`, []int32{4, 0, 2, 5}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fd := parseFile(t, c.file)
			if strings.HasPrefix(c.name, "unknown") {
				o := &descriptorpb.MessageOptions{}
				o.ProtoReflect().SetUnknown(varint(nil, 59999, 1))
				fd.MessageType[0].Options = o
			}
			if got := New(fd, Options{}).Element(c.path); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestFloating(t *testing.T) {
	cases := []struct {
		v    float64
		bits int
		want string
	}{
		{0, 64, "0"},
		{1e-9, 64, "1e-09"},
		{0.0001, 64, "0.0001"},
		{123456789.123456789, 64, "123456789.12345679"},
		{float64(float32(0.1)), 32, "0.1"},
		{float64(float32(16777216)), 32, "16777216"},
		{1e15, 64, "1e+15"}, // too long for an integer of old compilers
		{3.4028234663852886e38, 32, "3.4028235e+38"},
	}
	for _, c := range cases {
		if got := floating(c.v, c.bits); got != c.want {
			t.Errorf("floating(%v, %d) = %s, want %s", c.v, c.bits, got, c.want)
		}
	}
}

// FuzzOptions: whatever bytes options have, printing ends, and what it prints of
// them cannot end the statement.
func FuzzOptions(f *testing.F) {
	f.Add(field(nil, 50000, field(nil, 4, []byte("*/ ]; }"))))
	f.Add(varint(nil, 50001, 7))
	f.Fuzz(func(t *testing.T, data []byte) {
		fd := parseFile(t, `syntax: "proto3" message_type { name: "M" field { name: "f" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 } }`)
		o := &descriptorpb.FieldOptions{}
		o.ProtoReflect().SetUnknown(data)
		fd.MessageType[0].Field[0].Options = o
		got := New(fd, Options{Resolver: resolver(t)}).Element([]int32{4, 0, 2, 0})
		if !strings.HasPrefix(got, "int32 f = 1") || !strings.HasSuffix(got, ";\n") {
			t.Errorf("got %q", got)
		}
	})
}
