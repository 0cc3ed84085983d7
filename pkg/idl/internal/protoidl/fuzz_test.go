package protoidl

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

func seeds(f *testing.F, pattern string, add func([]byte)) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds in %s: %v", pattern, err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		add(data)
	}
}

// compileText compiles one file by the parser alone; nil if it does not parse.
func compileText(src string) protoreflect.FileDescriptor {
	defer func() { _ = recover() }()
	parser := protoparse.Parser{
		AllowExperimentalEditions: true,
		Accessor: func(name string) (io.ReadCloser, error) {
			if name != "fuzz.proto" {
				return nil, os.ErrNotExist
			}
			return io.NopCloser(strings.NewReader(src)), nil
		},
	}
	files, err := parser.ParseFiles("fuzz.proto")
	if err != nil {
		return nil
	}
	return files[0].UnwrapFile()
}

// FuzzScan: the scanner never panics and covers the text. What the parser
// accepts as a whole, it accepts in slices, with the same result.
func FuzzScan(f *testing.F) {
	for _, pattern := range []string{"../../load/testdata/features/*.proto", "testdata/scan/*.proto", "../../load/testdata/google/rpc/*.proto"} {
		seeds(f, pattern, func(b []byte) { f.Add(string(b)) })
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 8<<10 {
			return
		}
		p := newPool()
		file := p.addText("fuzz.proto", "fuzz.proto", "", src)
		at := 0
		for _, seg := range file.outline.Segs {
			if seg.Start != at || seg.End < at {
				t.Fatalf("segment %d to %d begins at %d", seg.Start, seg.End, at)
			}
			at = seg.End
		}
		if at != len(src) {
			t.Fatalf("covered %d of %d bytes", at, len(src))
		}
		for _, d := range file.decls {
			d.look()
		}
		full := compileText(src)
		if full == nil {
			return
		}
		for _, d := range file.decls {
			sliceEqual(t, p, d, full)
		}
	})
}

// sliceEqual compiles one declaration with what it needs.
func sliceEqual(t *testing.T, p *pool, d *decl, full protoreflect.FileDescriptor) {
	if d.Name == "" || d.file.odd || d.look().Odd {
		return
	}
	c := p.closure(false)
	if err := c.add(t.Context(), d, ""); err != nil {
		t.Fatal(err)
	}
	if err := c.run(t.Context()); err != nil {
		return // odd elsewhere: compiled whole
	}
	u, err := p.compile(c)
	if err != nil {
		t.Logf("slice for %s: %v", d.Name, err) // compiled whole
		return
	}
	got, want := u.find(d.file, d.Name), descend(full, d.Name)
	if got == nil || want == nil {
		t.Fatalf("%s: got %v, want %v", d.Name, got, want)
	}
	if a, b := encode(got), encode(want); !proto.Equal(a, b) {
		t.Fatalf("%s: got %v, want %v", d.Name, a, b)
	}
}

// encode is a descriptor without custom options, whose bytes the parser puts in
// any order.
func encode(d protoreflect.Descriptor) proto.Message {
	m := proto.Clone(encodeAll(d))
	dropCustom(m.ProtoReflect())
	return m
}

func dropCustom(m protoreflect.Message) {
	m.SetUnknown(nil)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsExtension():
			m.Clear(fd)
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				dropCustom(v.List().Get(i).Message())
			}
		default:
			dropCustom(v.Message())
		}
		return true
	})
}

func encodeAll(d protoreflect.Descriptor) proto.Message {
	switch d := d.(type) {
	case protoreflect.MessageDescriptor:
		return protodesc.ToDescriptorProto(d)
	case protoreflect.EnumDescriptor:
		return protodesc.ToEnumDescriptorProto(d)
	case protoreflect.ServiceDescriptor:
		return protodesc.ToServiceDescriptorProto(d)
	}
	return nil
}

// TestSlicesCompile is the property of FuzzScan and one more: slices of the
// seeds do compile.
func TestSlicesCompile(t *testing.T) {
	paths, err := filepath.Glob("testdata/scan/*.proto")
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			full := compileText(string(src))
			if full == nil {
				t.Fatal("does not compile")
			}
			p := newPool()
			file := p.addText("fuzz.proto", path, "", string(src))
			if file.odd {
				t.Fatal("not understood")
			}
			for _, d := range file.decls {
				c := p.closure(true)
				if err := c.addAll(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				if err := c.add(t.Context(), d, ""); err != nil {
					t.Fatal(err)
				}
				if err := c.run(t.Context()); err != nil {
					t.Fatalf("%s: %v", d.Name, err)
				}
				if _, err := p.compile(c); err != nil {
					t.Fatalf("%s: %v", d.Name, err)
				}
				sliceEqual(t, p, d, full)
			}
		})
	}
}

// FuzzDescriptorSet: the walker never panics, and neither does what is built
// from it.
func FuzzDescriptorSet(f *testing.F) {
	f.Add(googleRPC)
	seeds(f, "../../load/testdata/features/*.proto", func(b []byte) {
		if fd := compileText(string(b)); fd != nil {
			set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{protodesc.ToFileDescriptorProto(fd)}}
			if data, err := proto.Marshal(set); err == nil {
				f.Add(data)
			}
		}
	})
	relative := rawdesc.AppendField(rawdesc.AppendField(nil, 1, []byte("r.proto")), 2, []byte("a.b"))
	relative = rawdesc.AppendField(relative, 4, rawdesc.AppendField(rawdesc.AppendField(nil, 1, []byte("M")), 2, []byte("\x0a\x01f\x18\x01\x20\x01\x32\x03b.M")))
	f.Add(rawdesc.AppendField(nil, 1, relative))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := New(Options{})
		p := s.p
		if err := p.loadSet("fuzz.binpb", data); err != nil {
			return
		}
		p.small = true
		services, err := s.Services(t.Context())
		if err != nil {
			return
		}
		for _, name := range services {
			methods, _ := s.Methods(t.Context(), name)
			for _, m := range methods {
				_, _ = s.Method(t.Context(), m.FullName())
			}
			_, _ = s.Describe(t.Context(), name)
		}
		for _, name := range p.typeNames(protoscan.Message) {
			_, _ = s.Message(t.Context(), name)
			_, _ = s.Describe(t.Context(), name)
		}
	})
}
