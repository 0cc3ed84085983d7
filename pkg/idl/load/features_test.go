package load_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

const featuresRoot = "features/inner.proto"

// fullCompile compiles everything from dir as protoc would.
func fullCompile(tb testing.TB, dir, root string) protoreflect.FileDescriptor {
	tb.Helper()
	files, err := protoparse.Parser{ImportPaths: []string{dir}}.ParseFiles(root)
	if err != nil {
		tb.Fatal(err)
	}
	return files[0].UnwrapFile()
}

// fullSet is everything as protoc --include_imports would write it.
func fullSet(root protoreflect.FileDescriptor) *descriptorpb.FileDescriptorSet {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	var add func(fd protoreflect.FileDescriptor)
	add = func(fd protoreflect.FileDescriptor) {
		if seen[fd.Path()] {
			return
		}
		seen[fd.Path()] = true
		for i := range fd.Imports().Len() {
			add(fd.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(fd))
	}
	add(root)
	return set
}

// comparer compares messages with all that they refer to, each once.
type comparer struct {
	*testing.T
	types *dynamicpb.Types
	seen  map[protoreflect.FullName]bool
}

func (c *comparer) same(got, want protoreflect.MessageDescriptor) {
	t := c.T
	t.Helper()
	if c.seen[want.FullName()] {
		return
	}
	c.seen[want.FullName()] = true
	g, w := protodesc.ToDescriptorProto(got), protodesc.ToDescriptorProto(want)
	if !equalProto(g, w, c.types) {
		t.Errorf("%s differs:\n got %v\nwant %v", want.FullName(), g, w)
		return
	}
	for i := range want.Fields().Len() {
		gf, wf := got.Fields().Get(i), want.Fields().Get(i)
		if gf.HasPresence() != wf.HasPresence() || gf.IsPacked() != wf.IsPacked() {
			t.Errorf("%s: presence or packing differ", wf.FullName())
		}
		if wf.Message() != nil {
			c.same(gf.Message(), wf.Message())
		}
		if wf.Enum() != nil && !equalProto(protodesc.ToEnumDescriptorProto(gf.Enum()), protodesc.ToEnumDescriptorProto(wf.Enum()), c.types) {
			t.Errorf("%s: enum differs", wf.FullName())
		}
	}
}

// equalProto compares canonical forms: the parser leaves the fields of custom
// options in any order, and leaves some decoded.
func equalProto(a, b proto.Message, types *dynamicpb.Types) bool {
	return string(canonical(a, types)) == string(canonical(b, types))
}

func canonical(m proto.Message, types *dynamicpb.Types) []byte {
	data, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	m = m.ProtoReflect().New().Interface()
	if err := (proto.UnmarshalOptions{Resolver: types}).Unmarshal(data, m); err != nil {
		panic(err)
	}
	if data, err = (proto.MarshalOptions{Deterministic: true}).Marshal(m); err != nil {
		panic(err)
	}
	return data
}

// typesOf are the types of a file and of its imports.
func typesOf(tb testing.TB, fd protoreflect.FileDescriptor) *dynamicpb.Types {
	tb.Helper()
	files := &protoregistry.Files{}
	var add func(fd protoreflect.FileDescriptor)
	add = func(fd protoreflect.FileDescriptor) {
		if _, err := files.FindFileByPath(fd.Path()); err == nil {
			return
		}
		if err := files.RegisterFile(fd); err != nil {
			tb.Fatal(err)
		}
		for i := range fd.Imports().Len() {
			add(fd.Imports().Get(i).FileDescriptor)
		}
	}
	add(fd)
	return dynamicpb.NewTypes(files)
}

func TestFeatures(t *testing.T) {
	full := fullCompile(t, "testdata", featuresRoot)
	set := writeSet(t, fullSet(full))
	for name, o := range map[string]load.Options{
		"file":    {Files: []string{"testdata/" + featuresRoot}},
		"include": {Files: []string{featuresRoot}, Includes: []string{"testdata"}},
		"folder":  {Files: []string{"testdata"}},
		"set":     {Files: []string{set}},
		"both":    {Files: []string{set, "testdata/" + featuresRoot}},
	} {
		t.Run(name, func(t *testing.T) {
			methods := full.Services().ByName("Things").Methods()
			for i := range methods.Len() {
				want := methods.Get(i)
				m, err := mustLoad(t, o).Method(t.Context(), "Things/"+string(want.Name()))
				if err != nil {
					t.Fatal(err)
				}
				if m.Type.ClientStreams() != want.IsStreamingClient() || m.Type.ServerStreams() != want.IsStreamingServer() {
					t.Errorf("%s is %v", m.FullName(), m.Type)
				}
				c := &comparer{t, typesOf(t, full), map[protoreflect.FullName]bool{}}
				c.same(m.Input.(*idl.ProtoMessage).Descriptor, want.Input())
				c.same(m.Output.(*idl.ProtoMessage).Descriptor, want.Output())
			}
		})
	}
}

func TestExtensions(t *testing.T) {
	set := writeSet(t, fullSet(fullCompile(t, "testdata", featuresRoot)))
	for name, o := range map[string]load.Options{
		"file": {Files: []string{"testdata/" + featuresRoot}},
		"set":  {Files: []string{set}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := mustLoad(t, o).Method(t.Context(), "Things/Do")
			if err != nil {
				t.Fatal(err)
			}
			types := m.Input.(*idl.ProtoMessage).Types
			for number, want := range map[protoreflect.FieldNumber]protoreflect.FullName{
				100: "features.legacy.note", 101: "features.legacy.extra", 102: "features.legacy.grp",
				103: "features.legacy.Extra.nested", 104: "features.legacy.Extra.Holder.list",
			} {
				x, err := types.FindExtensionByNumber("features.legacy.Old", number)
				if err != nil || x.FullName() != want || !x.IsExtension() {
					t.Errorf("%d: %v, %v", number, x, err)
					continue
				}
				if x, err = types.FindExtension(want); err != nil || x.Number() != number {
					t.Errorf("%s: %v, %v", want, x, err)
				}
			}
			if x, err := types.FindExtensionByNumber("features.legacy.Old", 105); err == nil {
				t.Errorf("105: %v", x)
			}
			for _, want := range []protoreflect.FullName{"google.rpc.ErrorInfo", "google.rpc.BadRequest.FieldViolation",
				"google.protobuf.Duration", "features.inner.Unused", "features.legacy.Old.Result", "features.inner.Response.Never"} {
				md, err := types.FindMessage(want)
				if err != nil || md.FullName() != want {
					t.Errorf("%s: %v", want, err)
				}
			}
			if md, err := types.FindMessage("features.inner.Missing"); err == nil {
				t.Errorf("found %v", md)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	set := writeSet(t, fullSet(fullCompile(t, "testdata", featuresRoot)))
	symbols := []string{
		"features.inner.Things", "Things/Do", "features.inner.Things.Watch", "Do", "Request", "Point",
		"features.inner.Request.outer", "features.inner.Request.pick", "features.inner.RED", "features.inner.Color.RED",
		"features.inner.Request.Inner.Deep.Kind", "features.legacy.note", "features.legacy.Old", "features.legacy.Old.id",
		"features.legacy.Extra.nested", "google.protobuf.Duration", "google.rpc.Status", "features/shapes.proto",
		"Requst", "Shadow",
	}
	for name, o := range map[string]load.Options{
		"file": {Files: []string{"testdata/" + featuresRoot}},
		"set":  {Files: []string{set}},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, symbol := range symbols {
				fmt.Fprintf(&b, "== %s\n", symbol)
				d, err := mustLoad(t, o).Describe(t.Context(), symbol)
				if missing, ok := errors.AsType[*idl.NotFoundError](err); ok {
					fmt.Fprintf(&b, "%v; nearest %v\n", err, missing.Nearest)
					continue
				} else if err != nil {
					fmt.Fprintf(&b, "%v\n", err)
					continue
				}
				fmt.Fprintf(&b, "%s %s %v\n%s", d.Kind, d.Name, d.Refers, d.Text)
				if value, err := json.Marshal(d.Value); err != nil || len(value) < 10 {
					t.Errorf("%s: value %s, %v", symbol, value, err)
				}
			}
			golden(t, "testdata/describe-"+name+".txt", b.String())
		})
	}
}

var update = flag.Bool("update", false, "rewrite golden files")

// golden compares text with a file, or writes the file with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s differs (%v), got:\n%s", path, err, got)
	}
}
