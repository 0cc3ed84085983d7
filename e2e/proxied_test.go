package e2e

import (
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idlcall/idlcall/e2e/peer"
)

// proxiedFolders are the scripts that run through the proxy, too.
var proxiedFolders = []string{"interop", "apache", "connect", "grpcweb", "ttstream", "kitexpb", "kitex", "calls"}

// oddServers speak something else than RPC, or break its rules, so that there is nothing to
// understand.
var oddServers = regexp.MustCompile(`FAULT|PROXY|SOCKS|SSH|HTTP1_|TLS`)

// TestScriptsThroughProxy runs scripts with idlcall's proxy before each server: nothing changes for
// client and server, the bytes are the same on both sides of it, and it understands them.
func TestScriptsThroughProxy(t *testing.T) {
	for folder, files := range scripts(t, "testdata") {
		if !slices.Contains(proxiedFolders, folder) {
			continue
		}
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{}
			maps.Copy(env, peers(t).Env)
			maps.Copy(env, using(t, files))
			testscript.Run(t, params(t, files, relays(t, env, folder)))
		})
	}
}

// relays puts a proxy before each server.
func relays(t *testing.T, env map[string]string, folder string) map[string]string {
	t.Helper()
	via := map[string]string{}
	for name, address := range env {
		host, _, err := net.SplitHostPort(address)
		if err != nil || host != "127.0.0.1" || strings.Contains(name, "REFUSED") {
			continue
		}
		r, err := peer.NewRelay(address)
		if err != nil {
			t.Fatal(err)
		}
		via[name] = r.Addr
		t.Cleanup(func() {
			changed, unread := r.Close()
			if oddServers.MatchString(name) || folder == "kitexpb" && name == "GRPC" { // asked in Thrift
				unread = nil
			}
			unread = slices.DeleteFunc(unread, func(problem string) bool { return strings.Contains(problem, "TLS, which does not end here") })
			for _, problem := range slices.Concat(changed, unread) {
				t.Errorf("$%s: %s", name, problem)
			}
		})
	}
	return via
}
