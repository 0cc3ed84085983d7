package load_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

const farFiles = 60

func farName(i int) string { return fmt.Sprintf("far/f%d.proto", i) }

// farFile is a file of a schema in which everything leads to everything, in all the ways
// in which one message can refer to another.
func farFile(i int) string {
	var b strings.Builder
	next := (i + 1) % farFiles
	imports := "import \"far/shared.proto\";\n"
	if next != 0 {
		imports += fmt.Sprintf("import %q;\n", farName(i+1))
	}
	if i%2 == 0 {
		fmt.Fprintf(&b, "syntax = \"proto3\";\npackage far.p%d;\n%s", i%3, imports)
	} else {
		fmt.Fprintf(&b, "syntax = \"proto2\";\npackage far.p%d;\n%s", i%3, imports)
	}
	label := map[bool]string{true: "optional ", false: ""}[i%2 == 1]
	for m := range 8 {
		fmt.Fprintf(&b, "message F%dM%d {\n", i, m)
		fmt.Fprintf(&b, "  %sstring name = 1;\n  %sKind kind = 2;\n  %sShared shared = 3;\n", label, label, label)
		fmt.Fprintf(&b, "  repeated F%dM%d same = 4;\n  map<string, F%dM%d> named = 5;\n", i, (m+1)%8, i, (m+3)%8)
		fmt.Fprintf(&b, "  oneof pick { F%dM%d picked = 6; far.Shared.Inner inner = 7; int32 number = 8; Shared other = 13; }\n", i, (m+5)%8)
		if next != 0 && m%2 == 0 {
			fmt.Fprintf(&b, "  %sp%d.F%dM%d next = 9;\n  map<int32, .far.p%d.F%dM%d.In> inside = 10;\n", label, (i+1)%3, i+1, m, (i+1)%3, i+1, m+1)
		}
		if i%10 == 1 { // an enum that needs what it is in
			fmt.Fprintf(&b, "  optional p%d.F%dM%d.Kind far_kind = 12;\n", (i+1)%3, i+1, m)
		}
		if i%2 == 1 {
			fmt.Fprintf(&b, "  optional group Grouped = 11 { optional F%dM%d deep = 1; optional Kind k = 2 [default = ONE]; }\n", i, (m+2)%8)
		}
		fmt.Fprintf(&b, "  enum Kind { NONE = 0; ONE = 1; }\n  message In { %sF%dM%d up = 1; %sIn in = 2; }\n}\n", label, i, (m+4)%8, label)
	}
	return b.String()
}

// writeFar returns the folder of the schema and its root.
func writeFar(tb testing.TB) (dir, root string) {
	dir = tb.TempDir()
	for i := range farFiles {
		writeFile(tb, dir, farName(i), farFile(i))
	}
	writeFile(tb, dir, "far/shared.proto", "syntax = \"proto3\";\npackage far;\nmessage Shared { message Inner { Shared shared = 1; } repeated Inner list = 1; Level level = 2; }\nenum Level { LOW = 0; HIGH = 1; }\n")
	root = writeFile(tb, dir, "root.proto", "syntax = \"proto3\";\npackage root;\nimport \"far/f0.proto\";\nservice Root { rpc All(far.p0.F0M0) returns (far.p0.F0M1); }\n")
	return dir, root
}

// wholeFar is the same schema, compiled at once.
func wholeFar(tb testing.TB, dir string) *descriptorpb.FileDescriptorSet {
	names := []string{"far/shared.proto"}
	for i := range farFiles {
		names = append(names, farName(farFiles-1-i))
	}
	files, err := protoparse.Parser{ImportPaths: []string{dir}}.ParseFiles(append(names, "root.proto")...)
	if err != nil {
		tb.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, fd := range files {
		set.File = append(set.File, fd.AsFileDescriptorProto())
	}
	return set
}

// farSchemas are the schema from source and from a set.
func farSchemas(tb testing.TB) (map[string]idl.Schema, interface {
	FindDescriptorByName(protoreflect.FullName) (protoreflect.Descriptor, error)
}) {
	dir, root := writeFar(tb)
	set := wholeFar(tb, dir)
	whole, err := protodesc.NewFiles(set)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]idl.Schema{
		"file":   mustLoad(tb, load.Options{Files: []string{root}}),
		"folder": mustLoad(tb, load.Options{Files: []string{dir}}),
		"set":    mustLoad(tb, load.Options{Files: []string{writeSet(tb, set)}}),
	}, whole
}

// TestFarTypes follows every field of a schema of hundreds of messages: each type is
// there, and what it is when all is compiled at once.
func TestFarTypes(t *testing.T) {
	t.Parallel()
	schemas, whole := farSchemas(t)
	for name, s := range schemas {
		t.Run(name, func(t *testing.T) {
			m, err := s.Method(t.Context(), "root.Root/All")
			if err != nil {
				t.Fatal(err)
			}
			seen := map[protoreflect.FullName]bool{}
			var follow func(md protoreflect.MessageDescriptor)
			follow = func(md protoreflect.MessageDescriptor) {
				if seen[md.FullName()] {
					return
				}
				seen[md.FullName()] = true
				if md.IsPlaceholder() {
					t.Fatalf("%s is missing", md.FullName())
				}
				want, err := whole.FindDescriptorByName(md.FullName())
				if err != nil {
					t.Fatal(err)
				}
				holdMessage(t, md, want.(protoreflect.MessageDescriptor))
				for i := range md.Fields().Len() {
					if to := md.Fields().Get(i).Message(); to != nil {
						follow(to)
					}
				}
			}
			follow(m.Input.(*idl.ProtoMessage).Descriptor)
			follow(m.Output.(*idl.ProtoMessage).Descriptor)
			if len(seen) < 8*farFiles {
				t.Errorf("only %d types", len(seen))
			}
		})
	}
}

// holdMessage compares a message with what it should be, and holds its parts together.
func holdMessage(t *testing.T, got, want protoreflect.MessageDescriptor) {
	t.Helper()
	if a, b := protodesc.ToDescriptorProto(got), protodesc.ToDescriptorProto(want); !proto.Equal(a, b) {
		t.Fatalf("%s is\n%v\ninstead of\n%v", got.FullName(), a, b)
	}
	fields := got.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Parent() != protoreflect.Descriptor(got) || f.ContainingMessage() != got {
			t.Fatalf("%s is not of its message", f.FullName())
		}
		for _, same := range []protoreflect.FieldDescriptor{fields.ByName(f.Name()), fields.ByNumber(f.Number()), fields.ByJSONName(f.JSONName()), fields.ByTextName(f.TextName())} {
			if same != f {
				t.Fatalf("%s is found in two ways", f.FullName())
			}
		}
		if o := f.ContainingOneof(); o != nil && (o.Fields().ByName(f.Name()) != f || got.Oneofs().ByName(o.Name()) != o || got.Oneofs().Get(o.Index()) != o) {
			t.Fatalf("%s is not of its oneof", f.FullName())
		}
		if f.IsMap() && f.MapValue().Message() != nil && f.MapValue().Message().IsPlaceholder() {
			t.Fatalf("the values of %s are missing", f.FullName())
		}
		if f.Message() != f.Message() {
			t.Fatalf("the type of %s is another each time", f.FullName())
		}
	}
	if fields.ByName("nothing") != nil || fields.ByNumber(999) != nil || got.Oneofs().ByName("nothing") != nil || got.Messages().ByName("nothing") != nil {
		t.Fatalf("%s has what it has not", got.FullName())
	}
}

const farDocument = `{"name": "a", "kind": "ONE", "same": [{"named": {"x": {"picked": {"shared": {"list": [{"shared": {"level": "HIGH"}}]}}}}}],
	"next": {"next": {"next": {"grouped": {"deep": {"name": "b"}, "k": "ONE"}, "next": {"inside": {"7": {"in": {"up": {"kind": "ONE"}}}}}}}}, "inner": {}}`

// TestFarDocuments: what is made of the types that a document meets is what the whole
// schema makes of it, also where many ask at once.
func TestFarDocuments(t *testing.T) {
	t.Parallel()
	schemas, whole := farSchemas(t)
	d, err := whole.FindDescriptorByName("far.p0.F0M0")
	if err != nil {
		t.Fatal(err)
	}
	want := dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor))
	if err := protojson.Unmarshal([]byte(farDocument), want); err != nil {
		t.Fatal(err)
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range schemas {
		t.Run(name, func(t *testing.T) {
			m, err := s.Message(t.Context(), "far.p0.F0M0")
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					got := dynamicpb.NewMessage(m.(*idl.ProtoMessage).Descriptor)
					if err := protojson.Unmarshal([]byte(farDocument), got); err != nil {
						t.Error(err)
						return
					}
					b, err := proto.MarshalOptions{Deterministic: true}.Marshal(got)
					if err != nil || string(b) != string(encoded) {
						t.Errorf("got %x, %v\nwant %x", b, err, encoded)
					}
				})
			}
			all.Wait()
		})
	}
}

// TestFarMistake: a mistake in a far type is found by who reaches the type, and then
// told as ever.
func TestFarMistake(t *testing.T) {
	t.Parallel()
	dir, root := writeFar(t)
	broken := farName(farFiles - 1)
	writeFile(t, dir, broken, strings.Replace(farFile(farFiles-1), "Kind kind", "Kid kind", 1))
	m, err := mustLoad(t, load.Options{Files: []string{root}}).Method(t.Context(), "root.Root/All")
	if err != nil {
		t.Fatal(err)
	}
	in := m.Input.(*idl.ProtoMessage)
	if _, err := in.Types.FindMessage("far.p1.F10M0"); err != nil {
		t.Errorf("a type that has no mistake: %v", err)
	}
	name := protoreflect.FullName(fmt.Sprintf("far.p%d.F%dM0", (farFiles-1)%3, farFiles-1))
	_, err = in.Types.FindMessage(name)
	mistake, ok := errors.AsType[*idl.ParseError](err)
	if !ok || mistake.File != filepath.Join(dir, filepath.FromSlash(broken)) || mistake.Line != 6 || !strings.Contains(mistake.Message, "unknown type Kid") {
		t.Errorf("got %v", err)
	}
}
