package call

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// thriftReply is what a peer answered.
type thriftReply struct {
	msg      thriftwire.Message
	broken   error           // why msg could not be read
	head     ttheader.Header // of TTHeader
	kvs      []theader.Pair  // of THeader
	wire     int             // bytes
	leftover int             // bytes after the message
}

// exchange judges the answer to one request.
type exchange struct {
	opts   *Options
	rpc    *stream.Call
	form   form
	target Target
	seq    int32
}

func (x *exchange) violation(format string, args ...any) error {
	return &ProtocolError{Target: x.target.Text, Saw: fmt.Sprintf(format, args...)}
}

// parseFrame reads an answer that came in a frame, its length included.
func (x *exchange) parseFrame(frame []byte) (r thriftReply, err error) {
	payload := frame[4:]
	switch x.form.transport {
	case TTHeader, TTHeaderFramed:
		if r.head, payload, err = ttheader.Parse(frame); err == nil {
			payload, r.leftover, r.broken = x.inner(payload)
		}
	case Header:
		var h theader.Header
		h, payload, err = theader.Parse(frame, x.opts.MaxMessageSize)
		if want := uint64(2 * x.form.protocol); err == nil && h.Protocol != want { // binary 0, compact 2
			err = fmt.Errorf("an answer in THeader's protocol %d to a request in %d", h.Protocol, want)
		}
		r.kvs = h.Info
	}
	if err != nil {
		return r, x.violation("%v", err)
	}
	r.wire = len(frame)
	if r.broken == nil {
		x.parseMessage(&r, payload)
	}
	return r, nil
}

// inner takes a payload of TTHeader out of its frame, if it has one: servers
// answer in the form they were asked in, but need not.
func (x *exchange) inner(payload []byte) (message []byte, leftover int, err error) {
	if len(payload) < 4 || x.form.judgeMessage(payload) == fits {
		return payload, 0, nil
	}
	if unframedGuess(payload) != GuessUnknown {
		e := x.opts.notThrift(x.target, x.form.want()+" with what was asked inside", append([]byte(nil), payload[:min(len(payload), sniffLimit)]...))
		return nil, 0, e
	}
	n := int64(binary.BigEndian.Uint32(payload))
	have := int64(len(payload) - 4)
	if n > have {
		return nil, 0, x.violation("a frame of %d bytes inside TTHeader, but only %d follow", n, have)
	}
	return payload[4 : 4+n], int(have - n), nil
}

// parseMessage reads envelope and body. Where the body is a struct it is cut
// where that ends; one that is malformed stays whole, for the codec to explain.
func (x *exchange) parseMessage(r *thriftReply, b []byte) {
	if len(b) == 0 {
		r.broken = x.violation("an answer without a message")
		return
	}
	m, err := thriftwire.Parse(x.form.protocol, b)
	if e, ok := err.(*thriftwire.Error); ok {
		r.broken = x.violation("a message that cannot be read: %s (offset %d)", e.Reason, e.Offset)
		return
	}
	r.msg = m
	n := len(m.Body)
	switch x.form.protocol {
	case thriftwire.Binary:
		n, err = thriftwire.SkipBinary(m.Body, thriftwire.Struct, thriftwire.MaxDepth)
	case thriftwire.Compact:
		n, err = thriftwire.SkipCompact(m.Body, thriftwire.CompactStruct, thriftwire.MaxDepth)
	case thriftwire.JSON:
		r.leftover += len(bytes.TrimSpace(m.Rest))
	}
	if err == nil {
		r.leftover += len(m.Body) - n
		r.msg.Body = m.Body[:n]
	}
}

// judge returns the error that an answer stands for, nil where it is a reply, and
// whether the connection is good for more.
func (x *exchange) judge(r *thriftReply) (err error, reusable bool) {
	reusable = r.leftover == 0 && r.broken == nil
	if ttheader.Lookup(r.head.Str, ttheader.StrConnReset) == "1" {
		reusable = false
	}
	if r.leftover > 0 {
		x.rpc.Trace.Warning(fmt.Sprintf("%d bytes follow the message in the answer of %s", r.leftover, x.target.Text))
	}
	if biz := bizStatus(lookup(r.head.Str), x.rpc.Trace); biz != nil {
		return biz, reusable && r.msg.Type == thriftwire.Reply && r.msg.Seq == x.seq
	}
	switch {
	case r.broken != nil:
		return r.broken, false
	case r.msg.Type == thriftwire.Exception:
		return x.exception(&r.msg, reusable)
	case r.msg.Type != thriftwire.Reply:
		return x.violation("a message of %s in place of a reply", describeType(r.msg.Type)), false
	case r.msg.Seq != x.seq:
		return x.violation("a reply with the sequence id %d to a request with %d", r.msg.Seq, x.seq), false
	case len(r.msg.Body) > x.opts.MaxMessageSize:
		return &MessageSizeError{Size: int64(len(r.msg.Body)), Limit: x.opts.MaxMessageSize}, false
	}
	if r.msg.Name != x.form.name {
		x.rpc.Trace.Warning(fmt.Sprintf("the reply is for method %.80q, not %q", r.msg.Name, x.form.name))
	}
	return nil, reusable
}

func describeType(t thriftwire.MessageType) string {
	if t == thriftwire.Call || t == thriftwire.Oneway {
		return "type " + t.String()
	}
	return t.String()
}

// exception reads an application exception. After some, Kitex closes the
// connection. The sequence id is not looked at: Kitex does not always know it.
func (x *exchange) exception(m *thriftwire.Message, reusable bool) (error, bool) {
	kind, text, err := thriftwire.ParseException(x.form.protocol, m.Body)
	if err != nil {
		return x.violation("an exception that cannot be read: %v", err), false
	}
	switch kind {
	case 1, 7, 20: // unknown method, protocol error, unknown service
		reusable = false
	}
	return &ApplicationError{Type: kind, Message: text}, reusable && m.Seq == x.seq
}

// lookup is ttheader.Lookup in the form that bizStatus takes.
func lookup(pairs []ttheader.Pair) func(key string) string {
	return func(key string) string { return ttheader.Lookup(pairs, key) }
}

// metadata is what came beside the answer, without what its error says.
func (r *thriftReply) metadata() stream.Metadata {
	md := withoutBiz(pairMetadata(r.head.Str))
	for _, p := range r.kvs {
		md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
	}
	return md
}

// trace reports an answer that has come.
func (r *thriftReply) trace(f form, t *stream.Trace) {
	t.SeeFrame(false, func() string { return frameLine(f, r.msg.Envelope, r.wire, len(r.msg.Body)) })
	t.GetHeader(func() stream.Metadata {
		md := envelopePairs(f, r.msg.Envelope)
		for _, p := range r.kvs {
			md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
		}
		return ttPairs(md, &r.head)
	})
	t.Receive(len(r.msg.Body), r.wire)
}
