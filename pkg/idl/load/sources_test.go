package load_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

func TestParseErrors(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"syntax":         {"syntax = \"proto3\";\nmessage A {\n  string a 1;\n}\nservice S { rpc M(A) returns (A); }", "x.proto:3:12: "},
		"unknown type":   {"syntax = \"proto3\";\nmessage A { Missing m = 1; }\nservice S { rpc M(A) returns (A); }", "x.proto:2:13: "},
		"unneeded":       {"syntax = \"proto3\";\nmessage A {}\nservice S { rpc M(A) returns (A); }\nmessage B { Missing m = 1; }", "x.proto:4:13: "},
		"missing import": {"syntax = \"proto3\";\nimport \"no/such.proto\";\nmessage A { no.Such m = 1; }\nservice S { rpc M(A) returns (A); }", `x.proto:2:8: import "no/such.proto" not found`},
		"open brace":     {"syntax = \"proto3\";\nmessage A {}\nservice S { rpc M(A) returns (A); ", "x.proto:3:"},
		"two":            {"syntax = \"proto3\";\nmessage A { X x = 1; }\nservice S { rpc M(A) returns (Y); }", "x.proto:2:13: "},
		"editions":       {"edition = \"1999\";\nmessage A {}\nservice S { rpc M(A) returns (A); }", "x.proto:1:11: "},
		"not text":       {"\x00\xff\xfe", "x.proto: neither"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "x.proto", Text: test.text}}})
			if err == nil {
				_, err = s.Method(t.Context(), "S/M")
			}
			var parse *idl.ParseError
			if !errors.As(err, &parse) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
			t.Log(err)
		})
	}
}

func TestNames(t *testing.T) {
	text := `syntax = "proto3"; package a.v1;
		message M {}
		service Users { rpc Get(M) returns (M); rpc List(M) returns (stream M); }
		service Groups { rpc Get(M) returns (M); rpc Join(stream M) returns (stream M); }`
	other := `syntax = "proto3"; package b.v1; message M {} service Users { rpc Get(M) returns (M); rpc Drop(M) returns (M); }`
	o := load.Options{Strings: []load.Text{{Name: "a.proto", Text: text}, {Name: "b.proto", Text: other}}}
	for name, want := range map[string]string{
		"a.v1.Users/Get": "a.v1.Users/Get", "/a.v1.Users/Get": "a.v1.Users/Get", "a.v1.Users.Get": "a.v1.Users/Get",
		"Groups/Get": "a.v1.Groups/Get", "Groups.Get": "a.v1.Groups/Get", "Join": "a.v1.Groups/Join", "Drop": "b.v1.Users/Drop",
		"Users/Get": `service "Users" is ambiguous: a.v1.Users, b.v1.Users`,
		"Get":       `method "Get" is ambiguous: a.v1.Groups/Get, a.v1.Users/Get, b.v1.Users/Get`,
		"join":      `no method "join" [a.v1.Groups/Join]`,
		"v1.Groups": `no method "v1.Groups" [a.v1.Groups/Get a.v1.Groups/Join]`,
		"Group/Get": `no service "Group" [a.v1.Groups]`, "Groups/Jion": `no method "Jion" in a.v1.Groups [a.v1.Groups/Join]`,
		"c.v1.Groups/Get": `no service "c.v1.Groups" [a.v1.Groups]`,
	} {
		m, err := mustLoad(t, o).Method(t.Context(), name)
		var got string
		var missing *idl.NotFoundError
		switch {
		case errors.As(err, &missing):
			got = err.Error() + " [" + strings.Join(missing.Nearest, " ") + "]"
		case err != nil:
			got = err.Error()
		default:
			got = m.FullName()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	o.Service = "b.v1.Users"
	if m, err := mustLoad(t, o).Method(t.Context(), "Get"); err != nil || m.FullName() != "b.v1.Users/Get" {
		t.Errorf("with a service: %v, %v", m, err)
	}
	list, err := mustLoad(t, o).Methods(t.Context(), "Groups")
	if err != nil || len(list) != 2 || list[1].Name != "Join" || list[1].Type != stream.Bidi || list[1].Input != "a.v1.M" {
		t.Errorf("methods: %v, %v", list, err)
	}
	services, err := mustLoad(t, o).Services(t.Context())
	if want := []string{"a.v1.Groups", "a.v1.Users", "b.v1.Users"}; err != nil || !slices.Equal(services, want) {
		t.Errorf("services: %v, %v", services, err)
	}
}

// TestImports reaches one layout of files in many ways.
func TestImports(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "proto/acme/api/api.proto", `syntax = "proto3"; package acme.api; import "acme/common/common.proto"; import "local.proto";
		service Api { rpc Do(common.Req) returns (Local); }`)
	writeFile(t, dir, "proto/acme/common/common.proto", `syntax = "proto3"; package acme.common; message Req { string q = 1; }`)
	writeFile(t, dir, "proto/acme/api/local.proto", `syntax = "proto3"; package acme.api; message Local {}`)
	if err := os.Symlink(filepath.Join(dir, "proto"), filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	t.Chdir(dir)
	for name, o := range map[string]load.Options{
		"inferred":   {Files: []string{"proto/acme/api/api.proto"}},
		"absolute":   {Files: []string{dir + "/proto/acme/api/api.proto"}},
		"include":    {Files: []string{"proto/acme/api/api.proto"}, Includes: []string{"proto", "proto/acme/api"}},
		"relative":   {Files: []string{"acme/api/api.proto"}, Includes: []string{"proto"}},
		"folder":     {Files: []string{"proto"}},
		"both ways":  {Files: []string{"proto/acme/api/api.proto", "link/acme/api/api.proto", "proto/acme/common/common.proto", "proto"}},
		"subfolder":  {Files: []string{"proto/acme/api"}},
		"above":      {Files: []string{"."}},
		"unrelated":  {Files: []string{"proto/acme/common/common.proto", "proto/acme/api/local.proto", "link/acme/api/api.proto"}},
		"all, by -I": {Files: []string{"proto"}, Includes: []string{"proto", "link"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := mustLoad(t, o).Method(t.Context(), "acme.api.Api/Do")
			if err != nil {
				t.Fatal(err)
			}
			if m.Input.Name() != "acme.common.Req" || m.Output.Name() != "acme.api.Local" {
				t.Errorf("got %s, %s", m.Input.Name(), m.Output.Name())
			}
		})
	}
	_, err := load.Files(t.Context(), load.Options{Files: []string{"proto/acme/api/apo.proto"}})
	var missing *idl.NotFoundError
	if !errors.As(err, &missing) || missing.Kind != "file" || len(missing.Nearest) != 1 {
		t.Errorf("missing file: %v %+v", err, missing)
	}
	if _, err = load.Files(t.Context(), load.Options{Files: []string{"proto", "x.thrift"}}); err == nil {
		t.Error("no error for a Thrift file")
	}
}

// TestForms loads one schema in every form there is.
func TestForms(t *testing.T) {
	set := fullSet(fullCompile(t, "testdata", featuresRoot))
	binary, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	image, err := protojson.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFile(t, dir, "set.binpb", string(binary))
	writeFile(t, dir, "set.xyz", string(binary))
	writeFile(t, dir, "set.json", string(image))
	for name, o := range map[string]load.Options{
		"set":     {Files: []string{dir + "/set.binpb"}},
		"sniffed": {Files: []string{dir + "/set.xyz"}},
		"image":   {Files: []string{dir + "/set.json"}},
		"stdin":   {Files: []string{"-"}, Stdin: strings.NewReader(string(binary))},
		"twice":   {Files: []string{dir + "/set.binpb", dir + "/set.xyz"}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := mustLoad(t, o).Method(t.Context(), "Things/Do"); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("source over a set", func(t *testing.T) {
		s := mustLoad(t, load.Options{Files: []string{dir + "/set.binpb"}, Strings: []load.Text{{Text: `syntax = "proto3";
			import "features/inner.proto"; import "features/common.proto";
			service Own { rpc Do(features.inner.Request) returns (features.Point); }`}}})
		m, err := s.Method(t.Context(), "Own/Do")
		if err != nil || m.Output.Name() != "features.Point" {
			t.Errorf("%v, %v", m, err)
		}
	})
}

func TestSave(t *testing.T) {
	raw := writeSet(t, fullSet(fullCompile(t, "testdata", featuresRoot)))
	for name, o := range map[string]load.Options{
		"files": {Files: []string{"testdata/" + featuresRoot}},
		"set":   {Files: []string{raw}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustLoad(t, o)
			for _, dest := range []string{dir + "/src", dir + "/all.binpb"} {
				if err := s.Save(t.Context(), idl.SaveOptions{Dest: dest}, "features.inner.Things/Do"); err != nil {
					t.Fatal(err)
				}
				m, err := mustLoad(t, load.Options{Files: []string{dest}}).Method(t.Context(), "Things/Chat")
				if err != nil || m.Type != stream.Bidi {
					t.Errorf("%s: %v, %v", dest, m, err)
				}
			}
			if name == "files" { // comments survive, in a part of the set too
				d, err := mustLoad(t, load.Options{Files: []string{dir + "/all.binpb"}}).Describe(t.Context(), "Things/Watch")
				if err != nil || !strings.HasSuffix(d.Text, "// until it ends\n") {
					t.Errorf("%+v, %v", d, err)
				}
			}
			data, err := os.ReadFile(dir + "/all.binpb")
			if err != nil {
				t.Fatal(err)
			}
			set := &descriptorpb.FileDescriptorSet{}
			if err := proto.Unmarshal(data, set); err != nil {
				t.Fatal(err)
			}
			if _, err := protodesc.NewFiles(set); err != nil {
				t.Error(err)
			}
			seen := map[string]bool{}
			for _, f := range set.File {
				for _, d := range f.Dependency {
					if !seen[d] {
						t.Errorf("%s comes before %s", f.GetName(), d)
					}
				}
				seen[f.GetName()] = true
			}
		})
	}
}

func TestJoin(t *testing.T) {
	own := mustLoad(t, load.Options{Strings: []load.Text{{Text: `syntax = "proto3"; package own; message M {} service Mine { rpc Do(M) returns (M); }`}}})
	srv := &server{files: featureFiles(t), closed: true}
	s := load.Join(own, load.Reflect(srv.open, load.ReflectOptions{}))
	m, err := s.Method(t.Context(), "own.Mine/Do")
	if err != nil || srv.opened != 0 {
		t.Fatalf("%v, %d streams", err, srv.opened)
	}
	types := m.Input.(*idl.ProtoMessage).Types
	if md, err := types.FindMessage("features.inner.Color2"); err != nil {
		t.Errorf("%v, %v", md, err)
	}
	if _, err := s.Method(t.Context(), "Things/Do"); err != nil {
		t.Error(err)
	}
	services, err := s.Services(t.Context())
	if want := []string{"features.inner.Empty", "features.inner.Things", "own.Mine"}; err != nil || !slices.Equal(services, want) {
		t.Errorf("services: %v, %v", services, err)
	}
	var missing *idl.NotFoundError
	if _, err := s.Method(t.Context(), "Thongs/Do"); !errors.As(err, &missing) || len(missing.Nearest) != 1 {
		t.Errorf("unknown: %v %+v", err, missing)
	}
}

// TestJoinLanguages: a short name that Thrift and Protobuf have is ambiguous, a full
// one is not.
func TestJoinLanguages(t *testing.T) {
	t.Parallel()
	s := mustLoad(t, load.Options{Strings: []load.Text{
		{Name: "x.thrift", Text: `struct M {} service S { M Get(1: M m) M Only(1: M m) }`},
		{Name: "y.proto", Text: `syntax = "proto3"; package y; message M {} service S { rpc Get(M) returns (M); rpc Mine(M) returns (M); }`},
	}})
	for name, want := range map[string]string{
		"Get": `method "Get" is ambiguous: S/Get, y.S/Get`, "S/Get": "S/Get", "y.S/Get": "y.S/Get", "x.S/Get": "S/Get",
		"Only": "S/Only", "Mine": "y.S/Mine",
	} {
		m, err := s.Method(t.Context(), name)
		got := fmt.Sprint(err)
		if err == nil {
			got = m.FullName()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestSyntaxErrors: a file that the user named and that does not parse is said to
// be so instead of nothing.
func TestSyntaxErrors(t *testing.T) {
	const bad = "syntax = \"proto3\";\nmessage M {\n  string text = ;\n}\n"
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, dir, "bad.proto", bad)
	writeFile(t, dir, "large.proto", bad+strings.Repeat("// padding\n", 2000))
	writeFile(t, dir, "service.proto", bad+"service S { rpc Do(M) returns (M); }")
	writeFile(t, dir, "good.proto", `syntax = "proto3"; import "no/such.proto"; message G {} service Good { rpc Do(G) returns (G); }`)
	writeFile(t, dir, "folder/bad.proto", bad)
	asks := map[string]func(idl.Schema) error{
		"services":    func(s idl.Schema) error { _, err := s.Services(t.Context()); return err },
		"methods":     func(s idl.Schema) error { _, err := s.Methods(t.Context(), "Gone"); return err },
		"method":      func(s idl.Schema) error { _, err := s.Method(t.Context(), "Gone/Do"); return err },
		"bare method": func(s idl.Schema) error { _, err := s.Method(t.Context(), "Gone"); return err },
		"message":     func(s idl.Schema) error { _, err := s.Message(t.Context(), "Gone"); return err },
		"describe":    func(s idl.Schema) error { _, err := s.Describe(t.Context(), "Gone"); return err },
		"with a server": func(s idl.Schema) error {
			_, err := load.Join(s, mustLoad(t, load.Options{})).Services(t.Context())
			return err
		},
	}
	for name, test := range map[string]struct {
		files []string
		want  string
	}{
		"small":    {[]string{"bad.proto"}, "bad.proto:3:17: "},
		"large":    {[]string{"large.proto"}, "large.proto:3:17: "},
		"service":  {[]string{"service.proto"}, "service.proto:3:17: "},
		"second":   {[]string{"good.proto", "bad.proto"}, "bad.proto:3:17: "},
		"good":     {[]string{"good.proto"}, ""},
		"imported": {[]string{"good.proto", "folder"}, ""},
	} {
		for ask, f := range asks {
			t.Run(name+"/"+ask, func(t *testing.T) {
				err := f(mustLoad(t, load.Options{Files: test.files}))
				parse, is := errors.AsType[*idl.ParseError](err)
				if is != (test.want != "") || is && !strings.HasPrefix(parse.Error(), test.want) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// TestImageOptions: a JSON image keeps the custom options that it declares.
func TestImageOptions(t *testing.T) {
	const image = `{"file": [
		{"name": "o.proto", "package": "o", "syntax": "proto3", "dependency": ["google/protobuf/descriptor.proto"],
			"messageType": [{"name": "Rule", "field": [{"name": "path", "number": 1, "label": "LABEL_OPTIONAL", "type": "TYPE_STRING"}]}],
			"extension": [{"name": "rule", "number": 50001, "label": "LABEL_OPTIONAL", "type": "TYPE_MESSAGE", "typeName": ".o.Rule", "extendee": ".google.protobuf.MethodOptions"}]},
		{"name": "s.proto", "package": "s", "syntax": "proto3", "dependency": ["o.proto"], "messageType": [{"name": "M"}],
			"service": [{"name": "S", "method": [{"name": "Do", "inputType": ".s.M", "outputType": ".s.M",
				"options": {"deprecated": true, "[o.rule]": {"path": "/x"}, "[o.unknown]": 1}}]}]}
	]}`
	descriptor, err := protojson.Marshal(protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto))
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Replace(image, "[", "["+string(descriptor)+",", 1)
	for _, text := range []string{image, whole} {
		path := writeFile(t, t.TempDir(), "image.json", text)
		d, err := mustLoad(t, load.Options{Files: []string{path}}).Describe(t.Context(), "s.S/Do")
		if err != nil || !strings.Contains(d.Text, `path: "/x"`) || !strings.Contains(d.Text, "deprecated = true") {
			t.Errorf("%+v, %v", d, err)
		}
	}
	missing := strings.Replace(image, `"name": "o.proto"`, `"name": "elsewhere.proto"`, 1)
	path := writeFile(t, t.TempDir(), "image.json", strings.Replace(missing, `"o.rule"`, `"o.none"`, 1))
	if _, err := mustLoad(t, load.Options{Files: []string{path}}).Describe(t.Context(), "s.S/Do"); err != nil {
		t.Error(err)
	}
}
