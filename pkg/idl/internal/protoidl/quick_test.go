package protoidl

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
)

// compileAll compiles files by protoparse alone.
func compileAll(files map[string]string, names []string) (map[string]*descriptorpb.FileDescriptorProto, error) {
	parser := protoparse.Parser{
		AllowExperimentalEditions: true,
		Accessor: func(name string) (io.ReadCloser, error) {
			if _, ok := files[name]; !ok {
				return nil, os.ErrNotExist
			}
			return io.NopCloser(strings.NewReader(files[name])), nil
		},
	}
	list, err := parser.ParseFiles(names...)
	if err != nil {
		return nil, err
	}
	out := map[string]*descriptorpb.FileDescriptorProto{}
	for _, fd := range list {
		out[fd.GetName()] = protodesc.ToFileDescriptorProto(fd.UnwrapFile())
	}
	return out, nil
}

// holdQuick compiles files in both ways: what linkQuick takes protoparse takes too, with
// the same result. It reports whether linkQuick took them.
func holdQuick(t *testing.T, files map[string]string, names ...string) bool {
	t.Helper()
	u, _ := newPool().linkQuick(&closure{}, &texts{names: names, byName: files})
	if u == nil {
		return false
	}
	want, err := compileAll(files, names)
	if err != nil {
		t.Fatalf("protoparse refuses what linkQuick takes: %v\n%v", err, files)
	}
	for _, name := range names {
		want[name].Options = nil // linkQuick checks them
		if got := protodesc.ToFileDescriptorProto(u.files[name]); !proto.Equal(got, want[name]) {
			t.Fatalf("%s is\n%v\ninstead of\n%v", name, got, want[name])
		}
	}
	return true
}

func TestQuick(t *testing.T) {
	const head = "syntax = \"proto3\"; package a.b; "
	tests := map[string]struct {
		taken bool
		files map[string]string
	}{
		"proto3": {true, map[string]string{"m.proto": head + `
			message M { string s = 1 [deprecated = true, json_name = "T"]; optional int32 i = 2; map<string, N> map = 3; oneof o { E e = 4; .a.b.N n = 5; } repeated int32 list = 6 [packed = false]; M.In in = 7; message In {} }
			message N { reserved 4, 7 to 9; reserved "x"; }
			enum E { option allow_alias = true; A = 0; B = 0; }
			service S { rpc R (stream M) returns (b.N) { option idempotency_level = NO_SIDE_EFFECTS; } }`}},
		"proto2": {true, map[string]string{"m.proto": `
			option java_package = "x"; option optimize_for = SPEED; option go_package = "y"; option cc_enable_arenas = false;
			message M { required E e = 1 [default = TWO]; optional string s = 2 [default = "a\"b\n"]; optional int32 i = 3 [default = -2147483648]; repeated group G = 4 { optional M m = 1; } optional fixed64 f = 5 [default = 0xFFFFFFFFFFFFFFFF]; repeated E list = 6 [packed = true, deprecated = true]; optional bool b = 7 [default = true]; }
			enum E { ONE = 1; TWO = 2 [deprecated = true]; option deprecated = false; }
			service S { option deprecated = true; rpc R(M) returns (M) { option deprecated = true; } }`}},
		"imports": {true, map[string]string{
			"m.proto": head + `import "n.proto"; import "google/protobuf/any.proto"; message M { c.N n = 1; google.protobuf.Any any = 2; P p = 3; }`,
			"n.proto": `syntax = "proto3"; package a.c; import public "p.proto"; message N {}`,
			"p.proto": `syntax = "proto3"; package a; message P {}`,
		}},
		"nothing":                      {true, map[string]string{"m.proto": `syntax = "proto3";`}},
		"custom option":                {false, map[string]string{"m.proto": head + `message M { option (x) = 1; }`}},
		"option that is not":           {false, map[string]string{"m.proto": head + `message M { string s = 1 [nothing = 1]; }`}},
		"edition":                      {false, map[string]string{"m.proto": `edition = "2023"; message M {}`}},
		"extension":                    {false, map[string]string{"m.proto": `message M { extensions 1 to 9; } extend M { optional int32 i = 1; }`}},
		"message set":                  {false, map[string]string{"m.proto": `message M { option message_set_wire_format = true; extensions 4 to max; }`}},
		"default of bytes":             {false, map[string]string{"m.proto": `message M { optional bytes b = 1 [default = "a\000b"]; }`}},
		"default that does not fit":    {false, map[string]string{"m.proto": `message M { optional int32 i = 1 [default = 2147483648]; }`}},
		"negative default":             {false, map[string]string{"m.proto": `message M { optional uint32 i = 1 [default = -1]; }`}},
		"default of another type":      {false, map[string]string{"m.proto": `message M { optional string s = 1 [default = 1]; }`}},
		"default of a list":            {false, map[string]string{"m.proto": `message M { repeated int32 i = 1 [default = 1]; }`}},
		"option twice":                 {false, map[string]string{"m.proto": head + `option go_package = "x"; option go_package = "y";`}},
		"option of another type":       {false, map[string]string{"m.proto": head + `option go_package = 1;`}},
		"option that is no bool":       {false, map[string]string{"m.proto": head + `message M { option deprecated = 1; }`}},
		"level that is none":           {false, map[string]string{"m.proto": head + `message M {} service S { rpc R(M) returns (M) { option idempotency_level = NONE; } }`}},
		"JSON name of an extension":    {false, map[string]string{"m.proto": head + `message M { string s = 1 [json_name = "[x]"]; }`}},
		"map entry by hand":            {false, map[string]string{"m.proto": head + `message M { option map_entry = true; string key = 1; string value = 2; }`}},
		"lite import":                  {false, map[string]string{"m.proto": head + `option optimize_for = LITE_RUNTIME;`}},
		"unknown type":                 {false, map[string]string{"m.proto": head + `message M { N n = 1; }`}},
		"same name twice":              {false, map[string]string{"m.proto": head + `message M {} enum M { A = 0; }`}},
		"not imported":                 {false, map[string]string{"m.proto": head + `message M { c.N n = 1; }`, "n.proto": `syntax = "proto3"; package a.c; message N {}`}},
		"import loop":                  {false, map[string]string{"m.proto": head + `import "n.proto";`, "n.proto": `import "m.proto";`}},
		"no such import":               {false, map[string]string{"m.proto": head + `import "x.proto";`}},
		"JSON names":                   {false, map[string]string{"m.proto": head + `message M { string a_b = 1; string aB = 2; }`}},
		"custom JSON name of another":  {false, map[string]string{"m.proto": `message M { optional string a = 1; optional string b = 2 [json_name = "a"]; }`}},
		"enum values in JSON":          {false, map[string]string{"m.proto": head + `enum E { E_A = 0; A = 1; }`}},
		"default in proto3":            {false, map[string]string{"m.proto": head + `message M { string s = 1 [default = "x"]; }`}},
		"default of a message":         {false, map[string]string{"m.proto": `message M { optional M m = 1 [default = X]; }`}},
		"default that is no value":     {false, map[string]string{"m.proto": `message M { optional E e = 1 [default = X]; } enum E { A = 1; }`}},
		"packed string":                {false, map[string]string{"m.proto": `message M { repeated string s = 1 [packed = true]; }`}},
		"packed message":               {false, map[string]string{"m.proto": `message M { repeated M m = 1 [packed = true]; }`}},
		"packed and not repeated":      {false, map[string]string{"m.proto": `message M { optional int32 i = 1 [packed = true]; }`}},
		"jstype":                       {false, map[string]string{"m.proto": `message M { optional int32 i = 1 [jstype = JS_STRING]; }`}},
		"lazy scalar":                  {false, map[string]string{"m.proto": `message M { optional int32 i = 1 [lazy = true]; }`}},
		"entry of a map":               {false, map[string]string{"m.proto": head + `message M { map<string, string> foo = 1; repeated FooEntry Foo = 2; }`}},
		"closed enum in proto3":        {false, map[string]string{"m.proto": head + `import "n.proto"; message M { E e = 1; }`, "n.proto": `package a.b; enum E { A = 1; }`}},
		"innermost scope":              {false, map[string]string{"m.proto": `syntax = "proto3"; package a; message M { message b {} b.N n = 1; } `, "n.proto": head + `message N {}`}},
		"innermost scope, of an rpc":   {false, map[string]string{"m.proto": head + `import "n.proto"; service a { rpc R(a.c.N) returns (.a.c.N); }`, "n.proto": `syntax = "proto3"; package a.c; message N {}`}},
		"innermost scope is a package": {false, map[string]string{"m.proto": head + `import "n.proto"; import "p.proto"; message M { c.N n = 1; }`, "n.proto": `syntax = "proto3"; package c; message N {}`, "p.proto": `syntax = "proto3"; package a.b.c.d;`}},
		"type that is a field":         {false, map[string]string{"m.proto": head + `message M { string N = 1; N n = 2; } message N {}`}},
		"name of a package":            {false, map[string]string{"m.proto": `syntax = "proto3"; import "google/protobuf/any.proto"; message google {}`}},
		"package of ours":              {false, map[string]string{"m.proto": `syntax = "proto3"; package google.protobuf; message Mine {}`}},
		"mistake":                      {false, map[string]string{"m.proto": head + `message M { string s 1; }`}},
		"number twice":                 {false, map[string]string{"m.proto": head + `message M { string s = 1; string t = 1; }`}},
		"reserved number":              {false, map[string]string{"m.proto": head + `message M { reserved 1; string s = 1; }`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, name := range []string{"m.proto", "n.proto", "p.proto"} {
				if tt.files[name] != "" {
					names = append(names, name)
				}
			}
			if got := holdQuick(t, tt.files, names...); got != tt.taken {
				t.Errorf("taken is %v", got)
			}
		})
	}
}

// FuzzQuick: what linkQuick takes protoparse takes too, with the same result.
func FuzzQuick(f *testing.F) {
	for _, pattern := range []string{"../../load/testdata/features/*.proto", "testdata/scan/*.proto", "../../load/testdata/google/rpc/*.proto"} {
		seeds(f, pattern, func(b []byte) { f.Add(string(b), "") })
	}
	f.Add(`syntax = "proto3"; package a; import "n.proto"; message M { b.N n = 1; }`, `syntax = "proto3"; package a.b; message N {}`)
	f.Add(`message M { optional E e = 1 [default = A]; enum E { A = 1; } }`, ``)
	f.Fuzz(func(t *testing.T, m, n string) {
		if len(m)+len(n) > 8<<10 {
			return
		}
		defer func() {
			if r := recover(); r != nil {
				t.Skip("protoparse panics")
			}
		}()
		files := map[string]string{"m.proto": m, "n.proto": n}
		texts := &texts{names: []string{"m.proto", "n.proto"}, byName: files, parts: map[string]*part{}}
		for _, name := range texts.names {
			texts.parts[name] = &part{file: &file{shown: name}}
		}
		if texts.checkDepth() == nil {
			holdQuick(t, files, texts.names...)
		}
	})
}
