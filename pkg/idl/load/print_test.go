package load_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"os/exec"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// printBase are the files that random ones take their options from.
func printBase(tb testing.TB) *descriptorpb.FileDescriptorSet {
	tb.Helper()
	return fullSet(fullCompile(tb, "testdata/print", "options.proto"))
}

// randomBytes are decisions of a size that gives files worth looking at.
func randomBytes(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	data := make([]byte, 50+r.IntN(1500))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// savedSource writes the files of a set as source and returns the folder.
func savedSource(tb testing.TB, set *descriptorpb.FileDescriptorSet) string {
	tb.Helper()
	dir := tb.TempDir()
	save(tb, writeSet(tb, set), dir, fileSymbols(set))
	return dir
}

// save saves the files of one source elsewhere.
func save(tb testing.TB, from, to string, symbols []string) {
	tb.Helper()
	o := load.Options{Files: []string{from}}
	if err := mustLoad(tb, o).Save(tb.Context(), idl.SaveOptions{Dest: to}, symbols...); err != nil {
		tb.Fatalf("save %s: %v", from, err)
	}
}

// fileSymbols are names in each random file that has any.
func fileSymbols(set *descriptorpb.FileDescriptorSet) []string {
	var names []string
	for _, fd := range set.File {
		if !strings.HasPrefix(fd.GetName(), "random") {
			continue
		}
		for _, name := range topNames(fd) {
			names = append(names, name)
			break
		}
	}
	return names
}

func topNames(fd *descriptorpb.FileDescriptorProto) []string {
	var names []string
	for _, m := range fd.MessageType {
		names = append(names, dotted(fd.GetPackage(), m.GetName()))
	}
	for _, e := range fd.EnumType {
		names = append(names, dotted(fd.GetPackage(), e.GetName()))
	}
	for _, s := range fd.Service {
		names = append(names, dotted(fd.GetPackage(), s.GetName()))
	}
	for _, x := range fd.Extension {
		names = append(names, dotted(fd.GetPackage(), x.GetName()))
	}
	return names
}

// normal are the random files of a set in one form, by name. What may differ
// between what was printed and what is compiled of it: source locations, "proto2"
// for no syntax, JSON names that a compiler adds, the form of a number in a
// default, and that options may be known or not.
func normal(tb testing.TB, set *descriptorpb.FileDescriptorSet, types *dynamicpb.Types) map[string]*descriptorpb.FileDescriptorProto {
	tb.Helper()
	set = proto.Clone(set).(*descriptorpb.FileDescriptorSet)
	for _, fd := range set.File {
		fd.SourceCodeInfo = nil
		if fd.GetSyntax() == "proto2" {
			fd.Syntax = nil
		}
		normalFields(fd.Extension)
		for _, m := range fd.MessageType {
			normalMessage(m)
		}
	}
	if _, err := protodesc.NewFiles(set); err != nil {
		tb.Fatalf("%v\n%s", err, describeSet(set.File))
	}
	data, err := proto.Marshal(set)
	if err != nil {
		tb.Fatal(err)
	}
	known := &descriptorpb.FileDescriptorSet{}
	if err := (proto.UnmarshalOptions{Resolver: types}).Unmarshal(data, known); err != nil {
		tb.Fatal(err)
	}
	byName := map[string]*descriptorpb.FileDescriptorProto{}
	for _, fd := range known.File {
		byName[fd.GetName()] = fd
	}
	return byName
}

func normalMessage(m *descriptorpb.DescriptorProto) {
	normalFields(m.Field)
	normalFields(m.Extension)
	for _, n := range m.NestedType {
		normalMessage(n)
	}
}

func normalFields(fields []*descriptorpb.FieldDescriptorProto) {
	for _, f := range fields {
		if f.JsonName == nil || f.Extendee != nil {
			f.JsonName = new(plainJSON(f.GetName()))
		}
		bits := 64
		switch f.GetType() {
		case descriptorpb.FieldDescriptorProto_TYPE_FLOAT:
			bits = 32
		case descriptorpb.FieldDescriptorProto_TYPE_DOUBLE:
		default:
			continue
		}
		if v, err := strconv.ParseFloat(f.GetDefaultValue(), bits); err == nil && f.DefaultValue != nil {
			f.DefaultValue = new(strconv.FormatFloat(v, 'g', -1, bits))
		}
	}
}

func plainJSON(name string) string { return camel(name, false) }

// camel is a name without underscores; upper says whether it begins with a capital.
func camel(name string, upper bool) string {
	out := ""
	for _, c := range name {
		if c == '_' {
			upper = true
			continue
		}
		if upper {
			out += strings.ToUpper(string(c))
		} else {
			out += string(c)
		}
		upper = false
	}
	return out
}

// sameFiles compares the random files.
func sameFiles(tb testing.TB, got, want map[string]*descriptorpb.FileDescriptorProto, dir string) {
	tb.Helper()
	for name, w := range want {
		if g := got[name]; strings.HasPrefix(name, "random") && g != nil && !proto.Equal(g, w) {
			text, _ := os.ReadFile(filepath.Join(dir, name))
			tb.Fatalf("%s differs: %s\n%s", name, firstDifference(prototext.Format(g), prototext.Format(w)), text)
		}
	}
}

// firstDifference shows a few lines of two texts.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			from := max(i-8, 0)
			return fmt.Sprintf("got\n%s\nwant\n%s", strings.Join(g[from:min(i+5, len(g))], "\n"), strings.Join(w[from:min(i+5, len(w))], "\n"))
		}
	}
	return "one is longer"
}

// checkPrinted prints random files and compiles what was printed.
func checkPrinted(t *testing.T, base *descriptorpb.FileDescriptorSet, data []byte) {
	random := newRandomFiles(data, base, true)
	set, types := random.set, random.types
	want := normal(t, set, types)
	symbols := fileSymbols(set)
	if len(symbols) == 0 {
		return
	}
	dir := savedSource(t, set)
	again := filepath.Join(t.TempDir(), "again.binpb")
	save(t, dir, again, symbols)
	sameFiles(t, normal(t, readSet(t, again), types), want, dir)
}

func readSet(tb testing.TB, path string) *descriptorpb.FileDescriptorSet {
	tb.Helper()
	data, err := os.ReadFile(path)
	set := &descriptorpb.FileDescriptorSet{}
	if err == nil {
		err = proto.Unmarshal(data, set)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// TestSavedSourceCompiles: what is saved of descriptors compiles to them again.
func TestSavedSourceCompiles(t *testing.T) {
	base := printBase(t)
	for seed := range uint64(100) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			checkPrinted(t, base, randomBytes(seed))
		})
	}
}

// FuzzPrint is TestSavedSourceCompiles, and the same for the texts of describe.
func FuzzPrint(f *testing.F) {
	base := printBase(f)
	for seed := range uint64(20) {
		f.Add(randomBytes(1000 + seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) <= 4<<10 {
			checkPrinted(t, base, data)
			checkDescribed(t, base, data)
		}
	})
}

// TestDescribedTextCompiles: the texts of everything in a file, put together,
// compile to that file.
func TestDescribedTextCompiles(t *testing.T) {
	base := printBase(t)
	for seed := range uint64(60) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			checkDescribed(t, base, randomBytes(500+seed))
		})
	}
}

func checkDescribed(t *testing.T, base *descriptorpb.FileDescriptorSet, data []byte) {
	random := newRandomFiles(data, base, true)
	set, types := random.set, random.types
	want := normal(t, set, types)
	dir := savedSource(t, set)
	s := mustLoad(t, load.Options{Files: []string{writeSet(t, set)}})
	for _, fd := range set.File {
		if !strings.HasPrefix(fd.GetName(), "random") || len(topNames(fd)) == 0 {
			continue
		}
		text := header(fd)
		for _, name := range topNames(fd) {
			if strings.HasPrefix(name, dotted(fd.GetPackage(), "Group")) {
				continue // described with the extension that it is the group of
			}
			d, err := s.Describe(t.Context(), name)
			if err != nil {
				t.Fatalf("describe %s: %v", name, err)
			}
			text += "\n" + d.Text
		}
		if err := os.WriteFile(filepath.Join(dir, fd.GetName()), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		want[fd.GetName()].Options = nil
	}
	again := filepath.Join(t.TempDir(), "again.binpb")
	if symbols := fileSymbols(set); len(symbols) > 0 {
		save(t, dir, again, symbols)
		got := normal(t, readSet(t, again), types)
		sortGroups(got)
		sortGroups(want)
		sameFiles(t, got, want, dir)
	}
}

// sortGroups puts the messages of a file in order: that of a group follows the
// extension that it is of, wherever that is described.
func sortGroups(files map[string]*descriptorpb.FileDescriptorProto) {
	for _, fd := range files {
		slices.SortFunc(fd.MessageType, func(a, b *descriptorpb.DescriptorProto) int { return strings.Compare(a.GetName(), b.GetName()) })
	}
}

// header is what a file has before its declarations.
func header(fd *descriptorpb.FileDescriptorProto) string {
	var b strings.Builder
	if fd.Edition != nil {
		fmt.Fprintf(&b, "edition = %q;\n", strings.TrimPrefix(fd.GetEdition().String(), "EDITION_"))
	} else if fd.Syntax != nil {
		fmt.Fprintf(&b, "syntax = %q;\n", fd.GetSyntax())
	}
	if fd.Package != nil {
		fmt.Fprintf(&b, "package %s;\n", fd.GetPackage())
	}
	for i, name := range fd.Dependency {
		public := ""
		for _, j := range fd.PublicDependency {
			if int(j) == i {
				public = "public "
			}
		}
		fmt.Fprintf(&b, "import %s%q;\n", public, name)
	}
	return b.String()
}

// TestSavedSourceCompilesWithProtoc does it with another compiler. That of Debian
// knows no editions.
func TestSavedSourceCompilesWithProtoc(t *testing.T) {
	if _, err := exec.LookPath("protoc"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	base := printBase(t)
	for seed := range uint64(60) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			random := newRandomFiles(randomBytes(2000+seed), base, false)
			set, types := random.set, random.types
			want := normal(t, set, types)
			if len(fileSymbols(set)) == 0 {
				return
			}
			dir := savedSource(t, set)
			sameFiles(t, normal(t, protoc(t, dir), types), want, dir)
		})
	}
}

// protoc compiles all files in a folder.
func protoc(t *testing.T, dir string) *descriptorpb.FileDescriptorSet {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.proto"))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "protoc.binpb")
	cmd := exec.CommandContext(t.Context(), "protoc", append([]string{"-I" + dir, "-o" + out, "--include_imports"}, paths...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		for _, path := range paths {
			if text, err := os.ReadFile(path); err == nil && strings.Contains(path, "random") {
				t.Logf("%s:\n%s", path, text)
			}
		}
		t.Fatal(errors.Join(err, errors.New(stderr.String())))
	}
	return readSet(t, out)
}
