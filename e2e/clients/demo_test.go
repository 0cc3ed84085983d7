// Package clients calls the demo server with clients that this project did not write.
package clients

import (
	"context"
	"io"
	"net"
	"testing"

	demoserver "github.com/idlcall/idlcall/pkg/serve/demo"
)

// demo is the address of a demo server on the loopback interface; clients that dial
// for themselves need one.
func demo(t *testing.T) string {
	t.Helper()
	d := demoserver.New()
	t.Cleanup(d.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go bridge(conn, d)
		}
	}()
	return through(t, l.Addr().String())
}

// bridge copies both ways.
func bridge(outside net.Conn, d *demoserver.Demo) {
	defer outside.Close()
	inside, err := d.Dial(context.Background())
	if err != nil {
		return
	}
	defer inside.Close()
	go func() {
		defer inside.Close()
		_, _ = io.Copy(inside, outside)
	}()
	_, _ = io.Copy(outside, inside)
}
