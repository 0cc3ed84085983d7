package load_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// The tree is 500 files with ten messages each, every file using some of the
// files before it, and root.proto that imports all of them and has a service
// with one method for each.
const (
	treeFiles    = 500
	treeMessages = 10
)

func writeFile(tb testing.TB, dir, name, text string) string {
	tb.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

func treeName(i int) string { return fmt.Sprintf("gen/p%d/file%d.proto", i%20, i) }

// writeTree returns the folder and the path of the root file.
func writeTree(tb testing.TB) (dir, root string) {
	tb.Helper()
	dir = tb.TempDir()
	var imports, methods strings.Builder
	for i := range treeFiles {
		writeFile(tb, dir, treeName(i), treeFile(i))
		fmt.Fprintf(&imports, "import %q;\n", treeName(i))
		fmt.Fprintf(&methods, "  // Method %d.\n  rpc M%d(gen.p%d.F%dM0) returns (stream .gen.p%d.F%dM1);\n", i, i, i%20, i, i%20, i)
	}
	root = writeFile(tb, dir, "root/root.proto",
		"syntax = \"proto3\";\npackage root;\n"+imports.String()+"service Root {\n"+methods.String()+"}\n")
	return dir, root
}

func treeFile(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// File %d.\nsyntax = \"proto3\";\n\npackage gen.p%d;\n\n", i, i%20)
	b.WriteString("import \"google/protobuf/timestamp.proto\";\n")
	if j := i / 2; j > 0 && j < i-1 {
		fmt.Fprintf(&b, "import %q;\n", treeName(j))
	}
	if i > 0 {
		fmt.Fprintf(&b, "import %q;\n", treeName(i-1))
	}
	for m := range treeMessages {
		fmt.Fprintf(&b, "\n// F%dM%d is a message { with a brace.\nmessage F%dM%d {\n", i, m, i, m)
		b.WriteString("  string name = 1; // \"the name\"\n  int64 id = 2;\n  repeated bytes blobs = 3;\n  google.protobuf.Timestamp at = 4;\n  map<string, Inner> inner = 5;\n  Kind kind = 6;\n")
		if m+1 < treeMessages && m%3 != 2 {
			fmt.Fprintf(&b, "  F%dM%d next = 7;\n", i, m+1)
		}
		if j := i / 2; j > 0 && j < i && m == 2 {
			fmt.Fprintf(&b, "  gen.p%d.F%dM5 other = 8;\n", j%20, j)
		}
		b.WriteString("  message Inner { string text = 1; oneof pick { bool yes = 2; double number = 3; } }\n  enum Kind { NONE = 0; SOME = 1; }\n}\n")
	}
	return b.String()
}

func writeSet(tb testing.TB, set *descriptorpb.FileDescriptorSet) string {
	tb.Helper()
	data, err := proto.Marshal(set)
	if err != nil {
		tb.Fatal(err)
	}
	return writeFile(tb, tb.TempDir(), "set.binpb", string(data))
}
