package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The axes of the matrix. Each cell is the script OUTCOME_KIND.txtar, run over the
// transport; a cell without a script is a failure.
var (
	transports = []string{"grpc", "grpc-tls", "grpc-web"}
	kinds      = []string{"unary", "client", "server", "bidi"}
	outcomes   = []string{
		"ok", "empty", "status", "details", "deadline", "close", "rst", "goaway", "big", "million", "wrong",
	}
)

// notApplicable is why a cell cannot be; "" where it can.
func notApplicable(transport, kind, outcome string) string {
	switch {
	case transport == "grpc-web" && (kind == "client" || kind == "bidi"):
		return "gRPC-Web carries one request a call; calls/grpc_web_streaming.txtar has the refusal"
	case transport == "grpc-web" && (outcome == "rst" || outcome == "goaway"):
		return "HTTP/1.1 has no such frame"
	case kind == "unary" && outcome == "million":
		return "a unary call is one message each way"
	}
	return ""
}

// TestMatrix runs each transport with each kind of method and each outcome.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		for _, kind := range kinds {
			for _, outcome := range outcomes {
				t.Run(transport+"/"+kind+"/"+outcome, func(t *testing.T) {
					if why := notApplicable(transport, kind, outcome); why != "" {
						t.Skip(why)
					}
					script := filepath.Join("testdata", "matrix", outcome+"_"+kind+".txtar")
					if _, err := os.Stat(script); err != nil {
						t.Fatal("missing cell: ", err)
					}
					testscript.Run(t, params(t, []string{script}, variables(t, transport)))
				})
			}
		}
	}
}

// TestMatrixHasNoOtherScripts finds scripts that no cell runs.
func TestMatrixHasNoOtherScripts(t *testing.T) {
	for _, script := range scripts(t, "testdata")["matrix"] {
		name := strings.TrimSuffix(filepath.Base(script), ".txtar")
		outcome, kind, _ := strings.Cut(name, "_")
		if !slices.Contains(outcomes, outcome) || !slices.Contains(kinds, kind) {
			t.Errorf("%s is no cell", script)
		}
	}
}

// variables are those that differ from transport to transport: the targets, and
// the flags by way of their environment variables.
func variables(t *testing.T, transport string) map[string]string {
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
		v["TARGET"], v["WRONG"], v["CLOSE"] = env["WEB"], env["HTTP1_404"], env["WEB_CLOSE"]
	}
	return v
}
