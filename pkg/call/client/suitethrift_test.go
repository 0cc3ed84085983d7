package client_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/calltest"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestSuiteApache runs the suite on the transports of Apache that package serve has not.
func TestSuiteApache(t *testing.T) {
	t.Parallel()
	for _, tr := range []calltest.Transport{
		{Name: "http", Options: call.Options{Transport: call.HTTP}, Serve: overHTTP1(serveThriftHTTP), Header: true, ReplyHeader: true},
		{Name: "header", Options: call.Options{Transport: call.Header}, Serve: serveTHeader, Header: true, ReplyHeader: true},
	} {
		tr.Method, tr.Types, tr.HalfDuplex = stream.Method{Lang: stream.Thrift}, []stream.Type{stream.Unary}, true
		tr.Refusal, tr.Refused = errFailed, stream.Outcome{Kind: stream.KindApplication, Code: 6, Message: "no such"}
		t.Run(tr.Name, func(t *testing.T) { calltest.Run(t, tr) })
	}
}

// thriftPeer is a call with one message each way.
type thriftPeer struct {
	asked, replied stream.Metadata
	body, reply    []byte
	taken          bool
}

func (p *thriftPeer) Header() stream.Metadata { return p.asked }

func (p *thriftPeer) Recv() ([]byte, error) {
	if p.taken {
		return nil, io.EOF
	}
	p.taken = true
	return p.body, nil
}

func (p *thriftPeer) SendHeader(md stream.Metadata) error { p.replied = md; return nil }

func (p *thriftPeer) Send(body []byte) error {
	p.reply = append([]byte(nil), body...)
	return nil
}

func (p *thriftPeer) SetTrailer(stream.Metadata) {}

// answer calls h with a message and returns the one to answer with.
func (p *thriftPeer) answer(ctx context.Context, message []byte, h calltest.Handler) []byte {
	m, err := thriftwire.Parse(thriftwire.Binary, message)
	if err != nil {
		return nil
	}
	p.body, m.Type = m.Body, thriftwire.Reply
	if err := h(ctx, p); err != nil {
		m.Type = thriftwire.Exception
		failed, _ := err.(*serve.ApplicationError)
		if failed == nil {
			failed = &serve.ApplicationError{Message: err.Error()}
		}
		p.reply = thriftwire.AppendException(nil, thriftwire.Binary, failed.Type, failed.Message)
	}
	return thriftwire.Append(nil, thriftwire.Binary, m.Envelope, p.reply)
}

// serveThriftHTTP is a server of Thrift over HTTP.
func serveThriftHTTP(w http.ResponseWriter, r *http.Request, h calltest.Handler) {
	message, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p := &thriftPeer{}
	for name := range r.Header {
		p.asked.Add(strings.ToLower(name), r.Header.Get(name))
	}
	answer := p.answer(r.Context(), message, h)
	for _, e := range p.replied {
		w.Header().Add(e.Name, e.Value)
	}
	_, _ = w.Write(answer)
}

// serveTHeader is a server of THeader.
func serveTHeader(ctx context.Context, c net.Conn, h calltest.Handler) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	for {
		var size [4]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		frame := make([]byte, 4+binary.BigEndian.Uint32(size[:]))
		copy(frame, size[:])
		if _, err := io.ReadFull(c, frame[4:]); err != nil {
			return
		}
		head, message, err := theader.Parse(frame, 64<<20)
		if err != nil {
			return
		}
		p := &thriftPeer{}
		for _, e := range head.Info {
			p.asked.Add(e.Key, e.Value)
		}
		answer := p.answer(ctx, message, h)
		back := theader.Header{Seq: head.Seq, Protocol: head.Protocol}
		for _, e := range p.replied {
			back.Info = append(back.Info, theader.Pair{Key: e.Name, Value: e.Value})
		}
		wire, err := back.Append(nil)
		if err != nil {
			return
		}
		wire = append(wire, answer...)
		if theader.SetLength(wire) != nil {
			return
		}
		if _, err := c.Write(wire); err != nil {
			return
		}
	}
}
