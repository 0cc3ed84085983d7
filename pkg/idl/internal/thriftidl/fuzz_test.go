package thriftidl

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cloudwego/thriftgo/parser"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// FuzzThrift: nothing panics, whatever a text says. What thriftgo's parser
// accepts, the reader accepts as well, and finds the same declarations.
func FuzzThrift(f *testing.F) {
	paths, err := filepath.Glob("../../../../testdata/thrift/*.thrift")
	if err != nil || len(paths) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{
		"include 'fuzz.thrift'\nstruct A { 1: fuzz.A a }",
		"const list<i32> A = [1, B, 0x1F]\nconst i32 B = 2; service S { void f(list<i32> a = A, i32 b = -2.5e3) throws (X x) }",
		"exception X {1: uuid u = '00112233-4455-6677-8899-aabbccddeeff'} union U { 1: map<string, X> m (a, b='c') & d }",
		"\ufeff# x\nsenum S { 'a' } enum E { A = -1, B, C = 0x10 } typedef E T service P { oneway void a() async void b() } service Q extends P {}",
		"struct R { 1: optional R & r = {'r': {}}, 2: double d = 1e5 (go.tag = 'json:\"x\"') } service S { R f(1: R r) (streaming.mode = 'client') }",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 16<<10 {
			return
		}
		s := New(Options{Disk: &source.Disk{Includes: []string{"/nonexistent"}}})
		err := s.AddString("fuzz.thrift", "fuzz.thrift", text)
		if err == nil {
			err = s.Check()
		}
		sameAsParser(t, text, s, err)
		if err != nil {
			return
		}
		begin := time.Now()
		useAll(t, s)
		if took := time.Since(begin); took > 5*time.Second {
			t.Fatalf("%v for %q", took, text)
		}
	})
}

// useAll asks a schema for all it has.
func useAll(t *testing.T, s *Schema) {
	services, err := s.Services(t.Context())
	if err != nil {
		return
	}
	for _, name := range services {
		_, _ = s.Describe(t.Context(), name)
		methods, err := s.Methods(t.Context(), name)
		if err != nil {
			continue
		}
		for _, m := range methods {
			if full, err := s.Method(t.Context(), m.FullName()); err == nil && (full.Input == nil || full.Output == nil) {
				t.Errorf("%s is incomplete", m.FullName())
			}
		}
	}
	for _, d := range s.files[0].decls {
		if one, err := s.Describe(t.Context(), d.full()); err == nil && !strings.HasSuffix(one.Text, "\n") {
			t.Errorf("%s: %q", d.name, one.Text)
		}
		_, _ = s.Message(t.Context(), d.full())
	}
	_, _ = s.Describe(t.Context(), "fuzz.thrift")
}

// sameAsParser compares with thriftgo. It takes no notice of mistakes other than
// those of syntax, which are all that the parser sees.
func sameAsParser(t *testing.T, text string, s *Schema, err error) {
	if len(text) > 1<<10 || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\\") || gluedWord.MatchString(text) {
		return
	}
	tree := parseAlone(text)
	if tree == nil {
		return
	}
	if wrong, ok := errors.AsType[*idl.ParseError](err); ok {
		if strings.HasPrefix(wrong.Message, "expected") {
			t.Fatalf("thriftgo accepts %q, the reader says %v", text, err)
		}
		return
	}
	want := len(tree.Structs) + len(tree.Unions) + len(tree.Exceptions) + len(tree.Enums) + len(tree.Services) + len(tree.Typedefs) + len(tree.Constants)
	if got := len(s.files[0].decls); got != want {
		t.Fatalf("%d declarations, thriftgo has %d in %q", got, want, text)
	}
}

// gluedWord is what the parser takes for a word and the begin of another one.
var gluedWord = regexp.MustCompile(`(optional|required)[\w.]`)

func parseAlone(text string) (tree *parser.Thrift) {
	defer func() {
		if recover() != nil {
			tree = nil
		}
	}()
	tree, err := parser.ParseString("", text)
	if err != nil {
		return nil
	}
	return tree
}
