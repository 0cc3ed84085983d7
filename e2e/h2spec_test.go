package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// h2spec is a suite of tests of servers of HTTP/2 (github.com/summerwind/h2spec).
const h2spec = "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible"

// TestHTTP2 has h2spec try idlcall serve as a server of HTTP/2.
func TestHTTP2(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds h2spec")
	}
	t.Parallel()
	dir := t.TempDir()
	install := exec.Command("go", "install", h2spec)
	install.Dir, install.Env = dir, append(os.Environ(), "GOBIN="+dir, "GOWORK=off")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	idl := filepath.Join(dir, "shop.proto")
	if err := os.WriteFile(idl, []byte(`syntax = "proto3"; message M { string s = 1; } service Shop { rpc Find(M) returns (M); }`), 0o600); err != nil {
		t.Fatal(err)
	}
	address := serving(t, "--idl", idl)
	port := address[strings.LastIndexByte(address, ':')+1:]
	out, err := exec.Command(filepath.Join(dir, "h2spec"), "-h", "localhost", "-p", port, "--timeout", "3", "-P", "/Shop/Find", "generic", "http2", "hpack").CombinedOutput()
	ran := regexp.MustCompile(`(\d{3}) tests, `).FindSubmatch(out)
	if ran == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, failed := range regexp.MustCompile(`(?m)^ *× .*$`).FindAllString(string(out), -1) {
		if !strings.Contains(failed, answered) {
			t.Errorf("%s\n%s", failed, out)
		}
	}
}

// answered is a case whose stream has its whole answer, and with it RST_STREAM with NO_ERROR
// (RFC 9113 section 8.1), before the frames that are wrong may have come.
const answered = "Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream"

// serving starts idlcall serve, and returns its address.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	server := exec.Command("idlcall", append([]string{"serve", "--listen", "localhost:0"}, args...)...)
	stderr, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		if err := server.Wait(); err != nil {
			t.Errorf("idlcall serve: %v", err)
		}
	})
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	address, ok := strings.CutPrefix(line, "listening on ")
	if err != nil || !ok {
		t.Fatalf("idlcall serve: %q, %v", line, err)
	}
	go func() { _, _ = lines.WriteTo(os.Stderr) }()
	return strings.TrimSpace(address)
}
