package features_test

import (
	"testing"

	"github.com/jhump/protoreflect/desc/protoparse"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/idlcall/idlcall/pkg/idl/internal/features"
)

const source = `edition = "2023";
import "google/protobuf/cpp_features.proto";
import "google/protobuf/java_features.proto";
option features.(pb.cpp).string_type = VIEW;
option features.(pb.java).utf8_validation = VERIFY;
message M { string s = 1; }
`

// TestParserUsesThem: protoparse found the files registered when it was initialised.
func TestParserUsesThem(t *testing.T) {
	parser := protoparse.Parser{Accessor: protoparse.FileContentsFromMap(map[string]string{"m.proto": source})}
	files, err := parser.ParseFiles("m.proto")
	if err != nil {
		t.Fatal(err)
	}
	deps := files[0].GetDependencies()
	if len(deps) != 2 {
		t.Fatalf("%d imports", len(deps))
	}
	for _, dep := range deps {
		ours, err := protoregistry.GlobalFiles.FindFileByPath(dep.GetName())
		if err != nil {
			t.Fatal(err)
		}
		if dep.UnwrapFile() != ours {
			t.Errorf("the parser has another %s", dep.GetName())
		}
	}
}

// TestFilesLink: each is a file that protodesc would link, and extends FeatureSet.
func TestFilesLink(t *testing.T) {
	for path, extension := range map[string]protoreflect.FullName{
		"google/protobuf/cpp_features.proto":  "pb.cpp",
		"google/protobuf/java_features.proto": "pb.java",
	} {
		fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := protodesc.NewFile(protodesc.ToFileDescriptorProto(fd), protoregistry.GlobalFiles); err != nil {
			t.Error(err)
		}
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(extension)
		if err != nil {
			t.Fatal(err)
		}
		if of := d.(protoreflect.ExtensionDescriptor).ContainingMessage().FullName(); of != "google.protobuf.FeatureSet" {
			t.Errorf("%s extends %s", extension, of)
		}
	}
}
