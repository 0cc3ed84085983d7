package protoplain

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// reference is what protoparse makes of a text, without rules that protodesc knows.
func reference(src string) (*descriptorpb.FileDescriptorProto, error) {
	parser := protoparse.Parser{
		Accessor: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(src)), nil },
	}
	list, err := parser.ParseFilesButDoNotLink("m.proto")
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// hold holds that what Parse takes protoparse takes, too, and makes the same of it. It reports
// whether Parse took it.
func hold(t *testing.T, src string) bool {
	t.Helper()
	got := Parse("m.proto", src)
	if got == nil {
		return false
	}
	want, err := reference(src)
	if err != nil {
		t.Fatalf("protoparse refuses what Parse takes: %v\n%s", err, src)
	}
	if !proto.Equal(got, want) {
		t.Fatalf("%s\nis\n%v\ninstead of\n%v", src, got, want)
	}
	return true
}

const head = `syntax = "proto3"; `

func TestParse(t *testing.T) {
	for src, taken := range map[string]bool{
		"":            true,
		" // nothing": true,
		head + "package a.b.c; import \"x.proto\"; import public 'y.proto';; option go_package = \"a;b\"; option deprecated = true;": true,
		"\r\n" + head + `/* a * / ** */ message M { string s = 1; // s
			.a.b.N n = 2 [deprecated = true, json_name = "x"]; repeated M.N list = 3; optional bool _b = 4; optional bool __b = 5;
			map<string, .a.M> a_map = 6; map<sint64, bytes> _1x = 7 [deprecated = false]; map map = 8; stream stream = 9;
			oneof o { M m = 10; message n2 = 11 [lazy = false]; string message = 12; };
			message N { message O { } enum E { A = 0; } } enum E { option allow_alias = true; A = 0; B = -1 [deprecated = true]; reserved 4, 6 to 8, -4 to -2, 100 to max; reserved "C"; }
			reserved 100, 102 to 104, 536870911, 19500; reserved "x", 'y'; option deprecated = true; syntax rpc = 536870911; int32 int32 = 20; }
			service S { rpc R(M) returns (.a.M); rpc option(stream M) returns(stream .a.b.M) { option deprecated = true;; } option deprecated = true; rpc E(a.M) returns (a.M) {}; }`: true,
		`message M { required int64 i = 1 [default = -9]; optional bool b = 2 [default = true]; repeated string s = 3; oneof o { int32 x = 4; } extensions = 5; }`:                                       false,
		`message M { required int64 i = 1 [default = -9]; optional bool b = 2 [default = true]; repeated string s = 3; oneof o { int32 x = 4; } optional optional extensions = 5; map<bool, M> m = 6; }`: true,
		`syntax = "proto2"; message M { optional int64 i = 1 [default = -0]; optional uint64 u = 2 [default = 999999999999999999]; }`:                                                                    true,
		`message M { optional uint64 u = 2 [default = 1999999999999999999]; }`:                                                                                                                           false,
		`message M { int64 i = 1; }`:                                        false, // no label
		head + `message M { required int64 i = 1; }`:                        false,
		`edition = "2023"; message M {}`:                                    false,
		head + `message M { string s = 01; }`:                               false,
		head + `message M { string s = 0; }`:                                false,
		head + `message M { string s = 19000; }`:                            false,
		head + `message M { string s = 536870912; }`:                        false,
		head + `message M { string s = 0x1; }`:                              false,
		head + `message M { string s = 1 }`:                                 false,
		head + `message M { string s; }`:                                    false,
		head + `message M { string s = 1 []; }`:                             false,
		head + `message M { string s = 1 [a = 1,]; }`:                       false,
		head + `message M { string s = 1 [a = 1.5]; }`:                      false,
		head + `message M { string s = 1 [a = {}]; }`:                       false,
		head + `message M { string s = 1 [(a) = 1]; }`:                      false,
		head + `message M { string s = 1 [a.b = 1]; }`:                      false,
		head + `message M { string s = 1 [a = "\n"]; }`:                     false,
		head + `message M { string s = 1 [a = "b" "c"]; }`:                  false,
		head + `message M { a .b c = 1; }`:                                  false,
		head + `message M { a. b c = 1; }`:                                  false,
		head + `message M { . a c = 1; }`:                                   false,
		head + `message M { a. c = 1; }`:                                    false,
		head + `message M { map<M, string> m = 1; }`:                        false,
		head + `message M { map<bytes, string> m = 1; }`:                    false,
		head + `message M { repeated map<string, string> m = 1; }`:          false,
		head + `message M { oneof o { } }`:                                  false,
		head + `message M { oneof o { string s = 1;; } }`:                   false,
		head + `message M { oneof o { option a = 1; string s = 2; } }`:      false,
		head + `message M { oneof o { optional string s = 2; } }`:           false,
		head + `message M { group G = 1 {} }`:                               false,
		`message M { optional group G = 1 {} }`:                             false,
		head + `message M { reserved a; }`:                                  false,
		head + `message M { reserved 0; }`:                                  false,
		head + `message M { reserved 5 to 4; }`:                             false,
		head + `message M { reserved "a", "b"; reserved "a"; }`:             false,
		head + `enum E { A = 0; reserved "b", "b"; }`:                       false,
		head + `message M { reserved "a b"; }`:                              false,
		head + `message M { extensions 1; }`:                                false,
		head + `export message M { }`:                                       false,
		head + `message M { export enum E { A = 0; } }`:                     false,
		head + `enum E { A = 2147483648; }`:                                 false,
		head + `enum E { A = -2147483649; }`:                                false,
		head + `enum E { A = 0 [a]; }`:                                      false,
		head + `extend M { string s = 1; }`:                                 false,
		head + `import weak "a.proto";`:                                     false,
		head + `import option "a.proto";`:                                   false,
		head + `package a; package b;`:                                      false,
		head + `package a. b;`:                                              false,
		head + `;`:                                                          false,
		head + `option a = -inf;`:                                           false,
		head + `service S { rpc R(stream) returns (M); }`:                   false,
		head + `service S { rpc R(M) returns (M) }`:                         false,
		head + `service S { stream R(M, M); }`:                              false,
		head + `message M { } /* open`:                                      false,
		head + `message M { } /*/`:                                          false,
		head + `message M { } // ` + "\x00":                                 false,
		head + `message M { } // ` + "\xff":                                 false,
		head + "message M\f{ }":                                             false,
		head + `message M {`:                                                false,
		head + `message M { } }`:                                            false,
		head + `message "M" { }`:                                            false,
		head + strings.Repeat("message M { ", 31) + strings.Repeat("}", 31): true,
		head + strings.Repeat("message M { ", 32) + strings.Repeat("}", 32): false,
		head + strings.Repeat("message M { ", 31) + "map<string, string> m = 1; " + strings.Repeat("}", 31): false,
		`syntax = "proto4";`: false,
		"\ufeff" + head:      false,
	} {
		if got := hold(t, src); got != taken {
			t.Errorf("taken is %v: %s", got, src)
		}
	}
}

// TestParseFiles: the services of guides are plain, and so is most of what Google publishes.
func TestParseFiles(t *testing.T) {
	taken := map[string]bool{}
	for _, src := range sources(t) {
		taken[src] = hold(t, src)
	}
	n := 0
	for _, ok := range taken {
		if ok {
			n++
		}
	}
	if t.Logf("%d of %d", n, len(taken)); n < 3 {
		t.Errorf("%d of %d files are plain", n, len(taken))
	}
}

func sources(t testing.TB) []string {
	var list []string
	for _, pattern := range []string{"../../load/testdata/features/*.proto", "../protoidl/testdata/scan/*.proto", "../../load/testdata/google/rpc/*.proto"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no files in %s: %v", pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, string(data))
		}
	}
	return list
}

func FuzzParse(f *testing.F) {
	for _, src := range sources(f) {
		f.Add(src)
	}
	f.Add(head + `package a.b; import public "n.proto"; option a = "b"; message M { optional string a_b = 1 [a = -1, b = c]; map<string, .a.N> _m1 = 2; oneof o { M m = 3; } reserved 4 to max; reserved "x"; }`)
	f.Add(`message M { required string s = 1 [default = "x"]; } enum E { A = -1; reserved -4 to -2; option x = y; } service S { rpc R (stream .M) returns (stream M) { option d = true; } }`)
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 8<<10 || protoscan.CheckDepth("m.proto", src) != nil {
			return
		}
		hold(t, src)
	})
}
