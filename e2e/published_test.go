package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/apipb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/sourcecontextpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/typepb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// published are Go modules with generated code, which has the descriptors of what
// it was generated from. Only the few of the first list are read unless
// IDLCALL_PUBLISHED is "all"; that takes minutes.
var published = map[bool][]string{
	false: {
		"google.golang.org/genproto/googleapis/rpc@v0.0.0-20261019180522-ce908d29299b",
		"google.golang.org/genproto/googleapis/api@v0.0.0-20261110000943-09e21b237f2c",
		"google.golang.org/protobuf@v1.36.12",
	},
	true: {
		"google.golang.org/genproto@v0.0.0-20261019180522-ce908d29299b",
		"github.com/envoyproxy/go-control-plane/envoy@v1.40.0",
		"github.com/cncf/xds/go@v0.0.0-20260202195803-dba9d589def2",
		"github.com/envoyproxy/protoc-gen-validate@v1.3.3",
	},
}

// TestPublishedDescriptors prints descriptors of published trees and compiles
// what was printed: whole files as --save-idl writes them, by idlcall and, where
// they have no editions, which Debian's does not know, by protoc; and by protoc
// what describe shows of each type.
func TestPublishedDescriptors(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("protoc"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	modules := published[false]
	if os.Getenv("IDLCALL_PUBLISHED") == "all" {
		modules = append(slices.Clone(modules), published[true]...)
	}
	known := map[string]*descriptorpb.FileDescriptorProto{}
	protoregistry.GlobalFiles.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(fd.Path(), "google/protobuf/") {
			known[fd.Path()] = protodesc.ToFileDescriptorProto(fd)
		}
		return true
	})
	builtin := len(known)
	for _, module := range modules {
		if err := readDescriptors(moduleDir(t, module), known); err != nil {
			t.Fatal(err)
		}
	}
	p := &publishedSet{T: t, files: known, editions: map[string]bool{}}
	p.link()
	t.Logf("%d files, of which %d are taken", len(known)-builtin, len(p.order)-builtin)
	if len(p.order)-builtin < 80 {
		t.Error("there should be more")
	}
	p.saved()
	p.described()
}

// moduleDir is where the Go command has a module.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module none\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.Output()
	var found struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &found); err != nil || jsonErr != nil {
		t.Fatalf("download %s: %v %v %s", module, err, jsonErr, found.Error)
	}
	return found.Dir
}

// readDescriptors finds the descriptors in generated code below dir. The first
// file of a name counts.
func readDescriptors(dir string, known map[string]*descriptorpb.FileDescriptorProto) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".pb.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasSuffix(spec.Names[0].Name, "_rawDesc") {
				return true
			}
			fd := &descriptorpb.FileDescriptorProto{}
			if data := literalBytes(spec.Values[0]); len(data) > 0 && proto.Unmarshal(data, fd) == nil && known[fd.GetName()] == nil {
				known[fd.GetName()] = fd
			}
			return false
		})
		return nil
	})
}

// literalBytes is the value of a string, a sum of strings, or a []byte.
func literalBytes(e ast.Expr) []byte {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return []byte(s)
	case *ast.BinaryExpr:
		return append(literalBytes(e.X), literalBytes(e.Y)...)
	case *ast.CallExpr: // string([]byte{...})
		if len(e.Args) == 1 {
			return literalBytes(e.Args[0])
		}
	case *ast.CompositeLit:
		data := make([]byte, 0, len(e.Elts))
		for _, elt := range e.Elts {
			lit, ok := elt.(*ast.BasicLit)
			if !ok {
				return nil
			}
			v, err := strconv.ParseUint(lit.Value, 0, 8)
			if err != nil {
				return nil
			}
			data = append(data, byte(v))
		}
		return data
	}
	return nil
}

// publishedSet is what can be linked of some files.
type publishedSet struct {
	*testing.T
	files map[string]*descriptorpb.FileDescriptorProto
	order []*descriptorpb.FileDescriptorProto
	// editions are those that have or import one.
	editions map[string]bool
	reg      protoregistry.Files
	types    *dynamicpb.Types
}

// link takes the files that link, with what they import. Of editions not yet
// published there is no compiler.
func (p *publishedSet) link() {
	state := map[string]int{} // 1 seen, 2 linked
	var take func(name string) bool
	take = func(name string) bool {
		fd := p.files[name]
		if state[name] != 0 || fd == nil {
			return state[name] == 2
		}
		state[name] = 1
		if fd.GetEdition() > descriptorpb.Edition_EDITION_2024 {
			return false
		}
		p.editions[name] = fd.Edition != nil
		for _, dep := range fd.Dependency {
			if !take(dep) {
				return false
			}
			p.editions[name] = p.editions[name] || p.editions[dep]
		}
		linked, err := protodesc.NewFile(fd, &p.reg)
		if err != nil || p.reg.RegisterFile(linked) != nil {
			return false
		}
		p.order = append(p.order, fd)
		state[name] = 2
		return true
	}
	names := make([]string, 0, len(p.files))
	for name := range p.files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		take(name)
	}
	p.types = dynamicpb.NewTypes(&p.reg)
}

func (p *publishedSet) schema() idl.Schema {
	data, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: p.order})
	if err != nil {
		p.Fatal(err)
	}
	path := filepath.Join(p.TempDir(), "all.binpb")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		p.Fatal(err)
	}
	return p.load(path)
}

func (p *publishedSet) load(path string) idl.Schema {
	s, err := load.Files(context.Background(), load.Options{Files: []string{path}})
	if err != nil {
		p.Fatal(err)
	}
	return s
}

// saved checks whole files.
func (p *publishedSet) saved() {
	symbols, dir := p.symbols(), p.TempDir()
	if err := p.schema().Save(context.Background(), idl.SaveOptions{Dest: dir}, symbols...); err != nil {
		p.Fatal(err)
	}
	again, source := map[string]*descriptorpb.FileDescriptorProto{}, p.load(dir)
	for _, fd := range p.order { // one by one, since some are not made for each other
		path := filepath.Join(p.TempDir(), "again.binpb")
		if len(firstName(fd)) == 0 || strings.HasPrefix(fd.GetName(), "google/protobuf/") {
			continue
		}
		if err := source.Save(context.Background(), idl.SaveOptions{Dest: path}, firstName(fd)...); err != nil {
			p.Error(err)
			continue
		}
		again[fd.GetName()] = p.readSet(path)[fd.GetName()]
	}
	p.compare("idlcall", again, func(string) bool { return true })
	p.compare("protoc", p.protoc(dir), func(name string) bool { return !p.editions[name] })
}

// compare counts the files that are as they were.
func (p *publishedSet) compare(compiler string, compiled map[string]*descriptorpb.FileDescriptorProto, wanted func(string) bool) {
	equal, all := 0, 0
	for _, fd := range p.order {
		if strings.HasPrefix(fd.GetName(), "google/protobuf/") || len(firstName(fd)) == 0 || !wanted(fd.GetName()) {
			continue
		}
		all++
		got := compiled[fd.GetName()]
		if got == nil {
			p.Errorf("%s was not saved", fd.GetName())
		} else if p.same(p.normal(got), p.normal(fd)) {
			equal++
		}
	}
	p.Logf("saved files compiled by %s: %d, equal: %d", compiler, all, equal)
	if equal < all || all < 80 {
		p.Errorf("of %d files, %d are equal by %s", all, equal, compiler)
	}
}

// symbols has a name in each file.
func (p *publishedSet) symbols() []string {
	var symbols []string
	for _, fd := range p.order {
		if !strings.HasPrefix(fd.GetName(), "google/protobuf/") {
			symbols = append(symbols, firstName(fd)...)
		}
	}
	return symbols
}

// firstName is the name of something that a file declares, if it does.
func firstName(fd *descriptorpb.FileDescriptorProto) []string {
	var name string
	switch {
	case len(fd.MessageType) > 0:
		name = fd.MessageType[0].GetName()
	case len(fd.EnumType) > 0:
		name = fd.EnumType[0].GetName()
	case len(fd.Service) > 0:
		name = fd.Service[0].GetName()
	case len(fd.Extension) > 0:
		name = fd.Extension[0].GetName()
	default:
		return nil
	}
	return []string{scoped(fd.GetPackage(), name)}
}

func scoped(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

// protoc compiles all files in a folder.
func (p *publishedSet) protoc(dir string) map[string]*descriptorpb.FileDescriptorProto {
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); err == nil && !e.IsDir() && !p.editions[filepath.ToSlash(rel)] {
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	out := filepath.Join(p.TempDir(), "out.binpb")
	cmd := exec.CommandContext(p.Context(), "protoc", append([]string{"-I" + dir, "-o" + out, "--include_imports"}, names...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		p.Fatalf("%v: %.4000s", err, stderr.String())
	}
	return p.readSet(out)
}

func (p *publishedSet) readSet(path string) map[string]*descriptorpb.FileDescriptorProto {
	data, err := os.ReadFile(path)
	set := &descriptorpb.FileDescriptorSet{}
	if err != nil || proto.Unmarshal(data, set) != nil {
		p.Fatal(err, "or not a descriptor set")
	}
	files := map[string]*descriptorpb.FileDescriptorProto{}
	for _, fd := range set.File {
		files[fd.GetName()] = fd
	}
	return files
}

// normal leaves out what source does not have: locations, JSON names of
// extensions, "proto2", and options of methods that there are none of. Options are
// decoded.
func (p *publishedSet) normal(fd *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	fd = proto.Clone(fd).(*descriptorpb.FileDescriptorProto)
	fd.SourceCodeInfo = nil
	if fd.GetSyntax() == "proto2" {
		fd.Syntax = nil
	}
	normalFields(fd.Extension)
	for _, m := range fd.MessageType {
		normalMessage(m)
	}
	for _, s := range fd.Service {
		for _, m := range s.Method {
			if m.Options != nil && proto.Size(m.Options) == 0 {
				m.Options = nil
			}
		}
	}
	data, err := proto.Marshal(fd)
	known := &descriptorpb.FileDescriptorProto{}
	if err != nil || (proto.UnmarshalOptions{Resolver: p.types}).Unmarshal(data, known) != nil {
		p.Fatalf("%s: options are broken", fd.GetName())
	}
	return known
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
		if f.Extendee != nil {
			f.JsonName = nil
		}
		if k := f.GetType(); f.DefaultValue != nil && (k == descriptorpb.FieldDescriptorProto_TYPE_FLOAT || k == descriptorpb.FieldDescriptorProto_TYPE_DOUBLE) {
			if v, err := strconv.ParseFloat(f.GetDefaultValue(), 64); err == nil {
				f.DefaultValue = new(strconv.FormatFloat(v, 'g', -1, 64))
			}
		}
	}
}

func (p *publishedSet) same(got, want proto.Message) bool {
	if proto.Equal(got, want) {
		return true
	}
	g, w := strings.Split(prototext.Format(got), "\n"), strings.Split(prototext.Format(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			from := max(0, i-10)
			p.Logf("got %s\nwant %s", strings.Join(g[from:i+1], "\n"), strings.Join(w[from:i+1], "\n"))
			break
		}
	}
	return false
}
