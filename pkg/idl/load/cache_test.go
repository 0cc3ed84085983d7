package load_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/cache"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// cacheIn is a cache in a new folder.
func cacheIn(t *testing.T) (*cache.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cache")
	s := cache.New(cache.Options{Dir: dir, Version: func() string { return "1" }, Failed: func(err error) { t.Error(err) }})
	t.Cleanup(s.Settle)
	return s, dir
}

// entries are the names and times of what a cache has.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var list []string
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(f.Name(), " ", info.ModTime().UnixNano()))
	}
	return list
}

// seen writes down what a schema says of all that it is asked for.
type seen struct {
	*testing.T
	s   idl.Schema
	out strings.Builder
	met map[protoreflect.FullName]bool
}

func (v *seen) addf(format string, args ...any) { fmt.Fprintf(&v.out, format+"\n", args...) }

// all asks for every method, each of the messages and extensions, and for what is not
// there.
func (v *seen) all(messages, extensions []string) {
	services, err := v.s.Services(v.Context())
	v.addf("services %v, %v", services, err)
	for _, service := range services {
		methods, err := v.s.Methods(v.Context(), service)
		v.addf("methods %v, %v", methods, err)
		for _, info := range methods {
			m, err := v.s.Method(v.Context(), info.FullName())
			v.addf("method %s: %v", info.FullName(), err)
			if err != nil {
				continue
			}
			v.addf("%s %v %v", m.FullName(), m.Type, m.NoSideEffects)
			v.message(m.Input.(*idl.ProtoMessage).Descriptor)
			v.message(m.Output.(*idl.ProtoMessage).Descriptor)
		}
	}
	for _, name := range messages {
		m, err := v.s.Message(v.Context(), name)
		v.addf("message %s: %v", name, err)
		if err == nil {
			v.message(m.(*idl.ProtoMessage).Descriptor)
		}
		md, err := v.s.Types().FindMessage(protoreflect.FullName(name))
		v.addf("type %s: %v, %v", name, md != nil, err)
	}
	for _, name := range extensions {
		x, err := v.s.Types().FindExtension(protoreflect.FullName(name))
		v.addf("extension %s: %v", name, err)
		if err == nil {
			v.field(x)
			found, err := v.s.Types().FindExtensionByNumber(x.ContainingMessage().FullName(), x.Number())
			v.addf("%d of %s: %v, %v", x.Number(), x.ContainingMessage().FullName(), found.FullName(), err)
		}
	}
}

// message writes down a message and all that it refers to, each once.
func (v *seen) message(m protoreflect.MessageDescriptor) {
	if v.met[m.FullName()] {
		return
	}
	v.met[m.FullName()] = true
	d := protodesc.ToDescriptorProto(m)
	v.addf("message %s entry=%v reserved=%v %v %s", m.FullName(), m.IsMapEntry(), d.ReservedName, d.ReservedRange, sorted(m.Options()))
	for _, r := range d.ExtensionRange {
		v.addf("extensions %d to %d %s", r.GetStart(), r.GetEnd(), sorted(r.Options))
	}
	for i := range m.Oneofs().Len() {
		o := m.Oneofs().Get(i)
		v.addf("oneof %s synthetic=%v", o.FullName(), o.IsSynthetic())
	}
	for i := range m.Fields().Len() {
		v.field(m.Fields().Get(i))
	}
}

func (v *seen) field(f protoreflect.FieldDescriptor) {
	v.addf("field %s = %d %v %v json=%s,%v presence=%v,%v packed=%v default=%v,%v %s", f.FullName(), f.Number(), f.Cardinality(), f.Kind(), f.JSONName(), f.HasJSONName(),
		f.HasPresence(), f.HasOptionalKeyword(), f.IsPacked(), f.HasDefault(), f.Default(), sorted(f.Options()))
	if f.Enum() != nil && !v.met[f.Enum().FullName()] {
		v.met[f.Enum().FullName()] = true
		v.addf("enum %s closed=%v %s", f.Enum().FullName(), f.Enum().IsClosed(), sorted(f.Enum().Options()))
		for i := range f.Enum().Values().Len() {
			value := f.Enum().Values().Get(i)
			v.addf("value %s = %d %s", value.FullName(), value.Number(), sorted(value.Options()))
		}
	}
	if f.Message() != nil {
		v.message(f.Message())
	}
}

// sorted are options. The parser leaves custom ones in any order, and some decoded, so that
// only their bytes can be compared, sorted.
func sorted(options proto.Message) string {
	data, err := proto.Marshal(options)
	if err != nil {
		return err.Error()
	}
	slices.Sort(data)
	return fmt.Sprintf("%x", data)
}

// namesIn are the messages and extensions that files declare.
func namesIn(files []*descriptorpb.FileDescriptorProto) (messages, extensions []string) {
	var inside func(scope string, list []*descriptorpb.DescriptorProto, more []*descriptorpb.FieldDescriptorProto)
	inside = func(scope string, list []*descriptorpb.DescriptorProto, more []*descriptorpb.FieldDescriptorProto) {
		for _, x := range more {
			extensions = append(extensions, dotted(scope, x.GetName()))
		}
		for _, m := range list {
			name := dotted(scope, m.GetName())
			if !m.GetOptions().GetMapEntry() {
				messages = append(messages, name)
			}
			inside(name, m.NestedType, m.Extension)
		}
	}
	for _, f := range files {
		if !strings.HasPrefix(f.GetName(), "google/protobuf/") {
			inside(f.GetPackage(), f.MessageType, f.Extension)
		}
	}
	return messages, extensions
}

// sameWarm opens the same IDL without a cache, with an empty one, and with a full one.
func sameWarm(t *testing.T, o load.Options, messages, extensions []string) {
	t.Helper()
	store, dir := cacheIn(t)
	look := func(c *cache.Store) string {
		v := &seen{T: t, met: map[protoreflect.FullName]bool{}}
		o := o
		o.Cache = c
		o.Warn = func(message string) { v.addf("warning: %s", message) }
		s, err := load.Files(t.Context(), o)
		if err != nil {
			return err.Error()
		}
		v.s = s
		v.all(append(messages, "not.There"), append(extensions, "not.there"))
		for _, ask := range []string{"No/Such", "nothing"} {
			_, err := s.Method(t.Context(), ask)
			v.addf("method %s: %v", ask, err)
		}
		if err := s.Close(nil); err != nil {
			t.Error(err)
		}
		return v.out.String()
	}
	without := look(nil)
	cold := look(store)
	before := entries(t, dir)
	warm := look(store)
	if cold != without {
		t.Errorf("cold: %s", firstDifference(cold, without))
	}
	if warm != without {
		t.Errorf("warm: %s", firstDifference(warm, without))
	}
	if after := entries(t, dir); !slices.Equal(before, after) {
		t.Errorf("entries %v were written again: %v", before, after)
	}
	if len(before) == 0 && len(messages) > 0 {
		t.Error("nothing was kept")
	}
}

// TestWarmIsCold: with the cache, everything is as it is without.
func TestWarmIsCold(t *testing.T) {
	var roots []string
	for _, pattern := range []string{"testdata/features/*.proto", "testdata/print/*.proto", "../../../testdata/proto/*.proto", "../../../e2e/testdata/idl/*.proto"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		roots = append(roots, found...)
	}
	for _, root := range roots {
		t.Run(root, func(t *testing.T) {
			t.Parallel()
			dir, name := filepath.Split(root)
			if strings.Contains(root, "features") {
				dir, name = "testdata", "features/"+name
			}
			messages, extensions := namesIn(fullSet(fullCompile(t, dir, name)).File)
			sameWarm(t, load.Options{Files: []string{root}, Includes: []string{dir}}, messages, extensions)
			sameWarm(t, load.Options{Files: []string{dir}}, messages, extensions)
		})
	}
}

// TestWarmIsColdRandom does so with random IDL, printed as source.
func TestWarmIsColdRandom(t *testing.T) {
	base := printBase(t)
	for seed := range uint64(20) {
		random := newRandomFiles(randomBytes(3000+seed), base, true)
		if _, err := protodesc.NewFiles(random.set); err != nil {
			t.Fatal(err)
		}
		messages, extensions := namesIn(random.set.File)
		sameWarm(t, load.Options{Files: []string{savedSource(t, random.set)}}, messages, extensions)
	}
}

// TestWarmErrors: what is wrong is found each time, where it is.
func TestWarmErrors(t *testing.T) {
	const head = `syntax = "proto2"; import "google/protobuf/descriptor.proto"; package p; service S { rpc Do(M) returns (M); } `
	for name, text := range map[string]string{
		"syntax":           head + "message M { optional int32 a = ; }",
		"type":             head + "message M { optional Missing a = 1; }",
		"import":           `syntax = "proto3"; import "nowhere.proto"; message M {} service S { rpc Do(M) returns (M); }`,
		"option":           head + "message M { optional int32 a = 1 [(nothing) = 1]; }",
		"option's value":   head + "extend google.protobuf.FieldOptions { optional int32 o = 50000; } message M { optional int32 a = 1 [(o) = \"x\"]; }",
		"number":           head + "message M { optional int32 a = 1; optional int32 b = 1; }",
		"message set":      head + "message M { option message_set_wire_format = true; extensions 4 to max; } message X { extend M { optional X x = 4; } }",
		"large extension":  head + "message M { option message_set_wire_format = true; extensions 4 to max; } message X { extend M { optional X x = 2147483646; } }",
		"unused import":    head + "message M { }",
		"two of one name":  head + "message M { } message M { }",
		"proto3 optional":  `syntax = "proto3"; package p; message M { optional int32 a = 1; oneof o { string s = 2; } map<string, M> m = 3; } service S { rpc Do(M) returns (M); }`,
		"edition":          `edition = "2023"; package p; message M { int32 a = 1 [features.field_presence = IMPLICIT]; repeated int32 l = 2 [features.repeated_field_encoding = EXPANDED]; } service S { rpc Do(M) returns (M); }`,
		"groups, defaults": head + `message M { optional group G = 1 { optional bytes b = 1 [default = "\x00\xff"]; } optional double d = 2 [default = -inf]; optional E e = 3 [default = B]; } enum E { A = 1; B = 2; }`,
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, t.TempDir(), "x.proto", text)
			sameWarm(t, load.Options{Files: []string{path}}, nil, []string{"p.o", "p.X.x"})
		})
	}
}

// TestChanged: an edited file, its import and another order of files are other texts.
func TestChanged(t *testing.T) {
	store, dir := cacheIn(t)
	where := t.TempDir()
	root := writeFile(t, where, "root.proto", `syntax = "proto3"; import "other.proto"; message M { Other o = 1; } service S { rpc Do(M) returns (M); }`)
	for _, field := range []string{"first", "second", "first"} {
		writeFile(t, where, "other.proto", `syntax = "proto3"; message Other { int32 `+field+` = 1; }`)
		s := mustLoad(t, load.Options{Files: []string{root}, Cache: store})
		m, err := s.Method(t.Context(), "S/Do")
		if err != nil {
			t.Fatal(err)
		}
		got := m.Input.(*idl.ProtoMessage).Descriptor.Fields().ByName("o").Message().Fields().Get(0).Name()
		if string(got) != field {
			t.Errorf("got field %s, the file has %s", got, field)
		}
		_ = s.Close(nil)
	}
	if n := len(entries(t, dir)); n != 2 {
		t.Errorf("%d entries for two texts", n)
	}
}

// TestDamagedEntry: an entry that is damaged is replaced, whole.
func TestDamagedEntry(t *testing.T) {
	store, dir := cacheIn(t)
	o := load.Options{Cache: store, Strings: []load.Text{{Name: "x.proto", Text: `syntax = "proto3"; message M {} service S { rpc Do(M) returns (M); }`}}}
	ask := func() {
		t.Helper()
		s := mustLoad(t, o)
		if _, err := s.Method(t.Context(), "S/Do"); err != nil {
			t.Error(err)
		}
		_ = s.Close(nil)
	}
	ask()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	path := filepath.Join(dir, files[0].Name())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask()
	again, err := os.ReadFile(path)
	if err != nil || len(again) != len(whole) {
		t.Errorf("%d bytes, want %d (%v)", len(again), len(whole), err)
	}
}
