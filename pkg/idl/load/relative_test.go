package load_test

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

func marshal(tb testing.TB, m proto.Message) []byte {
	tb.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// withoutDots takes the leading dot off the names of types, as Node's reflection
// does.
func withoutDots(files []*descriptorpb.FileDescriptorProto) []*descriptorpb.FileDescriptorProto {
	trim := func(name *string) {
		if name != nil {
			*name = strings.TrimPrefix(*name, ".")
		}
	}
	fields := func(list []*descriptorpb.FieldDescriptorProto) {
		for _, f := range list {
			trim(f.TypeName)
			trim(f.Extendee)
		}
	}
	var message func(m *descriptorpb.DescriptorProto)
	message = func(m *descriptorpb.DescriptorProto) {
		fields(m.Field)
		fields(m.Extension)
		for _, inner := range m.NestedType {
			message(inner)
		}
	}
	for _, f := range files {
		fields(f.Extension)
		for _, m := range f.MessageType {
			message(m)
		}
		for _, s := range f.Service {
			for _, m := range s.Method {
				trim(m.InputType)
				trim(m.OutputType)
			}
		}
	}
	return files
}

func TestNamesWithoutDots(t *testing.T) {
	full := fullCompile(t, "testdata", featuresRoot)
	want := full.Services().ByName("Things").Methods().ByName("Do")
	set := &descriptorpb.FileDescriptorSet{File: withoutDots(featureFiles(t))}
	for name, s := range map[string]idl.Schema{
		"set":          mustLoad(t, load.Options{Files: []string{writeSet(t, set)}}),
		"closure":      load.Reflect((&server{files: set.File, closed: true}).open, load.ReflectOptions{}),
		"single files": load.Reflect((&server{files: set.File}).open, load.ReflectOptions{}),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := s.Method(t.Context(), "Things/Do")
			if err != nil {
				t.Fatal(err)
			}
			c := &comparer{t, typesOf(t, full), map[protoreflect.FullName]bool{}}
			c.same(m.Input.(*idl.ProtoMessage).Descriptor, want.Input())
			c.same(m.Output.(*idl.ProtoMessage).Descriptor, want.Output())
			for _, symbol := range []string{"features.inner.Things", "features.inner.Things/Watch", "features.inner.Request"} {
				if _, err := s.Describe(t.Context(), symbol); err != nil {
					t.Errorf("%s: %v", symbol, err)
				}
			}
			if name == "set" {
				x, err := m.Input.(*idl.ProtoMessage).Types.FindExtensionByNumber("features.legacy.Old", 103)
				if err != nil || x.FullName() != "features.legacy.Extra.nested" {
					t.Errorf("extension: %v, %v", x, err)
				}
			}
		})
	}
}

// scoped are files whose relative names need scopes: the innermost that has the
// name counts, and packages are scopes too.
const scoped = `
file { name: "a/common.proto" package: "a.common" syntax: "proto3" message_type { name: "Shared" } message_type { name: "Outer" } }
file { name: "a/b.proto" package: "a.b" syntax: "proto3" dependency: "a/more.proto"
  message_type { name: "Outer"
    nested_type { name: "Inner" nested_type { name: "Outer" } field { name: "f" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: "Outer" } }
    field { name: "inner" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: "Inner" }
    field { name: "shared" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: "common.Shared" }
    field { name: "kind" number: 3 label: LABEL_OPTIONAL type_name: "Kind" }
    field { name: "far" number: 4 label: LABEL_OPTIONAL type_name: "Outer.Inner" }
    field { name: "time" number: 5 label: LABEL_OPTIONAL type_name: "google.protobuf.Timestamp" }
  }
  enum_type { name: "Kind" value { name: "NONE" number: 0 } }
  service { name: "S" method { name: "Do" input_type: "Outer" output_type: "b.Outer.Inner" } }
}
file { name: "a/more.proto" package: "a" syntax: "proto3" dependency: "a/common.proto" dependency: "google/protobuf/timestamp.proto" public_dependency: 0 public_dependency: 1 message_type { name: "Outer" } }`

func TestScopedNames(t *testing.T) {
	set := &descriptorpb.FileDescriptorSet{}
	if err := prototext.Unmarshal([]byte(scoped), set); err != nil {
		t.Fatal(err)
	}
	path := writeSet(t, set)
	text := `syntax = "proto3"; import "a/b.proto"; service Own { rpc Do(a.b.Outer) returns (a.b.Outer.Inner); }`
	for name, s := range map[string]idl.Schema{
		"set":          mustLoad(t, load.Options{Files: []string{path}}),
		"with source":  mustLoad(t, load.Options{Files: []string{path}, Strings: []load.Text{{Text: text}}, Service: "Own"}),
		"closure":      load.Reflect((&server{files: set.File, closed: true}).open, load.ReflectOptions{}),
		"single files": load.Reflect((&server{files: set.File}).open, load.ReflectOptions{}),
	} {
		t.Run(name, func(t *testing.T) {
			method := "a.b.S/Do"
			if name == "with source" {
				method = "Own/Do"
			}
			m, err := s.Method(t.Context(), method)
			if err != nil {
				t.Fatal(err)
			}
			in, out := m.Input.(*idl.ProtoMessage).Descriptor, m.Output.(*idl.ProtoMessage).Descriptor
			if in.FullName() != "a.b.Outer" || out.FullName() != "a.b.Outer.Inner" {
				t.Errorf("got %s, %s", in.FullName(), out.FullName())
			}
			for name, want := range map[protoreflect.Name]protoreflect.FullName{
				"inner": "a.b.Outer.Inner", "shared": "a.common.Shared", "far": "a.b.Outer.Inner", "time": "google.protobuf.Timestamp",
			} {
				if got := in.Fields().ByName(name).Message(); got == nil || got.FullName() != want {
					t.Errorf("%s is %v", name, got)
				}
			}
			if got := out.Fields().ByName("f").Message().FullName(); got != "a.b.Outer.Inner.Outer" {
				t.Errorf("f is %s", got)
			}
			if got := in.Fields().ByName("kind").Enum(); got == nil || got.FullName() != "a.b.Kind" {
				t.Errorf("kind is %v", got)
			}
			list, err := s.Methods(t.Context(), "a.b.S")
			if err != nil || len(list) != 1 || list[0].Output != "a.b.Outer.Inner" {
				t.Errorf("methods: %v, %v", list, err)
			}
			if name == "set" {
				dest := t.TempDir() + "/saved.binpb"
				if err := s.Save(t.Context(), idl.SaveOptions{Dest: dest}, "a.b.S"); err != nil {
					t.Fatal(err)
				}
				data, err := os.ReadFile(dest)
				if err != nil || !strings.Contains(string(data), ".a.common.Shared") {
					t.Errorf("%q, %v", data, err)
				}
			}
		})
	}
}
