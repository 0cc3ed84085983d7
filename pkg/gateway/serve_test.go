package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
)

const streams = `syntax = "proto3";
package stream;
import "google/api/annotations.proto";
service ServerStream { rpc Pow(Number) returns (stream Number) { option (google.api.http) = { get: "/pow/{number}" }; } }
service BidirectionalStreamServer { rpc Sqrt(stream In) returns (stream Out) { option (google.api.http) = { post: "/sqrt" body: "*" }; } }
message Number { int64 number = 1; }
message In { double number = 1; }
message Out { double sqrt = 1; }`

// newServer is an HTTP server in front of the demo.
func newServer(t *testing.T, o gateway.Options) *httptest.Server {
	t.Helper()
	s, err := session.Open(context.Background(), session.Options{Target: session.Demo, Files: &load.Options{
		Strings: []load.Text{{Name: "shop.thrift", Text: shop}, {Name: "streams.proto", Text: streams}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(func() {
		server.Close()
		_ = s.Close()
	})
	return server
}

// Any number of requests may be served at once, each with its own answer.
func TestManyAtOnce(t *testing.T) {
	server := newServer(t, gateway.Options{})
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			name := fmt.Sprint("item", i)
			r, err := http.Post(server.URL+"/orders/Ann", "application/json", strings.NewReader(`{"items": [{"name": "`+name+`"}]}`))
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Body.Close()
			if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `"`+name+`"`) {
				t.Errorf("%s: %d %s", name, r.StatusCode, body)
			}
			lines, err := http.Get(server.URL + "/pow/2")
			if err != nil {
				t.Error(err)
				return
			}
			defer lines.Body.Close()
			if body, _ := io.ReadAll(lines.Body); strings.Count(string(body), "\n") != 10 {
				t.Errorf("%d %s", lines.StatusCode, body)
			}
		})
	}
	all.Wait()
}

// A client that does not send its body is not waited for.
func TestSlowBody(t *testing.T) {
	server := newServer(t, gateway.Options{BodyTime: 50 * time.Millisecond})
	c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "POST /orders/Ann HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status %d", r.StatusCode)
	}
}

// Each reply of a stream comes when it is there, while the request is still open.
func TestFullDuplex(t *testing.T) {
	server := newServer(t, gateway.Options{})
	c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	send := func(text string) { fmt.Fprintf(c, "%x\r\n%s\r\n", len(text), text) }
	_, _ = io.WriteString(c, "POST /sqrt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	send(`{"number": 16}`)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewReader(r.Body)
	for i, want := range []string{"4", "5"} {
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, want) {
			t.Fatalf("%q %v", line, err)
		}
		if i == 0 {
			send(`{"number": 25}`)
		}
	}
	_, _ = io.WriteString(c, "0\r\n\r\n")
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
}
