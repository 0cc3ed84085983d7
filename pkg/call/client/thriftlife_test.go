package client

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestThriftCancel: a peer that says nothing, or stops, is left when the context
// ends.
func TestThriftCancel(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	for name, said := range map[string]string{"nothing": "", "a length": "00000040 8001", "half": "00000040 80010002 0000"} {
		began := make(chan struct{})
		c := thriftClient(t, over(call.Framed, stream.Binary), serving(func(nc net.Conn) {
			_, _ = nc.Read(make([]byte, 1<<16))
			_, _ = nc.Write(unhex(t, said))
			close(began)
			_, _ = io.Copy(io.Discard, nc)
		}))
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { <-began; cancel(cause) }()
		if _, _, err := thriftCall(ctx, c, echoPingPong, nil, nil); err != cause {
			t.Errorf("%s: %v", name, err)
		}
		late, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		c = thriftClient(t, serving(func(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) }))
		if _, _, err := thriftCall(late, c, echoPingPong, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		// A peer that does not read.
		late, stop = context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		c = thriftClient(t, serving(func(net.Conn) { <-late.Done(); time.Sleep(time.Millisecond) }))
		if _, _, err := thriftCall(late, c, echoPingPong, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestThriftClose abandons calls, by the stream and by the client.
func TestThriftClose(t *testing.T) {
	t.Parallel()
	for _, byClient := range []bool{false, true} {
		c := thriftClient(t, serving(func(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) }))
		s, err := c.Open(t.Context(), rpc(echoPingPong, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(nil); err != nil {
			t.Fatal(err)
		}
		want := fault.ErrAbandoned
		if byClient {
			want = call.ErrClosed
		}
		go func() {
			time.Sleep(time.Millisecond)
			if byClient {
				c.Close()
			} else {
				s.Close(nil)
			}
		}()
		if _, err := s.Recv(); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
		if err := s.Send(nil); err != fault.ErrSendClosed {
			t.Errorf("second Send: %v", err)
		}
		s.Close(nil)
		c.Close()
		if _, _, err := thriftCall(t.Context(), c, echoPingPong, nil, nil); err != call.ErrClosed {
			t.Errorf("after Close: %v", err)
		}
	}
	c := thriftClient(t, serving(func(nc net.Conn) { t.Error("it was dialled") }))
	s, _ := c.Open(t.Context(), rpc(echoPingPong, nil))
	s.Close(nil)
	if _, err := s.Recv(); err != fault.ErrAbandoned {
		t.Errorf("got %v", err)
	}
}

// TestThriftBodyStays: what Recv returned is not overwritten by the next call when
// the stream was closed in between.
func TestThriftBodyStays(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.Framed, stream.Binary, echoPingPong, nil, nil}.form(t)
	c := thriftClient(t, over(call.Framed, stream.Binary), serving(thriftServer(f, func(n int, r thrift.Reply) []byte {
		return replyWith(f, unhex(t, fmt.Sprintf("080000%08x00", n)))(n, r)
	})))
	var bodies [][]byte
	for range 3 {
		s, err := c.Open(ctxFor(t), rpc(echoPingPong, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(nil); err != nil {
			t.Fatal(err)
		}
		body, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		s.Close(nil)
		bodies = append(bodies, body)
	}
	for i, b := range bodies {
		if want := fmt.Sprintf("080000%08x00", i); hex.EncodeToString(b) != want {
			t.Errorf("body %d is %x", i, b)
		}
	}
}

// TestThriftLargeReply crosses the sizes of buffers; one above the limit is not
// read.
func TestThriftLargeReply(t *testing.T) {
	t.Parallel()
	for _, tt := range forms(t) {
		if tt.protocol != stream.Binary || tt.method != echoPingPong {
			continue
		}
		f := tt.form(t)
		size := 3 << 20
		body := append(unhex(t, fmt.Sprintf("0b0000%08x", size)), make([]byte, size+1)...)
		for _, limit := range []int{len(body), len(body) - 1, 1000} {
			c := thriftClient(t, over(tt.transport, tt.protocol), serving(thriftServer(f, replyWith(f, body))),
				func(o *setup) { o.MaxMessageSize = limit })
			got, _, err := thriftCall(ctxFor(t), c, tt.method, nil, nil)
			var large *call.MessageSizeError
			if limit == len(body) {
				if err != nil || !bytes.Equal(got, body) {
					t.Errorf("%s: %d bytes, %v", tt, len(got), err)
				}
			} else if !errors.As(err, &large) || large.Limit != limit || large.Size < int64(len(body)) {
				t.Errorf("%s, limit %d: %v", tt, limit, err)
			}
		}
	}
}

// TestThriftMetadata: what TTHeader brings back.
func TestThriftMetadata(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.TTHeader, stream.Binary, echoPingPong, nil, nil}.form(t)
	var asked ttheader.Header
	c := thriftClient(t, serving(thriftServer(f, func(n int, r thrift.Reply) []byte {
		asked = r.Head
		return replyWith(f, unhex(t, reHiBody), ttheader.Pair{Key: "BACK", Value: "b1"}, ttheader.Pair{Key: ttheader.StrACLToken, Value: "tok"},
			ttheader.Pair{Key: "biz-status", Value: "0"}, ttheader.Pair{Key: "rip", Value: "\xff"})(n, r)
	})), func(o *setup) {
		o.Transient = stream.Metadata{{Name: "gdpr-token", Value: "secret"}, {Name: "Mixed-Case", Value: "\x00"}}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, header, err := thriftCall(ctx, c, echoPingPong, stream.Metadata{{Name: "isn", Value: "Mine"}, {Name: "X-Key", Value: ""}}, nil)
	want := stream.Metadata{{Name: "BACK", Value: "b1"}, {Name: "RPC_TRANSIT_gdpr-token", Value: "tok"}, {Name: "rip", Value: "\xff"}}
	if err != nil || !slices.Equal(header, want) {
		t.Errorf("got %q, %v", header, err)
	}
	if got := fmt.Sprintf("%q", asked.Str); got != `[{"RPC_TRANSIT_Mixed-Case" "\x00"} {"RPC_TRANSIT_gdpr-token" "secret"} {"X-Key" ""} {"isn" "Mine"}]` {
		t.Errorf("asked with %s", got)
	}
	if n := len(asked.Int); n != 5 || asked.Int[3].Key != 12 || !strings.HasPrefix(asked.Int[3].Value, "59") {
		t.Errorf("asked with %v", asked.Int)
	}
}
