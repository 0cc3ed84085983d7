package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/e2e/released"
)

// TestPatched builds idlcall from the tree that releases are built from, and holds it against one
// with dependencies as they are: it starts with less, and does the same.
func TestPatched(t *testing.T) {
	t.Parallel()
	patched, err := released.Build(t.TempDir(), "-pgo=off") // the profile takes long
	if err != nil {
		t.Fatal(err)
	}
	plain, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("initializes less", func(t *testing.T) {
		t.Parallel()
		testInitialized(t, patched)
	})
	for _, c := range patchedCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			is, want := runPatched(t, patched, c.stdin, c.args), runPatched(t, plain, c.stdin, c.args)
			if is != want {
				t.Errorf("patched:\n%s\nplain:\n%s", is, want)
			}
			if !strings.Contains(want, c.proof) {
				t.Errorf("nothing is proved without %q:\n%s", c.proof, want)
			}
		})
	}
	t.Run("keys and colours", func(t *testing.T) {
		t.Parallel()
		if is, want := typePatched(t, patched), typePatched(t, plain); is != want {
			t.Errorf("patched:\n%q\nplain:\n%q", is, want)
		}
	})
}

// patchedPackages are packages that a patch changes, and how often and
// how much each may allocate when it is initialized. One of the two was several times as much before.
var patchedPackages = map[string]struct{ allocs, bytes int }{
	"github.com/klauspost/compress/internal/snapref":                                        {3, 150},
	"github.com/klauspost/compress/zstd":                                                    {3, 150},
	"github.com/itchyny/gojq":                                                               {20, 3000},
	"google.golang.org/protobuf/internal/detrand":                                           {3, 150},
	"google.golang.org/protobuf/internal/encoding/json":                                     {6, 200},
	"google.golang.org/protobuf/internal/errors":                                            {3, 150},
	"google.golang.org/protobuf/reflect/protodesc":                                          {3, 150},
	"github.com/jhump/protoreflect/desc/protoparse/internal/protocompile/linker":            {9, 1000},
	"github.com/reeflective/readline/internal/color":                                        {3, 150},
	"github.com/reeflective/readline/internal/core":                                         {3, 150},
	"github.com/reeflective/readline/internal/display":                                      {3, 150},
	"github.com/reeflective/readline/internal/strutil":                                      {3, 150},
	"github.com/reeflective/readline/internal/keymap":                                       {60, 20000},
	"github.com/cloudwego/thriftgo/generator/golang/extension/meta":                         {3, 150},
	"github.com/cloudwego/thriftgo/parser":                                                  {3, 150},
	"github.com/cloudwego/thriftgo/pkg/reserved":                                            {3, 150},
	"github.com/jhump/protoreflect/desc/protoparse/internal/protocompile":                   {3, 150},
	"google.golang.org/protobuf/types/known/typepb":                                         {17, 4000},
	"google.golang.org/protobuf/types/descriptorpb":                                         {85, 28000},
	"google.golang.org/protobuf/types/gofeaturespb":                                         {15, 2000},
	"github.com/jhump/protoreflect/desc/protoparse/internal/protocompile/internal/editions": {10, 1000},
	"github.com/idlcall/idlcall/pkg/idl/internal/features":                                  {4, 400},
}

// mostInitialized is for all packages together, in bytes; they were 730,000.
const mostInitialized = 160 << 10

var initialized = regexp.MustCompile(`(?m)^init (\S+) @.*, ([0-9]+) bytes, ([0-9]+) allocs$`)

// testInitialized counts allocations, which are the same on each machine, unlike times.
func testInitialized(t *testing.T, program string) {
	c := exec.Command(program, "version")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	bytes, allocs := 0, 0
	for _, m := range initialized.FindAllStringSubmatch(stderr.String(), -1) {
		size, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		bytes, allocs = bytes+size, allocs+n
		if most, ok := patchedPackages[m[1]]; ok && (n > most.allocs || size > most.bytes) {
			t.Errorf("%s allocates %d bytes, %d times, when it is initialized: at most %d, %d", m[1], size, n, most.bytes, most.allocs)
		}
	}
	t.Logf("%d bytes, %d allocations", bytes, allocs)
	if bytes == 0 || bytes > mostInitialized {
		t.Errorf("packages allocate %d bytes when they are initialized: more than 0, at most %d", bytes, mostInitialized)
	}
}

// patchedCases go through what each patch changes. proof is something of what they print.
var patchedCases = []struct {
	name, stdin string
	args        []string
	proof       string
}{
	{"zstd", "", []string{"call", "demo", "UnaryEcho", "-d", `{"message": "` + strings.Repeat("long ", 99) + `"}`, "--compress", "zstd"}, "long long long"},
	{
		"Thrift's constants, default values and reserved words", "",
		[]string{
			"describe", "--idl-lang", "thrift", "--idl-string",
			`const map<string,i32> SIZES = {"a": 1} enum E { X = 3 } struct M { 1: i32 class = 7, 2: map<string,i32> sizes = SIZES, 3: E def = E.X, 4: string auto = "x" }`, "M",
		}, `auto`,
	},
	{
		"Thrift's default values in bytes", "",
		[]string{
			"convert", "--idl-lang", "thrift", "--idl-string",
			`const list<i32> FEW = [1, 2] struct M { 1: required i32 class = 7, 2: required list<i32> few = FEW }`, "--type", "M", "-d", "{}",
		}, "\n",
	},
	{
		"jq's builtins", "",
		[]string{
			"call", "demo", "UnaryEcho", "-d", `{"message": "hi"}`, "-q",
			`[to_entries[] | {(.key | ascii_upcase): (.value | @base64)}], (builtins | length), ([limit(3; range(9))] | map(. + 1) | @csv), ([1, [2]] | walk(if type == "array" then reverse else . end)), (.message |= ltrimstr("h"))`,
		}, `{"message":"i"}`,
	},
	{"no builtin of jq", "", []string{"call", "demo", "UnaryEcho", "-q", "nosuch(1)"}, "function not defined: nosuch/1"},
	{
		"edition 2023", "",
		[]string{
			"convert", "--idl-string", `edition = "2023"; message M { string s = 1 [features.field_presence = LEGACY_REQUIRED]; repeated int32 n = 2 [features.repeated_field_encoding = EXPANDED];
				repeated int32 p = 3; M sub = 4 [features.message_encoding = DELIMITED]; int32 i = 5 [features.field_presence = IMPLICIT]; enum E { option features.enum_type = CLOSED; A = 3; } E e = 6; int32 z = 7; }`,
			"--type", "M", "-d", `{"s": "x", "n": [1, 2], "p": [1, 2], "sub": {"s": "y"}, "i": 0, "e": "A", "z": 0}`,
		}, "0a0178100110021a0201022" + "30a017924" + "30033800",
	},
	{"proto2 and proto3", "", []string{
		"convert", "--idl-string", `syntax = "proto2"; message M { repeated int32 n = 1; optional int32 i = 2; required string s = 3; }`, "--type", "M", "-d", `{"n": [1, 2], "i": 0, "s": ""}`,
	}, "08010802" + "10001a00"},
	{
		"options", "",
		[]string{
			"describe", "-r", "--idl-string",
			`syntax = "proto2"; package p; option deprecated = true;
				message M { option deprecated = true; map<string, int32> m = 1; repeated int32 n = 2 [packed = true, deprecated = true, jstype = JS_NORMAL]; oneof o { string s = 3 [ctype = CORD]; } optional E e = 4; extensions 100 to 199 [verification = UNVERIFIED]; }
				extend M { optional int32 ext = 100 [deprecated = true]; } enum E { option allow_alias = true; A = 0; B = 0 [deprecated = true]; }
				service S { option deprecated = true; rpc Get(M) returns (M) { option idempotency_level = NO_SIDE_EFFECTS; } }`,
			"p.S",
		}, "idempotency_level = NO_SIDE_EFFECTS",
	},
	{
		"well-known types", "",
		[]string{
			"convert", "--idl-string",
			`syntax = "proto3"; import "google/protobuf/any.proto"; import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/field_mask.proto";
				message M { google.protobuf.Any any = 1; google.protobuf.Timestamp t = 2; google.protobuf.Struct s = 3; google.protobuf.Int64Value i = 4; google.protobuf.FieldMask mask = 5; }`,
			"--type", "M", "--to", "text", "-d",
			`{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.5s"}, "t": "2026-01-02T03:04:05Z", "s": {"a": [1, null]}, "i": "7", "mask": "aB,c"}`,
		}, "seconds: 1767323045",
	},
	{"descriptor.proto", "", []string{
		"describe", "--idl-string", `syntax = "proto3"; import "google/protobuf/descriptor.proto"; message M { google.protobuf.FeatureSet f = 1; }`, "google.protobuf.FeatureSet",
	}, "repeated_field_encoding"},
	{"features of other languages", "", []string{
		"describe", "--idl-string", `edition = "2023"; import "google/protobuf/cpp_features.proto"; import "google/protobuf/java_features.proto"; import "google/protobuf/go_features.proto";
			option features.(pb.java).utf8_validation = VERIFY; option features.(pb.go).api_level = API_OPEN; message M { string s = 1 [features.(pb.cpp).string_type = VIEW]; }`, "M",
	}, "VIEW"},
	{"reflection", "", []string{"describe", "--target", "demo", "UnaryEcho"}, "UnaryEcho"},
	{"no such import", "", []string{"describe", "--idl-string", `syntax = "proto3"; import "google/protobuf/nothing.proto"; message M { google.protobuf.Nothing n = 1; }`, "M"}, "google/protobuf/nothing.proto"},
	{"Protobuf's JSON", `{"file": [ nul ]}`, []string{"list", "--idl", "-"}, "invalid value nul"},
	{"the linker, for a mistake", "", []string{"describe", "--idl-string", `syntax = "proto3"; message M { Nothing n = 1; }`, "M"}, "1:32: field M.n: unknown type Nothing"},
	{
		"the linker, for an option", "",
		[]string{
			"describe", "--idl-string",
			`syntax = "proto3"; package p; import "google/protobuf/descriptor.proto"; extend google.protobuf.FieldOptions { string opt = 50000; } message M { int32 i = 1 [(opt) = "x"]; }`, "p.M",
		}, `[(.p.opt) = "x"]`,
	},
}

// runPatched is all that a run prints, and its exit code. Protobuf has errors with one of two kinds
// of spaces, by a sum of the program.
func runPatched(t *testing.T, program, stdin string, args []string) string {
	t.Helper()
	c := exec.Command(program, args...)
	c.Stdin = strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), "\u00a0", " ") + "exit code " + strconv.Itoa(c.ProcessState.ExitCode())
}

// typePatched is what a shell shows, colours included, after keys of emacs and of vi, and completions.
func typePatched(t *testing.T, program string) string {
	t.Helper()
	s := openShellOf(t, program, 80, 24, ".", filepath.Join(t.TempDir(), "history"), "demo")
	s.line(`UnaryEcho {"message": "one"}`)
	s.until(`{"message":"one"}`)
	s.types("lost")
	s.keys("C-a", "C-k", "Up", "M-b", "M-b", "C-e")
	s.until("demo> UnaryEcho {\"message\": \"one\"}\n")
	s.keys("C-c")
	s.line(":keys vi")
	s.until("demo> :keys vi\ndemo>")
	line := `UnaryEcho {"message": "abcd"}`
	s.types(line)
	// A key that comes with Escape would be one with Alt.
	column := func(want int) {
		s.untilIt("has its cursor there", func(string) bool { is, _ := s.cursor(); return is == want })
	}
	end := len("demo> " + line)
	column(end)
	s.keys("Escape")
	column(end - 1)
	s.keys("h", "h", "x", "Enter")
	s.until(`{"message":"abc"}`)
	s.types("Bu")
	s.keys("Tab")
	s.until("> Buy")
	column(len("demo> Buy "))
	s.keys("Escape")
	column(len("demo> Buy"))
	s.keys("0", "D")
	column(len("demo> "))
	return s.painted()
}
