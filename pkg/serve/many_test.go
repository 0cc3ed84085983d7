package serve_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestThousandConnections: clients of all protocols at once on one port, among them some that
// say nothing and some that leave in the middle; those that keep to the rules are answered, and
// at the end nothing is left.
func TestThousandConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	draining, drain := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	s := &serve.Server{Find: always(echo), Draining: draining}
	go func() { served <- s.Serve(ctx, l) }()
	target := call.Target{Network: "tcp", Address: l.Addr().String(), Authority: "test", Text: "test"}
	const conns = 1000
	var all sync.WaitGroup
	var held sync.Map
	for i := range conns {
		p := &protocols[i%len(protocols)]
		all.Go(func() {
			if i%10 == 0 {
				if c, err := net.Dial("tcp", target.Address); err == nil {
					_, _ = c.Write(callBytes(named("framed"), true)[:i/10%12])
					held.Store(c, i%20 == 0)
				}
				return
			}
			c, err := client.New(call.Options{
				Targets: []call.Target{target}, Transport: p.transport, Proxy: "none", HTTP2: p.isHTTP2(),
			})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			typ := stream.Unary
			if p.family == streams {
				typ = stream.Bidi
			}
			for range 3 {
				got := invoke(ctx, c, p, stream.Call{Method: stream.Method{Name: "Echo", Type: typ}}, p.body(i))
				if got.err != nil || len(got.bodies) != 1 || !bytes.Equal(got.bodies[0], p.body(i)) {
					t.Errorf("%s: %d replies, %v", p.name, len(got.bodies), got.err)
				}
			}
		})
	}
	all.Wait()
	held.Range(func(c, leaves any) bool { // those that say nothing more are ended with the server
		if leaves.(bool) {
			_ = c.(net.Conn).Close()
		}
		return true
	})
	drain()
	if err := errors.Join(<-served); err != nil {
		t.Error(err)
	}
}
