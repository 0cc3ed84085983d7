package client

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/stream"
)

// TestRepeatedHeaders: headers that are the same as those before, and others between them,
// arrive as they are in both directions, with a deadline that differs from call to call.
func TestRepeatedHeaders(t *testing.T) {
	t.Parallel()
	c := newClient(t, listen(t, answerWithHeader))
	values := strings.Repeat("aabaacddaabbbb", 20) // more than a table has room for
	for i, v := range values {
		value := string(v)
		if i%5 == 0 {
			value = fmt.Sprint(value, i, strings.Repeat("x", i%7*50))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Minute)
		_, s, err := do(ctx, c, stream.Unary, stream.Metadata{{Name: "x-sent", Value: value}}, nil)
		cancel()
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		header, _ := s.Header()
		if got, _ := header.Get("x-got"); got != value {
			t.Fatalf("call %d: the header has %q, want %q", i, got, value)
		}
		if got, _ := s.Trailer().Get("x-got"); got != value {
			t.Fatalf("call %d: the trailer has %q, want %q", i, got, value)
		}
	}
}

// answerWithHeader sends back what the request has in x-sent.
func answerWithHeader(nc net.Conn) {
	p := newPeer(nc)
	p.start()
	sent := map[uint32]string{}
	for {
		f, err := p.fr.ReadFrame()
		if err != nil {
			return
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			for _, field := range f.Fields {
				if field.Name == "x-sent" {
					sent[f.StreamID] = field.Value
				}
			}
		case *http2.DataFrame:
			value := sent[f.StreamID]
			p.header(f.StreamID, false, ":status", "200", "content-type", "application/grpc", "x-got", value)
			p.message(f.StreamID, false, "reply")
			p.header(f.StreamID, true, "grpc-status", "0", "x-got", value)
			p.bw.Flush()
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = p.fr.WriteSettingsAck()
				p.bw.Flush()
			}
		}
	}
}
