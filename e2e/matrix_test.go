package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// grid is a matrix of scripts: ways of speaking to a server, kinds of methods, and
// outcomes. Each cell is the script OUTCOME_KIND.txtar of a folder, run over the
// way; a cell without a script is a failure.
type grid struct {
	folder   string
	ways     []string
	kinds    []string
	outcomes []string
	// notApplicable is why a cell cannot be; "" where it can.
	notApplicable func(way, kind, outcome string) string
	// variables are those that differ from way to way: the targets, and the flags by
	// way of their environment variables. $CELL is a name of the cell.
	variables func(t *testing.T, way string) map[string]string
}

var kinds = []string{"unary", "client", "server", "bidi"}

var grids = []*grid{&transportGrid, &streamGrid}

func (g *grid) script(outcome, kind string) string {
	return filepath.Join("testdata", g.folder, outcome+"_"+kind+".txtar")
}

// run runs each cell.
func (g *grid) run(t *testing.T) {
	t.Parallel()
	for _, way := range g.ways {
		for _, kind := range g.kinds {
			for _, outcome := range g.outcomes {
				t.Run(way+"/"+kind+"/"+outcome, func(t *testing.T) {
					t.Parallel()
					if why := g.notApplicable(way, kind, outcome); why != "" {
						t.Skip(why)
					}
					script := g.script(outcome, kind)
					if _, err := os.Stat(script); err != nil {
						t.Fatal("missing cell: ", err)
					}
					v := g.variables(t, way)
					v["CELL"] = strings.Join([]string{way, kind, outcome}, "-")
					testscript.Run(t, params(t, []string{script}, v))
				})
			}
		}
	}
}

// has reports whether a script is a cell that runs over some way.
func (g *grid) has(script string) bool {
	name := strings.TrimSuffix(filepath.Base(script), ".txtar")
	i := max(strings.LastIndex(name, "_"), 0)
	outcome, kind := name[:i], strings.TrimPrefix(name[i:], "_")
	applies := func(way string) bool { return g.notApplicable(way, kind, outcome) == "" }
	return slices.Contains(g.outcomes, outcome) && slices.Contains(g.kinds, kind) && slices.ContainsFunc(g.ways, applies)
}

// TestMatrixHasNoOtherScripts finds scripts that no cell runs.
func TestMatrixHasNoOtherScripts(t *testing.T) {
	t.Parallel()
	found := scripts(t, "testdata")
	for _, g := range grids {
		for _, script := range found[g.folder] {
			if !g.has(script) {
				t.Errorf("%s is no cell", script)
			}
		}
	}
}

// transportGrid are gRPC's transports.
var transportGrid = grid{
	folder: "matrix",
	ways:   []string{"grpc", "grpc-tls", "grpc-web", "grpc-web-http2"},
	kinds:  kinds,
	outcomes: []string{
		"ok", "empty", "status", "details", "deadline", "close", "rst", "goaway", "big", "million", "wrong",
	},
	notApplicable: func(transport, kind, outcome string) string {
		switch {
		case transport == "grpc-web" && kind == "bidi":
			return "the server wants HTTP/2 for it; grpcweb/bidi_http1.txtar has the refusal"
		case transport == "grpc-web" && (outcome == "rst" || outcome == "goaway"):
			return "HTTP/1.1 has no such frame"
		case transport == "grpc-web-http2" && slices.Contains([]string{"close", "rst", "goaway", "wrong"}, outcome):
			return "the connection is gRPC's"
		case kind == "unary" && outcome == "million":
			return "a unary call is one message each way"
		}
		return ""
	},
	variables: transportVariables,
}

// TestMatrix runs each transport with each kind of method and each outcome.
func TestMatrix(t *testing.T) { transportGrid.run(t) }

func transportVariables(t *testing.T, transport string) map[string]string {
	env := peers(t).Env
	v := map[string]string{"TRANSPORT": transport, "IDLCALL_IDL": env["IDL"] + "/calls.proto"}
	switch transport {
	case "grpc":
		v["TARGET"], v["WRONG"] = env["GRPC"], env["SSH"]
		v["CLOSE"], v["RST"], v["GOAWAY"] = env["FAULT_CLOSE"], env["FAULT_RST"], env["FAULT_GOAWAY"]
	case "grpc-tls":
		v["IDLCALL_CACERT"] = env["CERTS"] + "/ca.pem"
		v["TARGET"], v["WRONG"] = env["GRPC_TLS"], env["GRPC"]
		v["CLOSE"], v["RST"], v["GOAWAY"] = env["FAULT_CLOSE_TLS"], env["FAULT_RST_TLS"], env["FAULT_GOAWAY_TLS"]
	case "grpc-web":
		v["IDLCALL_TRANSPORT"] = "grpc-web"
		v["TARGET"], v["WRONG"], v["CLOSE"] = env["WEB"], env["HTTP1_404"], env["WEBFAULT_CLOSE"]
	case "grpc-web-http2":
		v["IDLCALL_TRANSPORT"], v["IDLCALL_HTTP2"], v["TARGET"] = "grpc-web", "true", env["WEB_H2"]
	}
	return v
}
