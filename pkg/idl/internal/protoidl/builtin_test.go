package protoidl

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

var update = flag.Bool("update", false, "rewrite generated files")

// TestBuiltinSet checks that the embedded set is what its sources say; with
// -update it writes it.
func TestBuiltinSet(t *testing.T) {
	parser := protoparse.Parser{ImportPaths: []string{"../../load/testdata"}}
	files, err := parser.ParseFiles("google/rpc/code.proto", "google/rpc/error_details.proto", "google/rpc/status.proto")
	if err != nil {
		t.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, f := range files {
		set.File = append(set.File, f.AsFileDescriptorProto())
	}
	want, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("googlerpc.binpb", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want, googleRPC) {
		t.Error("googlerpc.binpb is stale: go test -run TestBuiltinSet -update")
	}
}
