package client

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// FuzzServerBytes plays the server's side of a connection: whatever it says, the
// call ends, nothing panics, and nothing is received beyond the limit.
func FuzzServerBytes(f *testing.F) {
	record := func(act func(p *peer)) []byte {
		ours, theirs := net.Pipe()
		out := make(chan []byte)
		go func() { b, _ := io.ReadAll(theirs); out <- b }()
		p := newPeer(ours)
		_ = p.fr.WriteSettings()
		_ = p.fr.WriteSettingsAck()
		act(p)
		p.bw.Flush()
		ours.Close()
		return <-out
	}
	recorded, err := filepath.Glob("../../../testdata/recorded/*.server.bin")
	if err != nil || len(recorded) == 0 {
		f.Fatal("no recordings:", err)
	}
	for _, name := range recorded {
		said, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(said)
	}
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Add([]byte("\x15\x03\x01\x00\x02\x02\x46"))
	f.Add(record(func(p *peer) {
		p.grpcHeader(1)
		p.message(1, false, "hello")
		p.header(1, true, "grpc-status", "0")
	}))
	f.Add(record(func(p *peer) {
		p.header(1, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "5", "grpc-message", "a%20b")
	}))
	f.Add(record(func(p *peer) {
		p.header(1, false, ":status", "200", "content-type", "application/grpc", "grpc-encoding", "gzip")
		_ = p.fr.WriteData(1, false, append(grpcwire.AppendPrefix(nil, 1, 4), "\x1f\x8b\x08\x00"...))
		_ = p.fr.WriteRSTStream(1, http2.ErrCodeCancel)
		_ = p.fr.WriteGoAway(0, http2.ErrCodeNo, []byte("bye"))
		_ = p.fr.WriteWindowUpdate(0, 5)
		_ = p.fr.WritePing(false, [8]byte{})
	}))
	f.Fuzz(func(t *testing.T, said []byte) {
		synctest.Test(t, func(t *testing.T) { hearBytes(t, said) }) // in time that is not real
	})
}

// hearBytes makes a call to a server that says said and leaves.
func hearBytes(t *testing.T, said []byte) {
	c, err := New(call.Options{
		Targets:        []call.Target{{Network: "tcp", Address: "x:1", Authority: "x:1", Text: "x:1"}},
		MaxMessageSize: 1 << 16,
		Dial: func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				_, _ = theirs.Write(said)
				theirs.Close()
			}()
			return ours, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	all, _, err := do(ctx, &testClient{Client: c}, stream.Server, nil, []byte("hi"))
	if ctx.Err() != nil {
		t.Fatalf("the call hung; %v", err)
	}
	for _, m := range all {
		if len(m) > 1<<16 {
			t.Fatalf("a message of %d bytes", len(m))
		}
	}
	c.Close()
}
