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

// TestBuiltinSets checks that the embedded sets are what their sources say; with
// -update it writes them.
func TestBuiltinSets(t *testing.T) {
	for name, c := range map[string]struct {
		embedded []byte
		files    []string
	}{
		"googlerpc.binpb": {googleRPC, []string{"google/rpc/code.proto", "google/rpc/error_details.proto", "google/rpc/status.proto"}},
		"googleapi.binpb": {googleAPI, []string{"google/api/http.proto", "google/api/annotations.proto", "google/api/httpbody.proto", "google/api/field_behavior.proto"}},
	} {
		want := builtinSet(t, c.files)
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if !bytes.Equal(want, c.embedded) {
			t.Errorf("%s is stale: go test -run TestBuiltinSets -update", name)
		}
	}
}

func builtinSet(t *testing.T, names []string) []byte {
	t.Helper()
	parser := protoparse.Parser{ImportPaths: []string{"../../load/testdata"}}
	files, err := parser.ParseFiles(names...)
	if err != nil {
		t.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, f := range files {
		set.File = append(set.File, f.AsFileDescriptorProto())
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
