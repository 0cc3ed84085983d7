package client

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// FuzzStreamBytes plays the server's side of a TTHeader stream: whatever it says, the
// stream ends with it, nothing panics, and nothing is received beyond the limit.
func FuzzStreamBytes(f *testing.F) {
	for _, s := range []string{
		headerFrame + reAFrame + trailerFrame, hkHeaderFrame + tkTrailerFrame, exceptionFrame, bizFrame, headerFrame + rstFrame,
		headerFrame + headerFrame, settings, "7fffffff10000002", framedReply, ttReply,
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		c := thriftClient(t, serving(saying(said)), func(o *setup) { o.MaxMessageSize = 1 << 16 })
		defer c.Close()
		replies, _, _, err := outcome(t, c, stream.Bidi)
		if err == nil {
			t.Fatal("no end")
		}
		for _, r := range replies {
			if len(r)/2 > 1<<16 {
				t.Fatalf("a message of %d bytes", len(r)/2)
			}
		}
	})
}

// saying writes bytes, whatever it is told, and ends.
func saying(said []byte) func(net.Conn) {
	return func(nc net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, nc) }()
		_, _ = nc.Write(said)
	}
}

// BenchmarkStream sends and receives messages of a TTHeader stream over loopback; the
// peer reads without looking, and says the same frames over and over.
func BenchmarkStream(b *testing.B) {
	body := unhex(b, "0b00010000000568656c6c6f00")
	b.Run("send", func(b *testing.B) {
		s, err := thriftClient(b, streamsTo(b, func(p *framePeer) { _, _ = io.Copy(io.Discard, p) })).Open(b.Context(), rpc(echoOf(stream.Bidi), nil))
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close(nil)
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Send(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("receive", func(b *testing.B) {
		frames := bytes.Repeat(frameOf(b, ttheader.FrameData, 1, body), 1000)
		s, err := thriftClient(b, streamsTo(b, func(p *framePeer) {
			for {
				if _, err := p.Write(frames); err != nil {
					return
				}
			}
		})).Open(b.Context(), rpc(echoOf(stream.Bidi), nil))
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close(nil)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Recv(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
