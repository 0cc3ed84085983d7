package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// query is the IDL of a method that GET may call.
const query = `syntax = "proto3"; package e2e; message Text { string text = 1; }
service Calls { rpc Unary(Text) returns (Text) { option idempotency_level = NO_SIDE_EFFECTS; } }`

// TestConnectIsCurl: a unary call of Connect is byte for byte what curl sends when it is
// told the same header, in HTTP/1.1's canonical spelling and our order: both the recording
// in testdata/curl and the curl of this machine, which CI has.
func TestConnectIsCurl(t *testing.T) {
	t.Parallel()
	const version, agent, accept = "Connect-Protocol-Version: 1", "User-Agent: view", "Accept-Encoding: gzip"
	for name, c := range map[string]struct{ ours, curl []string }{
		"proto": {nil, []string{
			"-H", agent, "-H", "Content-Length: 3", "-H", accept, "-H", version, "-H", "Content-Type: application/proto",
			"-H", "X-Own: 1", "--data-binary", "\n\x01a", "/e2e.Calls/Unary",
		}},
		"json": {[]string{"--connect-json"}, []string{
			"-H", agent, "-H", "Content-Length: 12", "-H", accept, "-H", version, "-H", "Content-Type: application/json",
			"-H", "X-Own: 1", "--data-binary", `{"text":"a"}`, "/e2e.Calls/Unary",
		}},
		"get": {[]string{"--connect-get"}, []string{
			"-H", agent, "-H", accept, "-H", "X-Own: 1", "/e2e.Calls/Unary?connect=v1&encoding=proto&base64=1&message=CgFh",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, requests := recorder(t)
			ours := sentBy(t, requests, "idlcall", append(append([]string{"call"}, c.ours...), address, "e2e.Calls/Unary", "--idl-string", query,
				"-t", "connect", "--authority", "e2e.test", "-H", "user-agent: view", "-H", "x-own: 1", "-d", `{"text": "a"}`)...)
			last := len(c.curl) - 1
			args := append([]string{"-sS", "-o", os.DevNull, "--noproxy", "*", "-H", "Host: e2e.test", "-H", "Accept:"}, c.curl[:last]...)
			file := filepath.Join("testdata", "curl", name+".http")
			if _, err := exec.LookPath("curl"); err == nil {
				theirs := sentBy(t, requests, "curl", append(args, "http://"+address+c.curl[last])...)
				sameBytes(t, "curl", ours, theirs)
				if updateScripts {
					if err := os.WriteFile(file, theirs, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			} else if os.Getenv("CI") == "true" {
				t.Error(err)
			}
			recorded, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sameBytes(t, file, ours, recorded)
		})
	}
}

func sameBytes(t *testing.T, what string, ours, theirs []byte) {
	t.Helper()
	if !bytes.Equal(ours, theirs) {
		t.Errorf("idlcall sends\n%q\n%s\n%q", ours, what, theirs)
	}
}

// recorder answers each request with an error of Connect, and passes on its bytes.
func recorder(t *testing.T) (address string, requests <-chan []byte) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	seen := make(chan []byte, 1)
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			var all bytes.Buffer
			if r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(nc, &all))); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
			}
			seen <- all.Bytes()
			const body = `{"code":"not_found"}`
			_, _ = io.WriteString(nc, "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 20\r\n\r\n"+body)
			nc.Close()
		}
	}()
	return l.Addr().String(), seen
}

// sentBy runs a program, which makes one request, and returns its bytes.
func sentBy(t *testing.T, requests <-chan []byte, program string, args ...string) []byte {
	t.Helper()
	out, _ := exec.Command(program, args...).CombinedOutput() // the call fails with what recorder answers
	select {
	case request := <-requests:
		return request
	default:
		t.Fatalf("%s sent nothing: %s", program, out)
		return nil
	}
}
