package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/idlcall/idlcall"

// TestLeanBinary keeps out of the tool what every start would pay for.
func TestLeanBinary(t *testing.T) {
	t.Parallel()
	banned := []string{
		"google.golang.org/grpc", "github.com/cloudwego/kitex", "github.com/cloudwego/dynamicgo",
		"github.com/bytedance/sonic", "github.com/apache/thrift",
	}
	for _, p := range packages(t, "-deps", ".") {
		for _, b := range banned {
			if within(p.ImportPath, b) {
				t.Errorf("the binary links %s", p.ImportPath)
			}
		}
	}
}

// mayImport are the edges between the tool's packages.
var mayImport = map[string][]string{
	"":                  {"cmd", "pkg/startup/early"},
	"cmd/idlcall-kitex": {"cmd", "pkg/kitexjson", "pkg/startup/early"},
	"pkg/startup":       {},
	"pkg/startup/early": {"pkg/startup"},
	"deploy/source":     {},
	"cmd": {
		"pkg/bench", "pkg/bench/report", "pkg/bench/rpc", "pkg/cache", "pkg/session", "pkg/call", "pkg/config", "pkg/diff", "pkg/fields", "pkg/format", "pkg/health", "pkg/idl", "pkg/idl/load", "pkg/idl/thrift",
		"pkg/gateway", "pkg/jq", "pkg/proxy", "pkg/proxy/decode", "pkg/proxy/record", "pkg/proxy/translate", "pkg/serve", "pkg/serve/certs", "pkg/serve/mock", "pkg/serve/record", "pkg/shape", "pkg/shell", "pkg/shell/editor", "pkg/shell/fill", "pkg/startup", "pkg/stream", "pkg/suite", "pkg/suite/report", "pkg/suite/run", "pkg/terminal", "pkg/yamldoc",
	},
	"pkg/bench":             {"pkg/bench/histogram", "pkg/stream"},
	"pkg/bench/histogram":   {},
	"pkg/bench/report":      {"pkg/bench", "pkg/bench/histogram", "pkg/terminal"},
	"pkg/bench/rpc":         {"pkg/bench", "pkg/format", "pkg/jq", "pkg/session", "pkg/stream"},
	"pkg/gateway":           {"pkg/fields", "pkg/format", "pkg/idl", "pkg/idl/thrift", "pkg/session", "pkg/stream"},
	"pkg/session":           {"pkg/call", "pkg/call/client", "pkg/serve/demo", "pkg/format", "pkg/idl", "pkg/idl/load", "pkg/stream"},
	"pkg/serve":             {"pkg/stream", "pkg/internal/compress", "pkg/internal/grow", "pkg/internal/wire", "pkg/serve/internal/h2"},
	"pkg/serve/internal/h2": {"pkg/internal/outbox"},
	"pkg/kitexjson":         {"pkg/format", "pkg/idl", "pkg/idl/load", "pkg/idl/thrift", "pkg/stream", "pkg/terminal"},
	"pkg/format": {
		"pkg/idl", "pkg/idl/thrift", "pkg/stream",
		"pkg/format/internal/jsontext", "pkg/format/internal/kitexmap", "pkg/format/internal/protojson", "pkg/format/internal/thriftjson",
	},
	"pkg/idl":                {"pkg/stream", "pkg/idl/internal/seal"},
	"pkg/serve/skeleton":     {"pkg/serve", "pkg/format", "pkg/idl", "pkg/idl/thrift", "pkg/stream"},
	"pkg/serve/certs":        {},
	"pkg/serve/demo":         {"pkg/serve", "pkg/serve/health", "pkg/serve/skeleton", "pkg/format", "pkg/idl", "pkg/idl/load", "pkg/idl/thrift", "pkg/stream"},
	"pkg/serve/health":       {"pkg/serve", "pkg/serve/skeleton", "pkg/format", "pkg/idl/load", "pkg/stream"},
	"pkg/serve/mock":         {"pkg/serve", "pkg/serve/health", "pkg/serve/reflection", "pkg/serve/sample", "pkg/serve/skeleton", "pkg/format", "pkg/idl", "pkg/idl/load", "pkg/idl/thrift", "pkg/jq", "pkg/stream", "pkg/yamldoc"},
	"pkg/serve/record":       {"pkg/internal/wholefile", "pkg/serve", "pkg/serve/skeleton", "pkg/format", "pkg/idl", "pkg/session", "pkg/stream", "pkg/yamldoc"},
	"pkg/serve/reflection":   {"pkg/serve", "pkg/idl", "pkg/idl/load", "pkg/internal/wire", "pkg/stream"},
	"pkg/serve/sample":       {"pkg/idl", "pkg/idl/thrift"},
	"pkg/proxy":              {"pkg/stream"},
	"pkg/proxy/decode":       {"pkg/call", "pkg/format", "pkg/idl", "pkg/internal/compress", "pkg/internal/wire", "pkg/proxy", "pkg/session", "pkg/stream"},
	"pkg/proxy/translate":    {"pkg/call", "pkg/format", "pkg/idl", "pkg/idl/thrift", "pkg/internal/wire", "pkg/proxy", "pkg/serve", "pkg/session", "pkg/stream"},
	"pkg/proxy/record":       {"pkg/internal/wholefile", "pkg/internal/wire", "pkg/proxy", "pkg/proxy/decode", "pkg/stream"},
	"pkg/stream":             {},
	"pkg/cache":              {},
	"pkg/diff":               {"pkg/idl", "pkg/idl/thrift", "pkg/stream"},
	"pkg/internal/wire":      {},
	"pkg/internal/wholefile": {},
	"pkg/internal/outbox":    {},
	"pkg/internal/grow":      {},
	"pkg/internal/compress":  {"pkg/internal/grow", "pkg/internal/wire"},
	"pkg/terminal":           {},
	"pkg/jq":                 {"pkg/stream"},
	"pkg/config":             {"pkg/idl", "pkg/stream", "pkg/yamldoc"},
	"pkg/health":             {"pkg/idl/load", "pkg/session", "pkg/stream"},
	"pkg/fields":             {"pkg/idl", "pkg/shape", "pkg/stream"},
	"pkg/shape":              {"pkg/idl", "pkg/idl/thrift", "pkg/stream"},
	"pkg/shell": {
		"pkg/call", "pkg/fields", "pkg/format", "pkg/idl", "pkg/idl/thrift", "pkg/internal/wholefile", "pkg/internal/wire", "pkg/jq", "pkg/proxy", "pkg/proxy/decode",
		"pkg/proxy/record", "pkg/session", "pkg/shape", "pkg/shell/document", "pkg/shell/editor", "pkg/shell/fill", "pkg/stream", "pkg/terminal",
	},
	"pkg/shell/document": {"pkg/idl", "pkg/shape"},
	"pkg/shell/editor":   {"pkg/terminal"},
	"pkg/shell/fill":     {"pkg/format", "pkg/idl", "pkg/shape", "pkg/stream"},
	"pkg/yamldoc":        {"pkg/idl", "pkg/stream"},
	"pkg/suite":          {"pkg/jq", "pkg/stream", "pkg/yamldoc"},
	"pkg/suite/run":      {"pkg/suite", "pkg/fields", "pkg/format", "pkg/jq", "pkg/session", "pkg/stream", "pkg/yamldoc"},
	"pkg/suite/report":   {"pkg/suite", "pkg/suite/run", "pkg/terminal", "pkg/yamldoc"},

	// The rooms of call: client has the table of transports, each below may use those
	// above it.
	"pkg/call":                   {"pkg/call/internal/fault", "pkg/stream"},
	"pkg/call/client":            {"pkg/call", "pkg/internal/compress", "pkg/call/internal/connect", "pkg/call/internal/dial", "pkg/call/internal/grpc", "pkg/call/internal/kitex", "pkg/call/internal/thrift", "pkg/call/internal/ttstream", "pkg/call/internal/web", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/calltest":          {"pkg/call", "pkg/call/client", "pkg/stream"},
	"pkg/call/internal/fault":    {"pkg/stream"},
	"pkg/call/internal/gate":     {},
	"pkg/call/internal/foreign":  {"pkg/call", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/internal/dial":     {"pkg/call", "pkg/call/internal/fault", "pkg/call/internal/foreign", "pkg/stream"},
	"pkg/call/internal/web":      {"pkg/call", "pkg/call/internal/fault", "pkg/call/internal/foreign", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/internal/kitex":    {"pkg/call", "pkg/call/internal/web", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/internal/h1":       {"pkg/call", "pkg/call/internal/dial", "pkg/call/internal/fault", "pkg/call/internal/gate", "pkg/internal/grow", "pkg/call/internal/web", "pkg/stream"},
	"pkg/call/internal/h2":       {"pkg/call", "pkg/call/internal/dial", "pkg/call/internal/fault", "pkg/call/internal/foreign", "pkg/internal/outbox", "pkg/call/internal/web", "pkg/stream"},
	"pkg/call/internal/pool":     {"pkg/call", "pkg/call/internal/dial", "pkg/call/internal/fault", "pkg/call/internal/gate", "pkg/call/internal/h1", "pkg/call/internal/h2", "pkg/call/internal/web", "pkg/stream"},
	"pkg/call/internal/envelope": {"pkg/call", "pkg/internal/compress", "pkg/call/internal/fault", "pkg/call/internal/pool", "pkg/call/internal/web", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/internal/grpc":     {"pkg/call", "pkg/internal/compress", "pkg/call/internal/dial", "pkg/call/internal/envelope", "pkg/call/internal/fault", "pkg/call/internal/foreign", "pkg/call/internal/kitex", "pkg/call/internal/pool", "pkg/call/internal/web", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/internal/connect":  {"pkg/call", "pkg/internal/compress", "pkg/call/internal/dial", "pkg/call/internal/envelope", "pkg/call/internal/fault", "pkg/call/internal/foreign", "pkg/call/internal/kitex", "pkg/call/internal/pool", "pkg/call/internal/web", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/internal/thrift":   {"pkg/call", "pkg/call/internal/dial", "pkg/call/internal/fault", "pkg/call/internal/foreign", "pkg/call/internal/gate", "pkg/internal/grow", "pkg/call/internal/h1", "pkg/call/internal/kitex", "pkg/call/internal/web", "pkg/internal/wire", "pkg/stream"},
	"pkg/call/internal/ttstream": {"pkg/call", "pkg/call/internal/dial", "pkg/call/internal/fault", "pkg/call/internal/gate", "pkg/call/internal/kitex", "pkg/internal/outbox", "pkg/call/internal/thrift", "pkg/internal/wire", "pkg/stream"},

	"pkg/format/internal/jsontext":   {"pkg/idl", "pkg/terminal"},
	"pkg/format/internal/kitexmap":   {"pkg/format/internal/jsontext", "pkg/idl/thrift", "pkg/internal/wire"},
	"pkg/format/internal/protojson":  {"pkg/format/internal/jsontext", "pkg/idl", "pkg/terminal"},
	"pkg/format/internal/thriftjson": {"pkg/format/internal/jsontext", "pkg/idl", "pkg/idl/thrift", "pkg/stream", "pkg/internal/wire"},

	"pkg/idl/load": {
		"pkg/cache", "pkg/stream", "pkg/idl", "pkg/idl/thrift", "pkg/idl/internal/source", "pkg/idl/internal/names",
		"pkg/idl/internal/protoidl", "pkg/idl/internal/reflection", "pkg/idl/internal/thriftidl",
	},
	"pkg/idl/thrift": {"pkg/idl/internal/seal", "pkg/internal/wire"},
	"pkg/idl/internal/protoidl": {
		"pkg/cache", "pkg/stream", "pkg/idl", "pkg/idl/internal/source", "pkg/idl/internal/names", "pkg/idl/internal/lock",
		"pkg/idl/internal/protoplain", "pkg/idl/internal/protoscan", "pkg/idl/internal/mend", "pkg/idl/internal/rawdesc", "pkg/idl/internal/protoprint",
		"pkg/idl/internal/features",
	},
	"pkg/idl/internal/features":   {},
	"pkg/idl/internal/protolex":   {"pkg/idl/internal/source"},
	"pkg/idl/internal/protoplain": {"pkg/idl/internal/source", "pkg/idl/internal/names", "pkg/idl/internal/protolex", "pkg/idl/internal/protoprint"},
	"pkg/idl/internal/protoscan":  {"pkg/idl/internal/source", "pkg/idl/internal/names", "pkg/idl/internal/protolex", "pkg/idl/internal/rawdesc"},
	"pkg/idl/internal/thriftidl":  {"pkg/stream", "pkg/idl", "pkg/idl/thrift", "pkg/idl/internal/source", "pkg/idl/internal/names"},
	"pkg/idl/internal/reflection": {"pkg/cache", "pkg/stream", "pkg/idl", "pkg/idl/internal/rawdesc"},
	"pkg/idl/internal/source":     {"pkg/idl"},
	"pkg/idl/internal/names":      {"pkg/idl"},
	"pkg/idl/internal/mend":       {"pkg/idl/internal/names", "pkg/idl/internal/protoprint"},
	"pkg/idl/internal/rawdesc":    {"pkg/internal/wire"},
	"pkg/idl/internal/protoprint": {"pkg/terminal"},
	"pkg/idl/internal/seal":       {},
	"pkg/idl/internal/lock":       {},
}

// onlyIn are packages that only these packages of ours may import.
var onlyIn = map[string][]string{
	"github.com/spf13/cobra":  {"cmd"},
	"github.com/spf13/pflag":  {"cmd"},
	"github.com/HdrHistogram": {"pkg/bench/histogram"},
	"github.com/rivo/uniseg":  {"pkg/terminal"},
	"github.com/itchyny":      {"pkg/jq"},
	"github.com/goccy":        {"pkg/yamldoc"},
	"github.com/reeflective":  {"pkg/shell/editor"},
	"golang.org/x/net/http2": {
		"pkg/call", "pkg/call/internal/web", "pkg/call/internal/h1", "pkg/call/internal/h2", "pkg/call/internal/kitex", "pkg/call/internal/pool",
		"pkg/call/internal/grpc", "pkg/call/internal/connect", "pkg/call/internal/thrift", "pkg/proxy/decode", "pkg/serve", "pkg/serve/internal/h2",
	},
	"github.com/jhump":               {"pkg/idl/internal/protoidl"},
	"github.com/cloudwego/dynamicgo": {"pkg/kitexjson"},
}

// TestImportDirections holds the packages to the edges that are allowed.
func TestImportDirections(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, p := range packages(t, "./...") {
		from := ours(p.ImportPath)
		allowed, known := mayImport[from]
		if !known {
			t.Errorf("package %s has no import rules: add it to mayImport", p.ImportPath)
			continue
		}
		seen++
		for _, path := range p.Imports {
			if within(path, module) && ours(path) != from && !slices.Contains(allowed, ours(path)) {
				t.Errorf("%s must not import %s", p.ImportPath, path)
			}
			if from == "pkg/stream" && strings.Contains(path, ".") {
				t.Errorf("%s must import the standard library only, not %s", p.ImportPath, path)
			}
			for other, users := range onlyIn {
				if within(path, other) && !slices.Contains(users, from) {
					t.Errorf("%s must not import %s: only %v may", p.ImportPath, path, users)
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d packages were checked", seen)
	}
}

// ours is the name of one of our packages in mayImport.
func ours(path string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	if within(name, "pkg/internal/wire") {
		return "pkg/internal/wire"
	}
	return name
}

// within reports whether path is parent or below it.
func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

// goPackage is what go list prints.
type goPackage struct {
	ImportPath string
	Imports    []string
}

// packages lists packages of the tool's own module. With a profile each would be
// listed as made for one program: "cmd [github.com/idlcall/idlcall]".
func packages(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-pgo=off", "-json=ImportPath,Imports"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
