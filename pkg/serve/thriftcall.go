package serve

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// callStream is a call with one request and at most one reply, of Thrift or in Kitex
// Protobuf.
type callStream struct {
	incoming

	ctx    context.Context //nolint:containedctx // the context of the call
	conn   *conn
	req    *request
	method stream.Method
	taken  bool

	headed bool
	sent   bool
	reply  []byte
	out    stream.Metadata
}

// answer runs the handler of a call. It is empty where the client waits for nothing.
func (s *Server) answer(ctx context.Context, c *conn, req *request) ([]byte, error) {
	st := &callStream{conn: c, req: req, method: req.method()}
	switch {
	case req.header != nil:
		st.incoming = ofTTHeader(req.header.Str)
	case req.theader != nil:
		st.incoming = ofTHeader(req.theader.Info)
	}
	ctx, cancel := withTimeout(ctx, req.header)
	defer cancel()
	st.ctx = ctx
	err := s.run(ctx, st)
	switch {
	case errors.Is(err, ErrDrop):
		return nil, io.EOF
	case st.silent(err):
		return nil, nil
	}
	typ, body := st.end(err)
	return req.frame(st.method.Name, typ, body, st.out)
}

// silent reports whether the client waits for nothing.
func (c *callStream) silent(err error) bool {
	return c.req.Type == thriftwire.Oneway || errors.Is(err, ErrNoReply)
}

// withTimeout applies the timeout of a client that has sent one.
func withTimeout(ctx context.Context, h *ttheader.Header) (context.Context, context.CancelFunc) {
	if h != nil {
		for _, p := range h.Int {
			ms, err := strconv.ParseInt(p.Value, 10, 32)
			if p.Key == ttheader.IntTimeout && err == nil && ms > 0 {
				return context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
			}
		}
	}
	return context.WithCancel(ctx)
}

// method is what a request names. Apache's multiplexed protocol has the service in the
// name.
func (r *request) method() stream.Method {
	m := stream.Method{Name: r.Name, Lang: stream.Thrift, Protocol: stream.Protocol(r.protocol), Oneway: r.Type == thriftwire.Oneway}
	if r.protocol == thriftwire.KitexProtobuf {
		m.Lang, m.Protocol = stream.Protobuf, stream.Binary
	}
	if r.header != nil {
		m.Service = ttheader.Lookup(r.header.Str, ttheader.StrIDLService)
	}
	if before, after, ok := strings.Cut(r.Name, ":"); ok {
		m.Service, m.Name = before, after
	}
	return m
}

func (c *callStream) Method() stream.Method { return c.method }

func (c *callStream) Peer() Peer { return c.conn.peer(c.req.via) }

func (c *callStream) Recv() ([]byte, error) {
	switch {
	case c.ctx.Err() != nil:
		return nil, gone(c.ctx)
	case c.taken:
		return nil, io.EOF
	}
	c.taken = true
	return c.req.Body, nil
}

// Stop has nothing to end: the request is there.
func (*callStream) Stop() {}

// SendHeader keeps the metadata for the one frame that leaves.
func (c *callStream) SendHeader(md stream.Metadata) error {
	switch {
	case c.req.header == nil && c.req.theader == nil && len(md) > 0:
		return ErrNoPlace
	case c.sent || c.headed:
		return ErrLate
	}
	c.headed = true
	c.out = append(stream.Metadata{}, md...)
	return nil
}

func (c *callStream) SetTrailer(md stream.Metadata) error {
	if len(md) > 0 {
		return ErrNoPlace
	}
	return nil
}

func (c *callStream) Send(body []byte) error {
	if c.sent {
		return ErrOneReply
	}
	c.sent = true
	c.reply = append([]byte(nil), body...)
	return nil
}

// end is the message that says how the call ended.
func (c *callStream) end(err error) (thriftwire.MessageType, []byte) {
	switch declared, ok := errors.AsType[*DeclaredError](err); {
	case err == nil && c.sent:
		return thriftwire.Reply, c.reply
	case err == nil:
		err = &ApplicationError{MissingResult, "the handler sent no result"}
	case ok && c.method.IsThrift():
		return thriftwire.Reply, declared.Body
	}
	if biz, ok := errors.AsType[*BizStatusError](err); ok {
		c.out = append(c.out, bizPairs(biz)...)
		return thriftwire.Reply, thriftwire.EmptyBody(c.req.protocol)
	}
	e := exceptionOf(err)
	return thriftwire.Exception, thriftwire.AppendException(nil, c.req.protocol, e.Type, e.Message)
}

// frame is the bytes of an answer, in the form of the request. Its name is that without the
// service, as Apache's multiplexed servers have it.
func (r *request) frame(name string, typ thriftwire.MessageType, body []byte, md stream.Metadata) ([]byte, error) {
	var out []byte
	if r.header != nil {
		h := ttheader.Header{Seq: r.header.Seq, Str: appendTTHeader(nil, md), Int: []ttheader.IntPair{
			{Key: ttheader.IntMessageType, Value: strconv.Itoa(int(typ))},
		}}
		var err error
		if out, err = h.Append(out); err != nil {
			return nil, err
		}
	}
	if r.theader != nil {
		h := theader.Header{Seq: r.theader.Seq, Protocol: r.theader.Protocol}
		for _, p := range md {
			h.Info = append(h.Info, theader.Pair{Key: p.Name, Value: p.Value})
		}
		var err error
		if out, err = h.Append(out); err != nil {
			return nil, err
		}
	}
	mark := len(out)
	if r.framed {
		out = append(out, 0, 0, 0, 0)
	}
	out = thriftwire.Append(out, r.protocol, thriftwire.Envelope{Name: name, Type: typ, Seq: r.Seq}, body)
	if r.framed {
		binary.BigEndian.PutUint32(out[mark:], uint32(len(out)-mark-lengthLen))
	}
	switch {
	case r.header != nil:
		return out, ttheader.SetLength(out)
	case r.theader != nil:
		return out, theader.SetLength(out)
	}
	return out, nil
}
