package load_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// many is how often things are nested that the parser, and what comes behind it,
// would walk by calling themselves.
const many = 200_000

func nested(open, inside, close string) string {
	return strings.Repeat(open, many) + inside + strings.Repeat(close, many)
}

// Text that is nested without end is refused, whatever is nested.
func TestDepthOfText(t *testing.T) {
	const service = " service S { rpc Do(M) returns (M); }"
	const value = `import "google/protobuf/descriptor.proto"; message R { repeated R r = 1; } extend google.protobuf.MessageOptions { R o = 50000; } `
	for name, text := range map[string]string{
		"messages":       "message M { " + nested("message M {", "", "}") + "}",
		"groups":         "message M { " + nested("optional group G = 1 {", "", "}") + "}",
		"oneofs":         "message M { " + nested("oneof o {", "", "}") + "}",
		"extends":        "message M { " + nested("extend M { optional group G = 5 {", "", "}}") + "}",
		"option values":  value + "message M { option (o) = {" + nested("r: {", "", "}") + "}; }",
		"angle brackets": value + "message M { option (o) = {" + nested("r <", "", ">") + "}; }",
		"arrays":         value + "message M { option (o) = {r: " + nested("[", "", "]") + "}; }",
		"parentheses":    "message M { option " + nested("(", "x", ")") + " = 1; }",
		"open":           "message M { " + strings.Repeat("message M {", many),
		"a name":         "message M { optional " + strings.Repeat("a.", many) + "b x = 1; }",
		"a package":      "package " + strings.Repeat("a.", many) + "b; message M {}",
		"an option":      "message M { option " + strings.Repeat("a.", many) + "b = 1; }",
		"a method":       "message M {} service T { rpc Do(" + strings.Repeat("a.", many) + "M) returns (M); }",
		"imports":        strings.Repeat(`import "a.proto"; `, many) + "message M {}",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "x.proto", Text: `syntax = "proto2"; ` + text + service}}})
			if err == nil {
				_, err = s.Message(t.Context(), "M")
			}
			if name == "a method" && err == nil {
				_, err = s.Method(t.Context(), "T/Do")
			}
			if _, ok := errors.AsType[*idl.ParseError](err); !ok {
				t.Fatalf("got %.300v", err)
			}
		})
	}
}

// Encoded messages too; what protobuf itself takes is taken.
func TestDepthOfDescriptors(t *testing.T) {
	for depth, ok := range map[int]bool{many: false, 120: true} {
		data := protowire.AppendBytes([]byte{1<<3 | 2}, deepFile(depth))
		path := writeFile(t, t.TempDir(), "x.binpb", string(data))
		_, err := mustLoad(t, load.Options{Files: []string{path}}).Method(t.Context(), "t.S/Do")
		if (err == nil) != ok || err != nil && !errors.As(err, new(*idl.DescriptorError)) {
			t.Errorf("depth %d: %v", depth, err)
		}
	}
}

// deepFile is an encoded file with messages in messages.
func deepFile(depth int) []byte {
	name := field(1, []byte("M"))
	parts := [][]byte{name}
	size := len(name)
	for range depth {
		head := protowire.AppendVarint(append(append([]byte{}, name...), 3<<3|2), uint64(size))
		parts = append(parts, head)
		size += len(head)
	}
	message := protowire.AppendVarint([]byte{4<<3 | 2}, uint64(size))
	for _, part := range slices.Backward(parts) {
		message = append(message, part...)
	}
	method := append(field(1, []byte("Do")), append(field(2, []byte(".t.M")), field(3, []byte(".t.M"))...)...)
	service := append(field(1, []byte("S")), field(2, method)...)
	file := append(field(1, []byte("a.proto")), field(2, []byte("t"))...)
	return append(append(file, message...), field(6, service)...)
}

// Long chains of imports are no nesting, and cycles end.
func TestImportChains(t *testing.T) {
	dir := t.TempDir()
	const files = 1000
	for i := range files {
		text := fmt.Sprintf(`syntax = "proto3"; package t; import public "f%d.proto"; message M%d { M%d f = 1; }`, i+1, i, i+1)
		if i == files-1 {
			text = fmt.Sprintf(`syntax = "proto3"; package t; message M%d {}`, i)
		}
		writeFile(t, dir, fmt.Sprintf("f%d.proto", i), text)
	}
	if _, err := mustLoad(t, load.Options{Files: []string{dir + "/f0.proto"}}).Message(t.Context(), "t.M0"); err != nil {
		t.Error(err)
	}
	writeFile(t, dir, "cycle/a.proto", `syntax = "proto3"; import public "b.proto"; message A { B b = 1; }`)
	writeFile(t, dir, "cycle/b.proto", `syntax = "proto3"; import public "a.proto"; message B { A a = 1; }`)
	_, err := mustLoad(t, load.Options{Files: []string{dir + "/cycle/a.proto"}}).Message(t.Context(), "A")
	if err == nil || !strings.Contains(err.Error(), "cycle") {
		t.Errorf("cycle: %v", err)
	}
}
