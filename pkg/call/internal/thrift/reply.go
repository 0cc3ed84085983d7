package thrift

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Reply is what a peer answered.
type Reply struct {
	Msg      thriftwire.Message
	broken   error           // why msg could not be read
	Head     ttheader.Header // of TTHeader
	kvs      []theader.Pair  // of THeader
	wire     int             // bytes
	leftover int             // bytes after the message
}

// Reader reads and judges the answer to one request.
type Reader struct {
	Opts   *call.Options
	RPC    *stream.Call
	Form   Form
	Target call.Target
	Seq    int32
}

// Violation is the error of a peer that broke the rules.
func (x *Reader) Violation(format string, args ...any) error {
	return &call.ProtocolError{Target: x.Target.Text, Saw: fmt.Sprintf(format, args...)}
}

// parseFrame reads an answer that came in a frame, its length included.
func (x *Reader) parseFrame(frame []byte) (r Reply, err error) {
	payload := frame[4:]
	switch x.Form.transport {
	case call.TTHeader, call.TTHeaderFramed:
		if r.Head, payload, err = ttheader.Parse(frame); err == nil {
			payload, r.leftover, r.broken = x.inner(payload)
		}
	case call.Header:
		var h theader.Header
		h, payload, err = theader.Parse(frame, x.Opts.MaxMessageSize)
		if want := uint64(2 * x.Form.protocol); err == nil && h.Protocol != want { // binary 0, compact 2
			err = fmt.Errorf("an answer in THeader's protocol %d to a request in %d", h.Protocol, want)
		}
		r.kvs = h.Info
	}
	if err != nil {
		return r, x.Violation("%v", err)
	}
	r.wire = len(frame)
	if r.broken == nil {
		x.parseMessage(&r, payload)
	}
	return r, nil
}

// inner takes a payload of TTHeader out of its frame, if it has one: servers
// answer in the form they were asked in, but need not.
func (x *Reader) inner(payload []byte) (message []byte, leftover int, err error) {
	if len(payload) < 4 || x.Form.judgeMessage(payload) == verdictFits {
		return payload, 0, nil
	}
	if detect.Unframed(payload) != detect.Unknown {
		e := foreign.NotThrift(x.Opts, x.Target, x.Form.Want()+" with what was asked inside", append([]byte(nil), payload[:min(len(payload), foreign.SniffLimit)]...))
		return nil, 0, e
	}
	n := int64(binary.BigEndian.Uint32(payload))
	have := int64(len(payload) - 4)
	if n > have {
		return nil, 0, x.Violation("a frame of %d bytes inside TTHeader, but only %d follow", n, have)
	}
	return payload[4 : 4+n], int(have - n), nil
}

// parseMessage reads envelope and body. Where the body is a struct it is cut
// where that ends; one that is malformed stays whole, for the codec to explain.
func (x *Reader) parseMessage(r *Reply, b []byte) {
	if len(b) == 0 {
		r.broken = x.Violation("an answer without a message")
		return
	}
	m, err := thriftwire.Parse(x.Form.protocol, b)
	if e, ok := err.(*thriftwire.Error); ok {
		r.broken = x.Violation("a message that cannot be read: %s (offset %d)", e.Reason, e.Offset)
		return
	}
	r.Msg = m
	n := len(m.Body)
	switch x.Form.protocol {
	case thriftwire.Binary:
		n, err = thriftwire.SkipBinary(m.Body, thriftwire.Struct, thriftwire.MaxDepth)
	case thriftwire.Compact:
		n, err = thriftwire.SkipCompact(m.Body, thriftwire.CompactStruct, thriftwire.MaxDepth)
	case thriftwire.JSON:
		r.leftover += len(bytes.TrimSpace(m.Rest))
	}
	if err == nil {
		r.leftover += len(m.Body) - n
		r.Msg.Body = m.Body[:n]
	}
}

// judge returns whether the connection is good for more, and the error that an answer
// stands for, nil where it is a reply.
func (x *Reader) judge(r *Reply) (reusable bool, err error) {
	reusable = r.leftover == 0 && r.broken == nil
	if ttheader.Lookup(r.Head.Str, ttheader.StrConnReset) == "1" {
		reusable = false
	}
	if r.leftover > 0 {
		x.RPC.Trace.Warning(fmt.Sprintf("%d bytes follow the message in the answer of %s", r.leftover, x.Target.Text))
	}
	if biz := kitex.BizStatus(Lookup(r.Head.Str), x.RPC.Trace); biz != nil {
		return reusable && r.Msg.Type == thriftwire.Reply && r.Msg.Seq == x.Seq, biz
	}
	switch {
	case r.broken != nil:
		return false, r.broken
	case r.Msg.Type == thriftwire.Exception:
		return x.exception(&r.Msg, reusable)
	case r.Msg.Type != thriftwire.Reply:
		return false, x.Violation("a message of %s in place of a reply", describeType(r.Msg.Type))
	case r.Msg.Seq != x.Seq:
		return false, x.Violation("a reply with the sequence id %d to a request with %d", r.Msg.Seq, x.Seq)
	case len(r.Msg.Body) > x.Opts.MaxMessageSize:
		return false, &call.MessageSizeError{Size: int64(len(r.Msg.Body)), Limit: x.Opts.MaxMessageSize}
	}
	if r.Msg.Name != x.Form.Name {
		x.RPC.Trace.Warning(fmt.Sprintf("the reply is for method %.80q, not %q", r.Msg.Name, x.Form.Name))
	}
	return reusable, nil
}

func describeType(t thriftwire.MessageType) string {
	if t == thriftwire.Call || t == thriftwire.Oneway {
		return "type " + t.String()
	}
	return t.String()
}

// exception reads an application exception. After some, Kitex closes the
// connection. The sequence id is not looked at: Kitex does not always know it.
func (x *Reader) exception(m *thriftwire.Message, reusable bool) (bool, error) {
	kind, text, err := thriftwire.ParseException(x.Form.protocol, m.Body)
	if err != nil {
		return false, x.Violation("an exception that cannot be read: %v", err)
	}
	switch kind {
	case 1, 7, 20: // unknown method, protocol error, unknown service
		reusable = false
	}
	return reusable && m.Seq == x.Seq, &call.ApplicationError{Type: kind, Message: text}
}

// Lookup is ttheader.Lookup in the form that bizStatus takes.
func Lookup(pairs []ttheader.Pair) func(key string) string {
	return func(key string) string { return ttheader.Lookup(pairs, key) }
}

// metadata is what came beside the answer, without what its error says.
func (r *Reply) metadata() stream.Metadata {
	md := kitex.WithoutBiz(PairMetadata(r.Head.Str))
	for _, p := range r.kvs {
		md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
	}
	return md
}

// trace reports an answer that has come.
func (r *Reply) trace(f Form, t *stream.Trace) {
	t.SeeFrame(false, func() string { return frameLine(f, r.Msg.Envelope, r.wire, len(r.Msg.Body)) })
	t.GetHeader(func() stream.Metadata {
		md := envelopePairs(f, r.Msg.Envelope)
		for _, p := range r.kvs {
			md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
		}
		return TTPairs(md, &r.Head)
	})
	t.Receive(len(r.Msg.Body), r.wire)
}
