package diff_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/diff"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// A case whose texts are messages only is of proto3, with a method that sends and returns M.
const proto3Head = "syntax = \"proto3\"; package p; service S { rpc Do(M) returns (M); }\n"

func protoText(text string) string {
	if strings.HasPrefix(text, "syntax") {
		return text
	}
	return proto3Head + text
}

// found are the rules of findings, with what they break.
func found(t *testing.T, name, from, to string, o diff.Options) []string {
	t.Helper()
	report := compare(t, o, load.Text{Name: name, Text: from}, load.Text{Name: name, Text: to})
	list := []string{}
	for _, f := range report.Findings {
		line := fmt.Sprintf("%s %s", f.Rule, f.Symbol)
		if f.Wire {
			line += " wire"
		}
		if f.JSON {
			line += " json"
		}
		if f.Old.Line == 0 || f.Now != "" && f.New.Line == 0 || !strings.HasPrefix(f.Message, f.Symbol) {
			t.Errorf("%+v lacks a place or its symbol", f)
		}
		list = append(list, line)
	}
	return list
}

// protoCase is a change and what it breaks.
type protoCase struct {
	name, from, to string
	want           []string
	// wire and json are the rules of "buf breaking" v1.73.0 with its categories WIRE and
	// WIRE_JSON, recorded.
	wire, json string
	// differs says why we do not judge as buf does.
	differs string
}

const proto2Head = `syntax = "proto2"; package p; service S { rpc Do(M) returns (R); } `

const otherSign = "the wire casts what does not fit, JSON refuses it"

var protoCases = []protoCase{
	{name: "nothing", from: "message M { int32 a = 1; }", to: "message M { int32 a = 1; }"},
	{name: "comments, order and files", from: "message M { int32 a = 1; string b = 2; }", to: "// M\nmessage M { string b = 2; int32 a = 1; }"},
	{name: "additions", from: "message M { E a = 1; } enum E { Z = 0; }", to: "message M { E a = 1; int32 b = 2; } enum E { Z = 0; ONE = 1; } message N {}"},
	{name: "field removed", wire: "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", json: "FIELD_NO_DELETE_UNLESS_NAME_RESERVED FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", from: "message M { int32 a = 1; int32 b = 2; }", to: "message M { int32 a = 1; }", want: []string{"field-removed p.M.b wire json"}},
	{
		name: "field removed, reserved", from: "message M { int32 a = 1; int32 b = 2; }", to: "message M { int32 a = 1; reserved 2; reserved \"b\"; }",
		want: []string{"field-removed p.M.b wire json"}, differs: "reserving protects those to come; a client of OLD still sends and misses it",
	},
	{name: "renumbered", wire: "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", json: "FIELD_NO_DELETE_UNLESS_NAME_RESERVED FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", from: "message M { int32 a = 1; }", to: "message M { int32 a = 2; }", want: []string{"field-renumbered p.M.a wire"}},
	{name: "renumbered, swapped", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_SAME_JSON_NAME FIELD_SAME_NAME FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { int32 a = 1; string b = 2; }", to: "message M { int32 a = 2; string b = 1; }", want: []string{"field-renumbered p.M.a wire", "field-renumbered p.M.b wire"}},
	{name: "renamed", json: "FIELD_SAME_JSON_NAME FIELD_SAME_NAME", from: "message M { int32 a = 1; }", to: "message M { int32 b = 1; }", want: []string{"field-renamed p.M.a json"}},
	{
		name: "renamed, JSON name kept", json: "FIELD_SAME_NAME", from: "message M { int32 a = 1; }", to: "message M { int32 b = 1 [json_name = \"a\"]; }",
		differs: "JSON has the same name in both directions",
	},
	{name: "JSON name changed", json: "FIELD_SAME_JSON_NAME", from: "message M { int32 a = 1; }", to: "message M { int32 a = 1 [json_name = \"b\"]; }", want: []string{"json-name-changed p.M.a json"}},
	{name: "int32 to uint32", from: "message M { int32 a = 1; }", to: "message M { uint32 a = 1; }", want: []string{"field-retyped p.M.a json"}, differs: otherSign},
	{name: "uint32 to int32", from: "message M { uint32 a = 1; }", to: "message M { int32 a = 1; }", want: []string{"field-retyped p.M.a json"}, differs: otherSign},
	{name: "int32 to int64", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { int32 a = 1; }", to: "message M { int64 a = 1; }", want: []string{"field-retyped p.M.a json"}},
	{name: "int64 to uint64", from: "message M { int64 a = 1; }", to: "message M { uint64 a = 1; }", want: []string{"field-retyped p.M.a json"}, differs: otherSign},
	{name: "uint32 to uint64", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { uint32 a = 1; }", to: "message M { uint64 a = 1; }", want: []string{"field-retyped p.M.a json"}},
	{name: "uint32 to int64", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { uint32 a = 1; }", to: "message M { int64 a = 1; }", want: []string{"field-retyped p.M.a json"}},
	{name: "keys of a map, uint32 to int32", from: "message M { map<uint32, bool> a = 1; }", to: "message M { map<int32, bool> a = 1; }", want: []string{"field-retyped p.M.a.key json"}, differs: otherSign},
	{name: "int32 to bool", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { int32 a = 1; }", to: "message M { bool a = 1; }", want: []string{"field-retyped p.M.a json"}},
	{name: "int32 to sint32", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { int32 a = 1; }", to: "message M { sint32 a = 1; }", want: []string{"field-retyped p.M.a wire"}},
	{name: "sint32 to sint64", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { sint32 a = 1; }", to: "message M { sint64 a = 1; }", want: []string{"field-retyped p.M.a json"}},
	{name: "fixed32 to sfixed32", from: "message M { fixed32 a = 1; }", to: "message M { sfixed32 a = 1; }", want: []string{"field-retyped p.M.a json"}, differs: otherSign},
	{name: "sfixed64 to fixed64", from: "message M { sfixed64 a = 1; }", to: "message M { fixed64 a = 1; }", want: []string{"field-retyped p.M.a json"}, differs: otherSign},
	{name: "fixed32 to fixed64", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { fixed32 a = 1; }", to: "message M { fixed64 a = 1; }", want: []string{"field-retyped p.M.a wire json"}},
	{name: "int32 to fixed32", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { int32 a = 1; }", to: "message M { fixed32 a = 1; }", want: []string{"field-retyped p.M.a wire json"}},
	{name: "float to double", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { float a = 1; }", to: "message M { double a = 1; }", want: []string{"field-retyped p.M.a wire"}},
	{name: "int32 to string", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { int32 a = 1; }", to: "message M { string a = 1; }", want: []string{"field-retyped p.M.a wire json"}},
	{name: "string to bytes", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { string a = 1; }", to: "message M { bytes a = 1; }", want: []string{"field-retyped p.M.a json"}},
	{name: "bytes to string", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { bytes a = 1; }", to: "message M { string a = 1; }", want: []string{"field-retyped p.M.a json"}, differs: "Protobuf's guide: compatible as long as the bytes are valid UTF-8"},
	{name: "message to bytes", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { N a = 1; } message N {}", to: "message M { bytes a = 1; } message N {}", want: []string{"field-retyped p.M.a json"}, differs: "Protobuf's guide: compatible where the bytes have an encoded message"},
	{name: "message to string", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { N a = 1; } message N {}", to: "message M { string a = 1; } message N {}", want: []string{"field-retyped p.M.a wire json"}},
	{name: "enum to int32", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { E a = 1; } enum E { Z = 0; }", to: "message M { int32 a = 1; } enum E { Z = 0; }", want: []string{"field-retyped p.M.a json"}, differs: "Protobuf's guide: compatible"},
	{name: "int64 to enum", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { int64 a = 1; } enum E { Z = 0; }", to: "message M { E a = 1; } enum E { Z = 0; }", want: []string{"field-retyped p.M.a json"}, differs: "Protobuf's guide: compatible"},
	{
		name: "message of another name, the same inside", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { N a = 1; } message N { int32 x = 1; }", to: "message M { O a = 1; } message N { int32 x = 1; } message O { int32 x = 1; }",
		differs: "names of messages are on no wire but in Any",
	},
	{
		name: "message of another name, another inside", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { N a = 1; } message N { int32 x = 1; }", to: "message M { O a = 1; } message N { int32 x = 1; } message O { string x = 1; }",
		want: []string{"field-retyped p.N.x wire json"},
	},
	{name: "singular to repeated string", wire: "FIELD_WIRE_COMPATIBLE_CARDINALITY", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY", from: "message M { string a = 1; }", to: "message M { repeated string a = 1; }", want: []string{"cardinality-changed p.M.a wire json"}},
	{name: "repeated to singular int", wire: "FIELD_WIRE_COMPATIBLE_CARDINALITY", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY", from: "message M { repeated int32 a = 1; }", to: "message M { int32 a = 1; }", want: []string{"cardinality-changed p.M.a wire json"}},
	{
		name: "singular to repeated in a request", wire: "FIELD_WIRE_COMPATIBLE_CARDINALITY", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY", from: `syntax = "proto3"; package p; service S { rpc Do(M) returns (R); } message M { string a = 1; } message R {}`,
		to:   `syntax = "proto3"; package p; service S { rpc Do(M) returns (R); } message M { repeated string a = 1; } message R {}`,
		want: []string{"cardinality-changed p.M.a json"}, differs: "a server that reads a list reads a single value too",
	},
	{
		name: "map to repeated", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { map<string, int32> a = 1; } message E { string key = 1; int32 value = 2; }", to: "message M { repeated E a = 1; } message E { string key = 1; int32 value = 2; }",
		want: []string{"cardinality-changed p.M.a json"}, differs: "Protobuf's guide: a map is a list of entries on the wire",
	},
	{name: "map value", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { map<string, int32> a = 1; }", to: "message M { map<string, string> a = 1; }", want: []string{"field-retyped p.M.a.value wire json"}},
	{name: "optional added", from: "message M { int32 a = 1; }", to: "message M { optional int32 a = 1; }"},
	{name: "into a new oneof alone", wire: "FIELD_SAME_ONEOF", json: "FIELD_SAME_ONEOF", from: "message M { int32 a = 1; }", to: "message M { oneof o { int32 a = 1; } }", differs: "whoever sets one field alone may set it in a oneof"},
	{
		name: "into a oneof together", wire: "FIELD_SAME_ONEOF", json: "FIELD_SAME_ONEOF", from: "message M { int32 a = 1; int32 b = 2; }", to: "message M { oneof o { int32 a = 1; int32 b = 2; } }",
		want: []string{"oneof-changed p.M.a wire json", "oneof-changed p.M.b wire json"},
	},
	{
		name: "out of a oneof", wire: "FIELD_SAME_ONEOF", json: "FIELD_SAME_ONEOF", from: "message M { oneof o { int32 a = 1; int32 b = 2; } }", to: "message M { int32 a = 1; oneof o { int32 b = 2; } }",
		want: []string{"oneof-changed p.M.a wire json", "oneof-changed p.M.b wire json"},
	},
	{name: "enum value removed", wire: "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", json: "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", from: "message M { E a = 1; } enum E { Z = 0; A = 1; }", to: "message M { E a = 1; } enum E { Z = 0; }", want: []string{"enum-value-removed p.E.A wire json"}},
	{
		name: "enum value removed from replies", wire: "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", json: "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", from: `syntax = "proto3"; package p; service S { rpc Do(R) returns (M); } message R {} message M { E a = 1; } enum E { Z = 0; A = 1; }`,
		to:      `syntax = "proto3"; package p; service S { rpc Do(R) returns (M); } message R {} message M { E a = 1; } enum E { Z = 0; }`,
		differs: "a server does not send what it does not have",
	},
	{name: "enum value renamed", json: "ENUM_VALUE_SAME_NAME", from: "message M { E a = 1; } enum E { Z = 0; A = 1; }", to: "message M { E a = 1; } enum E { Z = 0; B = 1; }", want: []string{"enum-value-renamed p.E.A json"}},
	{
		name: "enum value renamed, alias kept", from: "message M { E a = 1; } enum E { Z = 0; A = 1; }", to: "message M { E a = 1; } enum E { option allow_alias = true; Z = 0; A = 1; B = 1; }",
	},
	{
		name: "enum value renamed, alias behind", from: "message M { E a = 1; } enum E { Z = 0; A = 1; }", to: "message M { E a = 1; } enum E { option allow_alias = true; Z = 0; B = 1; A = 1; }",
		want: []string{"enum-value-renamed p.E.A json"}, differs: "a reply has the first of two names, which the client does not know",
	},
	{
		name: "enum value renumbered", wire: "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", json: "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", from: "message M { E a = 1; } enum E { Z = 0; A = 1; }", to: "message M { E a = 1; } enum E { Z = 0; A = 2; }",
		want: []string{"enum-value-renumbered p.E.A wire"},
	},
	{
		name: "enum value reused", json: "ENUM_VALUE_SAME_NAME", from: "message M { E a = 1; } enum E { Z = 0; A = 1; B = 2; }", to: "message M { E a = 1; } enum E { Z = 0; B = 1; A = 2; }",
		want: []string{"enum-value-reused p.E.A wire", "enum-value-reused p.E.B wire"}, differs: "what means another value is read as that",
	},
	{name: "method removed", from: proto3Head + "message M {}", to: `syntax = "proto3"; package p; service S {} message M {}`, want: []string{"method-removed p.S/Do wire json"}, differs: "WIRE of buf leaves methods to FILE and PACKAGE"},
	{name: "service removed", from: proto3Head + "message M {}", to: `syntax = "proto3"; package p; message M {}`, want: []string{"service-removed p.S wire json"}, differs: "WIRE of buf leaves services to FILE and PACKAGE"},
	{
		name: "streaming", wire: "RPC_SAME_CLIENT_STREAMING", json: "RPC_SAME_CLIENT_STREAMING", from: proto3Head + "message M {}", to: `syntax = "proto3"; package p; service S { rpc Do(stream M) returns (M); } message M {}`,
		want: []string{"streaming-changed p.S/Do wire json"},
	},
	{
		name: "side effects", wire: "RPC_SAME_IDEMPOTENCY_LEVEL", json: "RPC_SAME_IDEMPOTENCY_LEVEL", from: `syntax = "proto3"; package p; service S { rpc Do(M) returns (M) { option idempotency_level = NO_SIDE_EFFECTS; } } message M {}`, to: proto3Head + "message M {}",
		want: []string{"side-effects-added p.S/Do wire json"},
	},
	{
		name: "request of another type, the same inside", wire: "RPC_SAME_REQUEST_TYPE", json: "RPC_SAME_REQUEST_TYPE", from: proto3Head + "message M { int32 a = 1; }", to: `syntax = "proto3"; package p; service S { rpc Do(N) returns (M); } message M { int32 a = 1; } message N { int32 a = 1; }`,
		differs: "names of messages are on no wire but in Any",
	},
	{
		name: "type that no method uses", from: "message M {} message N { int32 a = 1; }", to: "message M {}",
	},
	{name: "required added", wire: "FIELD_WIRE_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", from: proto2Head + "message M { optional int32 a = 1; } message R {}", to: proto2Head + "message M { required int32 a = 1; } message R {}", want: []string{"required-added p.M.a wire json"}},
	{name: "new and required", wire: "MESSAGE_SAME_REQUIRED_FIELDS", json: "MESSAGE_SAME_REQUIRED_FIELDS", from: proto2Head + "message M { } message R {}", to: proto2Head + "message M { required int32 a = 1; } message R {}", want: []string{"required-added p.M wire json"}},
	{
		name: "required added to a reply", wire: "FIELD_WIRE_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", from: proto2Head + "message M { } message R { optional int32 a = 1; }", to: proto2Head + "message M { } message R { required int32 a = 1; }",
		differs: "the server sends it, and the client need not know",
	},
	{name: "required removed from a reply", wire: "FIELD_WIRE_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", from: proto2Head + "message M { } message R { required int32 a = 1; }", to: proto2Head + "message M { } message R { optional int32 a = 1; }", want: []string{"required-removed p.R.a wire json"}},
	{
		name: "required removed from a request", wire: "FIELD_WIRE_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", json: "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY MESSAGE_SAME_REQUIRED_FIELDS", from: proto2Head + "message M { required int32 a = 1; } message R { }", to: proto2Head + "message M { optional int32 a = 1; } message R { }",
		differs: "the client sends it all the same",
	},
	{
		name: "default", wire: "FIELD_SAME_DEFAULT", json: "FIELD_SAME_DEFAULT", from: proto2Head + "message M { optional int32 a = 1 [default = 1]; } message R {}", to: proto2Head + "message M { optional int32 a = 1 [default = 2]; } message R {}",
		want: []string{"default-changed p.M.a wire json"},
	},
	{
		name: "default of an enum", wire: "FIELD_SAME_DEFAULT", json: "FIELD_SAME_DEFAULT", from: proto2Head + "message M { optional E a = 1; } message R {} enum E { A = 1; B = 2; }", to: proto2Head + "message M { optional E a = 1; } message R {} enum E { B = 2; A = 1; }",
		want: []string{"default-changed p.M.a wire json"},
	},
	{
		name: "group to message", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: proto2Head + "message M { optional group G = 1 { optional int32 a = 1; } } message R {}", to: proto2Head + "message M { optional G g = 1; message G { optional int32 a = 1; } } message R {}",
		want: []string{"field-retyped p.M.g wire"},
	},
	{
		name: "well-known type", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: `syntax = "proto3"; package p; import "google/protobuf/timestamp.proto"; service S { rpc Do(M) returns (M); } message M { google.protobuf.Timestamp a = 1; }`,
		to:   `syntax = "proto3"; package p; service S { rpc Do(M) returns (M); } message T { int64 seconds = 1; int32 nanos = 2; } message M { T a = 1; }`,
		want: []string{"field-retyped p.M.a json"}, differs: "it has the same fields",
	},
	{name: "recursion", wire: "FIELD_WIRE_COMPATIBLE_TYPE", json: "FIELD_WIRE_JSON_COMPATIBLE_TYPE", from: "message M { M m = 1; repeated N n = 2; } message N { M m = 1; int32 a = 2; }", to: "message M { M m = 1; repeated N n = 2; } message N { M m = 1; string a = 2; }", want: []string{"field-retyped p.N.a wire json"}},
}

func TestProto(t *testing.T) {
	for _, c := range protoCases {
		t.Run(c.name, func(t *testing.T) {
			got := found(t, "x.proto", protoText(c.from), protoText(c.to), diff.Options{})
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
			broken := strings.Join(got, " ")
			same := (c.wire != "") == strings.Contains(broken, " wire") && (c.json != "") == (broken != "")
			if same != (c.differs == "") {
				t.Errorf("buf says %q, %q; we %q because %q", c.wire, c.json, got, c.differs)
			}
		})
	}
}

// TestBuf runs buf, where IDLCALL_BUF names it, and compares what it says with the record.
func TestBuf(t *testing.T) {
	buf := os.Getenv("IDLCALL_BUF")
	if buf == "" {
		t.Skip("IDLCALL_BUF does not name buf")
	}
	for _, c := range protoCases {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []struct{ category, want string }{{"WIRE", c.wire}, {"WIRE_JSON", c.json}} {
				if got := bufSays(t, buf, r.category, protoText(c.from), protoText(c.to)); got != r.want {
					t.Errorf("%s: buf says %q, recorded is %q", r.category, got, r.want)
				}
			}
		})
	}
}

func bufSays(t *testing.T, buf, category, from, to string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"old": from, "new": to} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "x.proto"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(buf, "breaking", "--against", "../old", "--error-format", "json", "--config", `{"version":"v2","breaking":{"use":["`+category+`"]}}`, "--against-config", `{"version":"v2"}`)
	c.Dir = filepath.Join(dir, "new")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, _ := c.Output()
	if stderr.Len() > 0 {
		t.Fatalf("buf: %s", &stderr)
	}
	var rules []string
	for line := range bytes.Lines(out) {
		var said struct{ Type string }
		if err := json.Unmarshal(line, &said); err != nil {
			t.Fatal(err)
		}
		rules = append(rules, said.Type)
	}
	slices.Sort(rules)
	return strings.Join(slices.Compact(rules), " ")
}
