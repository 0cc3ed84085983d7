package client

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// FuzzThriftServerBytes plays the server's side of a connection: whatever it says,
// the call ends with it, nothing panics, and nothing is received beyond the limit.
func FuzzThriftServerBytes(f *testing.F) {
	cases := forms(f)
	for i, tt := range cases {
		f.Add(byte(i), replyWith(tt.form(f), tt.reply)(0, requestWith(1)))
	}
	for _, s := range []string{strictReply, framedReply, compactReply, ttReply, theaderReply, kitexReply, settings, "15030100020246", "7fffffff"} {
		for i := range 5 {
			f.Add(byte(3*i), unhex(f, s))
		}
	}
	f.Fuzz(func(t *testing.T, i byte, said []byte) {
		tt := cases[int(i)%len(cases)]
		c := thriftClient(t, over(tt.transport, tt.protocol), func(o *setup) {
			o.MaxMessageSize = 1 << 16
		}, serving(saying(said)))
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		body, _, err := thriftCall(ctx, c, tt.method, nil, tt.request)
		if ctx.Err() != nil {
			t.Fatalf("the call hung: %v", err)
		}
		if err == nil && len(body) > 1<<16 {
			t.Fatalf("a body of %d bytes", len(body))
		}
	})
}

// BenchmarkThriftCall is one ping-pong call over memory; the peer knows its answer
// beforehand.
func BenchmarkThriftCall(b *testing.B) {
	for _, transport := range []call.Transport{call.TTHeader, call.Framed, call.Buffered} {
		b.Run(string(transport), func(b *testing.B) {
			f := thriftCase{transport, stream.Binary, echoPingPong, nil, nil}.form(b)
			reply := replyWith(f, unhex(b, reHiBody))(0, requestWith(1))
			at := len(reply) - len(reHiBody)/2 - 1 // last byte of the sequence id
			c := thriftClient(b, over(transport, stream.Binary), serving(func(nc net.Conn) {
				buf := make([]byte, 4096)
				for seq := uint32(1); ; seq++ {
					if _, err := nc.Read(buf); err != nil {
						return
					}
					reply[at], reply[at-1], reply[at-2], reply[at-3] = byte(seq), byte(seq>>8), byte(seq>>16), byte(seq>>24)
					if _, err := nc.Write(reply); err != nil {
						return
					}
				}
			}))
			body := unhex(b, hiBody)
			b.ReportAllocs()
			for b.Loop() {
				s, err := c.Open(b.Context(), rpc(echoPingPong, nil))
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Send(body); err != nil {
					b.Fatal(err)
				}
				if _, err := s.Recv(); err != nil {
					b.Fatal(err)
				}
				if _, err := s.Recv(); err != io.EOF {
					b.Fatal(err)
				}
				s.Close(nil)
			}
		})
	}
}
