package load_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// mistakes are descriptors that protodesc refuses, though a call needs nothing of
// what is wrong. Each is put into message t.M, or else into the file.
var mistakes = []struct {
	name, syntax string
	message      string // what is in M
	warning      string
}{
	{
		name: "map entry of another name", syntax: "proto3",
		message: `field {name: "some_labels" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".t.M.SomeLabels"}` +
			entry("SomeLabels", "key", "value"),
		warning: "the entries of map t.M.some_labels are named SomeLabels, not SomeLabelsEntry",
	},
	{
		name: "map entries that have each other's name", syntax: "proto3",
		message: `field {name: "a" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".t.M.A"}` +
			`field {name: "a_entry" number: 2 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".t.M.AEntry"}` +
			entry("A", "key", "value") + entry("AEntry", "key", "value"),
		warning: "the entries of map t.M.a are named A, not AEntry (and 1 more)",
	},
	{
		name: "two maps of one entry", syntax: "proto3",
		message: `field {name: "a" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".t.M.AEntry"}` +
			`field {name: "b" number: 2 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".t.M.AEntry"}` +
			entry("AEntry", "key", "value"),
		warning: "the entries of map t.M.b are named AEntry, not BEntry",
	},
	{
		name: "map entry with other fields' names", syntax: "proto3",
		message: `field {name: "a" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: ".t.M.AEntry"}` +
			entry("AEntry", "k", "v"),
		warning: "field t.M.AEntry.k of a map is not named key (and 1 more)",
	},
	{
		name: "map that is not repeated", syntax: "proto3",
		message: `field {name: "a" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".t.M.AEntry"}` +
			entry("AEntry", "key", "value"),
		warning: "map t.M.a is not repeated",
	},
	{
		name: "empty reserved range", syntax: "proto3", message: `reserved_range {start: 2 end: 2}`,
		warning: "reserved range 2 to 1 of t.M is empty or taken",
	},
	{
		name: "overlapping reserved ranges", syntax: "proto3", message: `reserved_range {start: 2 end: 9} reserved_range {start: 3 end: 4}`,
		warning: "reserved range 3 to 3 of t.M is empty or taken",
	},
	{
		name: "reserved range beyond all numbers", syntax: "proto3", message: `reserved_range {start: 2 end: 2147483647}`,
		warning: "reserved range 2 to 2147483646 of t.M is empty or taken",
	},
	{
		name: "reserved number in use", syntax: "proto3",
		message: `field {name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32} reserved_range {start: 2 end: 9}`,
		warning: "reserved range 2 to 8 of t.M is empty or taken",
	},
	{
		name: "reserved names", syntax: "proto3",
		message: `field {name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32} reserved_name: "b" reserved_name: "a" reserved_name: "b"`,
		warning: `reserved name "a" of t.M is in use or reserved twice (and 1 more)`,
	},
	{
		name: "reserved and extension ranges", syntax: "proto2", message: `extension_range {start: 5 end: 9} reserved_range {start: 6 end: 7}`,
		warning: "reserved range 6 to 6 of t.M is empty or taken",
	},
	{
		name: "overlapping extension ranges", syntax: "proto2", message: `extension_range {start: 5 end: 9} extension_range {start: 6 end: 7}`,
		warning: "extension range 6 to 6 of t.M is empty, taken or not allowed",
	},
	{
		name: "enum's reserved ranges", syntax: "proto3",
		message: `field {name: "e" number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".t.M.E"}
			enum_type {name: "E" value {name: "Z" number: 0} value {name: "O" number: 1}
			reserved_range {start: 5 end: 4} reserved_range {start: 7 end: 9} reserved_range {start: 8 end: 8} reserved_range {start: 1 end: 1}}`,
		warning: "reserved range 5 to 4 of t.M.E is empty or taken (and 2 more)",
	},
	{
		name: "enum with aliases", syntax: "proto3",
		message: `field {name: "e" number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".t.M.E"}
			enum_type {name: "E" value {name: "Z" number: 0} value {name: "N" number: 0}}`,
		warning: "allow_alias of t.M.E is wrong",
	},
	{
		name: "enum without aliases", syntax: "proto3",
		message: `field {name: "e" number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".t.M.E"}
			enum_type {name: "E" value {name: "Z" number: 0} options {allow_alias: true}}`,
		warning: "allow_alias of t.M.E is wrong",
	},
	{
		name: "enum whose zero is not first", syntax: "proto3",
		message: `field {name: "e" number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".t.M.E"}
			enum_type {name: "E" value {name: "O" number: 1} value {name: "Z" number: 0}}`,
		warning: "the first value of t.M.E is not 0",
	},
	{
		name: "enum value without a number", syntax: "proto3",
		message: `field {name: "e" number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM type_name: ".t.M.E"}
			enum_type {name: "E" value {name: "Z"} value {name: "O" number: 1}}`,
		warning: "value Z of t.M.E has no number",
	},
	{
		name: "required in proto3", syntax: "proto3", message: `field {name: "a" number: 3 label: LABEL_REQUIRED type: TYPE_INT32}`,
		warning: "field t.M.a of proto3 is required",
	},
	{
		name: "proto3_optional in proto2", syntax: "proto2", message: `field {name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING proto3_optional: true}`,
		warning: "field t.M.a is optional as only those of proto3 are",
	},
	{
		name: "oneof without fields", syntax: "proto3",
		message: `field {name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 1} oneof_decl {name: "none"} oneof_decl {name: "some"}`,
		warning: "the oneofs of t.M are not in order",
	},
	{
		name: "oneof with others' fields between", syntax: "proto3",
		message: `field {name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0}
			field {name: "b" number: 4 label: LABEL_OPTIONAL type: TYPE_STRING}
			field {name: "c" number: 5 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0} oneof_decl {name: "some"}`,
		warning: "the oneofs of t.M are not in order",
	},
	{
		name: "oneof of an optional field first", syntax: "proto3",
		message: `field {name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 proto3_optional: true}
			field {name: "c" number: 5 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 1} oneof_decl {name: "_a"} oneof_decl {name: "some"}`,
		warning: "the oneofs of t.M are not in order",
	},
	{
		name: "extension with a JSON name", syntax: "proto2",
		message: `extension_range {start: 5 end: 9} extension {name: "x_y" extendee: ".t.M" number: 5 label: LABEL_OPTIONAL type: TYPE_INT32 json_name: "other"}`,
		warning: "extension t.M.x_y has a JSON name",
	},
	{name: "unknown syntax", syntax: "<unknown:0>", message: `field {name: "a" number: 3 label: LABEL_REQUIRED type: TYPE_INT32}`, warning: `syntax "<unknown:0>" is taken for proto2`},
	{
		name: "unknown syntax with optional fields", syntax: "<unknown:0>",
		message: `field {name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 proto3_optional: true} oneof_decl {name: "_a"}`,
		warning: `syntax "<unknown:0>" is taken for proto3`,
	},
}

func entry(name, key, value string) string {
	return `nested_type {name: "` + name + `" options {map_entry: true}
		field {name: "` + key + `" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING}
		field {name: "` + value + `" number: 2 label: LABEL_OPTIONAL type: TYPE_INT32}}`
}

func TestMend(t *testing.T) {
	for _, test := range mistakes {
		t.Run(test.name, func(t *testing.T) {
			fd := &descriptorpb.FileDescriptorProto{}
			text := `name: "t.proto" package: "t" syntax: "` + test.syntax + `" message_type {name: "M" ` + test.message + `}
				service {name: "S" method {name: "Do" input_type: ".t.M" output_type: ".t.M"}}`
			if err := prototext.Unmarshal([]byte(text), fd); err != nil {
				t.Fatal(err)
			}
			if _, err := protodesc.NewFile(fd, &protoregistry.Files{}); err == nil {
				t.Fatal("protodesc has no objection")
			}
			path := writeSet(t, &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{fd}})
			want := "descriptor of t.proto in " + path + " is wrong: " + test.warning + "; repaired"
			mends(t, "the "+want, func(warn func(string)) idl.Schema {
				return mustLoad(t, load.Options{Files: []string{path}, Warn: warn})
			})
			srv := &server{files: []*descriptorpb.FileDescriptorProto{fd}}
			mends(t, "the server's descriptor of t.proto is wrong: "+test.warning+"; repaired", func(warn func(string)) idl.Schema {
				return load.Reflect(srv.open, load.ReflectOptions{Warn: warn})
			})
		})
	}
}

// Fields of one name in JSON, which protodesc takes, are told apart.
func TestMendJSONNames(t *testing.T) {
	fd := &descriptorpb.FileDescriptorProto{}
	text := `name: "t.proto" package: "t" syntax: "proto3" message_type {name: "M"
		field {name: "a_b" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32} field {name: "aB" number: 2 label: LABEL_OPTIONAL type: TYPE_INT32}
		field {name: "c" json_name: "aB" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32}}`
	if err := prototext.Unmarshal([]byte(text), fd); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	s := load.Reflect((&server{files: []*descriptorpb.FileDescriptorProto{fd}}).open, load.ReflectOptions{
		Warn: func(message string) { warnings = append(warnings, message) },
	})
	m, err := s.Message(t.Context(), "t.M")
	if err != nil {
		t.Fatal(err)
	}
	fields := m.(*idl.ProtoMessage).Descriptor.Fields()
	for i, want := range []string{"aB", "aB_2", "c"} {
		if got := fields.Get(i).JSONName(); got != want {
			t.Errorf("field %d is %s, want %s", i, got, want)
		}
	}
	want := `the server's descriptor of t.proto is wrong: fields a_b and aB of t.M are both "aB" in JSON: the latter is shown as "aB_2" (and 1 more); repaired`
	if len(warnings) != 1 || warnings[0] != want {
		t.Errorf("got warnings %q, want %q", warnings, want)
	}
}

// mends checks that a schema links what is wrong, describes it and saves it
// repaired, with one warning.
func mends(t *testing.T, warning string, open func(warn func(string)) idl.Schema) {
	t.Helper()
	var warnings []string
	s := open(func(message string) { warnings = append(warnings, message) })
	m, err := s.Method(t.Context(), "t.S/Do")
	if err != nil {
		t.Fatal(err)
	}
	fields := m.Input.(*idl.ProtoMessage).Descriptor.Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); f.Message() != nil && !f.IsMap() {
			t.Errorf("field %s is no map", f.Name())
		}
	}
	described, err := s.Describe(t.Context(), "t.M")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.Save(t.Context(), idl.SaveOptions{Dest: dir}, "t.S"); err != nil {
		t.Fatal(err)
	}
	again := mustLoad(t, load.Options{Files: []string{dir}, Warn: func(message string) { t.Error("saved:", message) }})
	if _, err := again.Method(t.Context(), "t.S/Do"); err != nil {
		t.Errorf("saved: %v\n%s", err, described.Text)
	}
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], strings.TrimSuffix(warning, "; repaired")) || !strings.HasSuffix(warnings[0], "; repaired") {
		t.Errorf("got warnings %q, want %q", warnings, warning)
	}
}

// What cannot be repaired says whose descriptor it is.
func TestMendNot(t *testing.T) {
	fd := &descriptorpb.FileDescriptorProto{}
	text := `name: "t.proto" package: "t" syntax: "proto3" message_type {name: "M" field {name: "a" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32}
		field {name: "b" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32}}
		service {name: "S" method {name: "Do" input_type: ".t.M" output_type: ".t.M"}}`
	if err := prototext.Unmarshal([]byte(text), fd); err != nil {
		t.Fatal(err)
	}
	srv := &server{files: []*descriptorpb.FileDescriptorProto{fd}}
	_, err := load.Reflect(srv.open, load.ReflectOptions{}).Method(t.Context(), "t.S/Do")
	if err == nil || !strings.HasPrefix(err.Error(), "the server's descriptor of t.proto is wrong: ") {
		t.Errorf("got %v", err)
	}
}

// A MessageSet is linked for calls, and known to be one.
func TestMessageSet(t *testing.T) {
	fd := &descriptorpb.FileDescriptorProto{}
	text := `name: "t.proto" package: "t" message_type {name: "Set" options {message_set_wire_format: true} extension_range {start: 4 end: 2147483647}}
		message_type {name: "M" field {name: "set" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".t.Set"}
		extension {name: "item" extendee: ".t.Set" number: 1000 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".t.M"}
		extension {name: "far" extendee: ".t.Set" number: 1000000000 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".t.M"}}
		service {name: "S" method {name: "Do" input_type: ".t.M" output_type: ".t.M"}}`
	if err := prototext.Unmarshal([]byte(text), fd); err != nil {
		t.Fatal(err)
	}
	srv := &server{files: []*descriptorpb.FileDescriptorProto{fd}}
	var warnings []string
	warn := func(message string) { warnings = append(warnings, message) }
	m, err := load.Reflect(srv.open, load.ReflectOptions{Warn: warn}).Method(t.Context(), "t.S/Do")
	if err != nil {
		t.Fatal(err)
	}
	if want := "extension far in t.proto has a number above 536870911: it is left out"; len(warnings) != 1 || warnings[0] != want {
		t.Errorf("got warnings %q, want %q", warnings, want)
	}
	in := m.Input.(*idl.ProtoMessage)
	set := in.Descriptor.Fields().ByName("set").Message()
	if o := set.Options().(*descriptorpb.MessageOptions); !o.GetMessageSetWireFormat() {
		t.Error("the option is lost")
	}
	if x, err := in.Types.FindExtensionByNumber("t.Set", 1000); err != nil || x.FullName() != "t.M.item" {
		t.Errorf("extension 1000 is %v, %v", x, err)
	}
}

// Two files of one name that differ, in one set or from one server, are both used.
func TestFilesOfOneName(t *testing.T) {
	file := func(body string) *descriptorpb.FileDescriptorProto {
		fd := &descriptorpb.FileDescriptorProto{}
		if err := prototext.Unmarshal([]byte(`name: "t.proto" package: "t" syntax: "proto3" `+body), fd); err != nil {
			t.Fatal(err)
		}
		return fd
	}
	service := file(`service {name: "S" method {name: "Do" input_type: ".t.M" output_type: ".t.M"}}`)
	message := file(`message_type {name: "M" field {name: "a" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32}}`)
	files := []*descriptorpb.FileDescriptorProto{service, message}
	path := writeSet(t, &descriptorpb.FileDescriptorSet{File: files})
	for name, open := range map[string]func(warn func(string)) idl.Schema{
		"set": func(warn func(string)) idl.Schema {
			return mustLoad(t, load.Options{Files: []string{path}, Warn: warn})
		},
		"server": func(warn func(string)) idl.Schema {
			return load.Reflect((&server{files: files}).open, load.ReflectOptions{Warn: warn})
		},
	} {
		var warnings []string
		s := open(func(message string) { warnings = append(warnings, message) })
		m, err := s.Method(t.Context(), "t.S/Do")
		if err != nil || m.Input.(*idl.ProtoMessage).Descriptor.Fields().Len() != 1 {
			t.Errorf("%s: %v, %v", name, m, err)
		}
		dir := t.TempDir()
		if err := s.Save(t.Context(), idl.SaveOptions{Dest: dir}, "t.M"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "_", "t.proto")); err != nil {
			t.Errorf("%s: the second file has no name to be saved by: %v", name, err)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], "two files named t.proto, which differ") {
			t.Errorf("%s: got warnings %q", name, warnings)
		}
	}
}

// FuzzMend: whatever descriptors come, there is an answer.
func FuzzMend(f *testing.F) {
	for _, test := range mistakes {
		fd := &descriptorpb.FileDescriptorProto{}
		if err := prototext.Unmarshal([]byte(`message_type {name: "M" `+test.message+`}`), fd); err != nil {
			f.Fatal(err)
		}
		data, err := proto.Marshal(fd.MessageType[0])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, test.syntax)
	}
	f.Fuzz(func(t *testing.T, message []byte, syntax string) {
		m := &descriptorpb.DescriptorProto{}
		if proto.Unmarshal(message, m) != nil || len(message) > 2000 {
			return
		}
		m.Name = new("M")
		fd := &descriptorpb.FileDescriptorProto{Name: new("t.proto"), Package: new("t"), Syntax: &syntax, MessageType: []*descriptorpb.DescriptorProto{m}}
		srv := &server{files: []*descriptorpb.FileDescriptorProto{fd}}
		s := load.Reflect(srv.open, load.ReflectOptions{})
		if _, err := s.Message(t.Context(), "t.M"); err != nil {
			return
		}
		_, _ = s.Describe(t.Context(), "t.M")
	})
}
