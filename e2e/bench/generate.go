package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// inputs are the files that the cases read.
type inputs struct {
	dir       string
	proto     string // bench.proto
	set       string // its descriptor set
	root      string // the root of a tree of 500 files and 5,000 messages
	tree      string // its folder
	treeSet   string
	documents string // 100,000 small documents
	calls     string // 20,000 of them
	empty     string // one empty document
}

const (
	treeFiles    = 500
	treeMessages = 10 // in each file
	documents    = 100_000
	calls        = 20_000
)

func generate(dir string, p programs) (inputs, error) {
	in := inputs{
		dir: dir, proto: filepath.Join(dir, "bench.proto"), set: filepath.Join(dir, "bench.binpb"),
		tree: filepath.Join(dir, "tree"), root: filepath.Join(dir, "tree", "root.proto"),
		treeSet: filepath.Join(dir, "tree.binpb"), documents: filepath.Join(dir, "documents.ndjson"),
		calls: filepath.Join(dir, "calls.ndjson"), empty: filepath.Join(dir, "empty.json"),
	}
	if err := os.WriteFile(in.proto, []byte(benchProto), 0o644); err != nil {
		return in, err
	}
	if err := writeTree(in.tree); err != nil {
		return in, err
	}
	var docs bytes.Buffer
	few := 0
	for i := range documents {
		if i == calls {
			few = docs.Len()
		}
		fmt.Fprintf(&docs, "{\"id\":\"%d\",\"name\":\"some name\",\"ok\":true}\n", i)
	}
	for name, text := range map[string][]byte{in.documents: docs.Bytes(), in.calls: docs.Bytes()[:few], in.empty: []byte("{}")} {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return in, err
		}
	}
	for _, args := range [][]string{
		{"-import-path", dir, "-proto", "bench.proto", "-protoset-out", in.set, "describe", "bench.Bench"},
		{"-import-path", in.tree, "-proto", "root.proto", "-protoset-out", in.treeSet, "describe", "tree.Root"},
	} {
		if out, err := exec.Command(p.grpcurl, args...).CombinedOutput(); err != nil {
			return in, fmt.Errorf("grpcurl %v: %w\n%s", args, err, out)
		}
	}
	return in, nil
}

// writeTree writes files that import each other and a root that imports all. The
// root's methods need the messages of a few of them each, but for one that needs all.
func writeTree(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root := bytes.NewBufferString("syntax = \"proto3\";\npackage tree;\n")
	for f := range treeFiles {
		var b bytes.Buffer
		fmt.Fprintf(&b, "syntax = \"proto3\";\npackage tree.f%d;\n", f)
		if f > 0 {
			fmt.Fprintf(&b, "import \"file%d.proto\";\n", f/2)
		}
		for m := range treeMessages {
			fmt.Fprintf(&b, "// Message%d is one of many.\nmessage Message%d {\n", m, m)
			for n := 1; n <= 8; n++ {
				fmt.Fprintf(&b, "  string field_%d = %d; // some text\n", n, n)
			}
			if f > 0 && m == 0 {
				fmt.Fprintf(&b, "  tree.f%d.Message%d other = 9;\n", f/2, m)
			}
			if m > 0 {
				fmt.Fprintf(&b, "  repeated Message%d children = 10;\n", m-1)
			}
			fmt.Fprintf(&b, "  enum Kind { UNKNOWN = 0; ONE = 1; }\n  Kind kind = 11;\n  map<string, int64> counts = 12;\n}\n")
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file%d.proto", f)), b.Bytes(), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(root, "import \"file%d.proto\";\n", f)
	}
	fmt.Fprintf(root, "message Whole {\n")
	for f := range treeFiles {
		fmt.Fprintf(root, "  tree.f%d.Message%d f%d = %d;\n", f, treeMessages-1, f, f+1)
	}
	fmt.Fprintf(root, "}\nservice Root {\n  rpc All(Whole) returns (Whole);\n")
	for f := range treeFiles {
		fmt.Fprintf(root, "  rpc Call%d(tree.f%d.Message0) returns (tree.f%d.Message0);\n", f, f, f)
	}
	fmt.Fprintf(root, "}\n")
	return os.WriteFile(filepath.Join(dir, "root.proto"), root.Bytes(), 0o644)
}
