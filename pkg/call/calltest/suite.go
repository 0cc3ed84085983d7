package calltest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Peer is an RPC as the server sees it.
type Peer interface {
	// Header is what came before the messages.
	Header() stream.Metadata
	// Recv returns the next message; io.EOF after the last.
	Recv() ([]byte, error)
	// SendHeader is for before the first Send.
	SendHeader(md stream.Metadata) error
	Send(body []byte) error
	// SetTrailer is for before the handler returns.
	SetTrailer(md stream.Metadata)
}

// Handler serves an RPC. ctx ends when the client has given it up. nil ends the RPC well;
// what else it may return, the transport's row says.
type Handler func(ctx context.Context, p Peer) error

// Transport is a row of the suite.
type Transport struct {
	Name string
	// Options but for Targets, Proxy and Dial.
	Options call.Options
	// Method has Lang, Protocol and Streaming; name and type are those of a case.
	Method stream.Method
	// Types are the kinds of methods that it carries.
	Types []stream.Type
	// Serve serves one connection until it ends.
	Serve func(ctx context.Context, c net.Conn, h Handler)
	// Refusal is an error of a handler, and Refused what the client makes of it; no
	// Refusal where the transport has none.
	Refusal error
	Refused stream.Outcome
	// What it carries: metadata before the request, before the reply, behind it.
	Header, ReplyHeader, Trailer bool
	// Deadline says that the server is told of it.
	Deadline bool
	// HalfDuplex says that the server answers when the whole request has come.
	HalfDuplex bool
}

// Run runs the suite.
func Run(t *testing.T, tr Transport) {
	t.Helper()
	cases := []struct {
		name string
		run  func(*Transport, *testing.T)
	}{
		{"kinds", (*Transport).kindsOf}, {"bodies", (*Transport).bodies}, {"metadata", (*Transport).metadata},
		{"many at once", (*Transport).concurrent}, {"trace", (*Transport).trace},
		{"refusal", (*Transport).refusal}, {"refusal behind replies", (*Transport).lateRefusal},
		{"early end", (*Transport).earlyEnd}, {"half-close", (*Transport).halfClose},
		{"cancel", (*Transport).cancel}, {"close", (*Transport).closing}, {"deadline", (*Transport).deadline},
		{"use after close", (*Transport).afterClose}, {"server that stops reading", (*Transport).stalled},
		{"server that vanishes", (*Transport).vanished},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&tr, t)
		})
	}
}

// limit bounds whatever should have ended long before.
const limit = 20 * time.Second

// bounded is the context of a case.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// client calls h.
func (tr *Transport) client(t *testing.T, h Handler) *client.Client {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	o := tr.Options
	o.Targets, o.Proxy, o.ConnectTimeout = []call.Target{{Network: "tcp", Address: "peer:1", Authority: "peer:1", Text: "peer:1"}}, "none", limit
	o.Dial = func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			tr.Serve(ctx, theirs, h)
		}()
		return ours, nil
	}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// rpc is a call of a method of a kind.
func (tr *Transport) rpc(kind stream.Type) stream.Call {
	m := tr.Method
	m.Service, m.Name, m.Type = "test.Suite", "Call", kind
	return stream.Call{Method: m}
}

// open opens a call of a kind to h.
func (tr *Transport) open(ctx context.Context, t *testing.T, kind stream.Type, h Handler) stream.Stream {
	t.Helper()
	s, err := tr.client(t, h).Open(ctx, tr.rpc(kind))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(nil) })
	return s
}

func (tr *Transport) has(kind stream.Type) bool { return slices.Contains(tr.Types, kind) }

// body makes a message of a text: of Thrift a struct with one string, in whatever
// protocol, of Protobuf the bytes themselves, which no transport looks into.
func (tr *Transport) body(text string) []byte {
	switch {
	case !tr.Method.IsThrift():
		return []byte(text)
	case tr.Method.Protocol == stream.Compact:
		b := binary.AppendUvarint([]byte{0x18}, uint64(len(text)))
		return append(append(b, text...), 0)
	case tr.Method.Protocol == stream.JSON:
		return []byte(`{"1":{"str":"` + text + `"}}`)
	}
	b := binary.BigEndian.AppendUint32([]byte{11, 0, 1}, uint32(len(text)))
	return append(append(b, text...), 0)
}

// all receives to the end; err is nil where that was well.
func all(s stream.Stream) (replies []string, err error) {
	for {
		body, err := s.Recv()
		if err == io.EOF {
			return replies, nil
		}
		if err != nil {
			return replies, err
		}
		replies = append(replies, string(body))
	}
}

// send sends all of a case's messages and half-closes. The peer may have ended it.
func send(s stream.Stream, bodies ...[]byte) error {
	for _, b := range bodies {
		if err := s.Send(b); err != nil {
			return err
		}
	}
	return s.CloseSend()
}

// echo sends each message back; of a client that streams to a server that does not, all
// in one.
func echo(kind stream.Type) Handler {
	return func(_ context.Context, p Peer) error {
		var last []byte
		for {
			body, err := p.Recv()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			last = append([]byte(nil), body...)
			if kind.ServerStreams() {
				if err := p.Send(last); err != nil {
					return err
				}
			}
		}
		if kind.ServerStreams() {
			return nil
		}
		return p.Send(last)
	}
}
