package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
)

// TestWithheldBody: who announces a body and does not send it is answered where nobody needs
// the body: at a path that there is not, and by a server that ends the RPC at once.
func TestWithheldBody(t *testing.T) {
	t.Parallel()
	const idl = `syntax = "proto3"; import "google/api/annotations.proto"; package demo;
message FailRequest { int32 code = 1; } message M {}
service Demo { rpc Fail(stream FailRequest) returns (M) { option (google.api.http) = {post: "/fail" body: "*"}; } }`
	s, err := session.Open(t.Context(), session.Options{
		Target: session.Demo, Files: &load.Options{Strings: []load.Text{{Name: "fail.proto", Text: idl}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g, err := gateway.New(context.Background(), s, gateway.Options{BodyTime: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	defer server.Close()
	for path, want := range map[string]string{"/nowhere": "404", "/fail": "400"} {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		body := `{"code": 3}` + "\n"
		_, _ = io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"+body)
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if !strings.HasPrefix(answer.Status, want) {
			t.Errorf("%s: %s\n%s", path, answer.Status, text)
		}
		_ = c.Close()
	}
}
