package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// thrift is a connection of Thrift: calls, which answers name by their sequence id, and streams.
type thrift struct {
	c       *Conn
	waiting []*waiting // in the order of their requests
	streams map[int32]*ttStream
	last    int32 // the greatest number of a stream
}

// waiting is a call that has no answer yet.
type waiting struct {
	*rpc
	seq int32
}

// thriftSide is one direction of it.
type thriftSide struct {
	*thrift
	from     proxy.Side
	scan     thriftwire.Scanner
	scanning bool // a message without a frame
}

func newThrift(c *Conn) (client, server parser) {
	t := &thrift{c: c, streams: map[int32]*ttStream{}}
	return &thriftSide{thrift: t, from: proxy.Client}, &thriftSide{thrift: t, from: proxy.Server}
}

// prefixLen is the size of the length before a frame.
const prefixLen = 4

// frameRoom is what a frame may have beside a message: TTHeader's header is at most 256 KiB.
const frameRoom = 300 << 10

func (t *thriftSide) parse(b []byte) (used, need int, err error) {
	if len(b) < detect.ThriftLen {
		return 0, detect.ThriftLen, nil
	}
	form := t.form(b)
	if t.scanning || form.Kind != detect.Unknown && !form.Framed {
		return t.unframed(form, b)
	}
	if form.Kind == detect.Unknown {
		return 0, 0, errors.New("a message that is in no form of Thrift")
	}
	size := prefixLen + int64(binary.BigEndian.Uint32(b))
	if size > int64(t.c.d.o.MaxMessage)+frameRoom {
		t.tooLarge(form, b, size)
		return int(size), 0, nil
	}
	if int64(len(b)) < size {
		return 0, int(size), nil
	}
	return int(size), 0, t.frame(form, b[:size])
}

// form is what b begins. An answer in the old form of the binary protocol is told only by what
// was asked.
func (t *thriftSide) form(b []byte) detect.Form {
	form := detect.Thrift(b)
	if form.Kind != detect.Unknown || t.from == proxy.Client || len(t.waiting) == 0 || t.scanning {
		return form
	}
	name := t.waiting[0].method.Name
	switch {
	case detect.Answer(thriftwire.Binary, name, b):
		return detect.Form{Kind: detect.Strict}
	case detect.Answer(thriftwire.Binary, name, b[prefixLen:]):
		return detect.Form{Kind: detect.Strict, Framed: true}
	}
	return form
}

// unframed takes a message that has no length before it.
func (t *thriftSide) unframed(form detect.Form, b []byte) (used, need int, err error) {
	if !t.scanning {
		p, _ := form.Protocol()
		t.scan.Reset(p)
		t.scanning = true
	}
	n, done, err := t.scan.Scan(b)
	switch {
	case err != nil:
		return 0, 0, err
	case n > t.c.d.o.MaxMessage+frameRoom:
		return 0, 0, fmt.Errorf("a message without a frame of more than %d bytes", t.c.d.o.MaxMessage)
	case !done:
		return 0, n, nil
	}
	t.scanning = false
	p, _ := form.Protocol()
	return n, 0, t.message(p, b[:n], n, "buffered", nil, "")
}

// frame takes what has a length before it.
func (t *thriftSide) frame(form detect.Form, frame []byte) error {
	switch form.Kind {
	case detect.TTHeaderStreams:
		return t.streamFrame(frame)
	case detect.TTHeader:
		h, payload, err := ttheader.Parse(frame)
		if err != nil {
			return err
		}
		return t.payload(&h, payload, len(frame))
	case detect.THeader:
		h, payload, err := theader.Parse(frame, t.c.d.o.MaxMessage)
		if err != nil {
			return err
		}
		p := thriftwire.Binary
		if h.Protocol == theader.ProtocolCompact {
			p = thriftwire.Compact
		}
		return t.message(p, payload, len(frame), "header", headerPairs(h.Info), "")
	}
	p, _ := form.Protocol()
	return t.message(p, frame[prefixLen:], len(frame), "framed", nil, "")
}

// payload is the message in a frame of TTHeader, which may have a frame of its own.
func (t *thriftSide) payload(h *ttheader.Header, payload []byte, wire int) error {
	transport := "ttheader"
	p, ok := detect.Message(payload)
	if !ok {
		form := detect.Thrift(payload)
		if p, ok = form.Protocol(); ok && form.Framed {
			transport, payload = "ttheader-framed", payload[prefixLen:]
		}
	}
	if !ok {
		p = thriftwire.Binary // whose old form nothing tells; else parsing says what is wrong
	}
	return t.message(p, payload, wire, transport, ttPairs(h), ttheader.Lookup(h.Str, ttheader.StrIDLService))
}

// message takes a whole message of a call.
func (t *thriftSide) message(p thriftwire.Protocol, b []byte, wire int, transport string, md stream.Metadata, service string) error {
	msg, err := thriftwire.Parse(p, b)
	if err != nil {
		return err
	}
	if t.from == proxy.Client && (msg.Type == thriftwire.Call || msg.Type == thriftwire.Oneway) {
		t.request(p, &msg, wire, transport, md, service)
		return nil
	}
	r := t.answered(p, &msg, transport)
	r.header(proxy.Server, md)
	r.finish(r.reply(p, &msg, wire, bizStatus(md)))
	return nil
}

// request begins a call.
func (t *thriftSide) request(p thriftwire.Protocol, msg *thriftwire.Message, wire int, transport string, md stream.Metadata, service string) {
	r := t.c.begin(thriftMethod(p, msg.Name, service), transport)
	r.header(proxy.Client, md)
	_ = r.message(proxy.Client, msg.Body, wire)
	if msg.Type == thriftwire.Oneway || r.method.Oneway {
		r.finish(nil)
		return
	}
	if len(t.waiting) >= maxCalls {
		t.waiting[0].finish(&EndError{"an answer to one of many calls"})
		t.waiting = t.waiting[1:]
	}
	t.waiting = append(t.waiting, &waiting{r, msg.Seq})
}

// thriftMethod is what an envelope names; the name may have the service of a multiplexed
// server before it.
func thriftMethod(p thriftwire.Protocol, name, service string) stream.Method {
	m := stream.Method{Service: service, Name: name}
	m.Protocol, m.Lang = protocolOf(p)
	if before, after, ok := strings.Cut(name, ":"); ok {
		m.Service, m.Name = before, after
	}
	return m
}

// answered finds the call of an answer: the first with its sequence id, else the first. One
// that nobody has asked for is a call of its own.
func (t *thriftSide) answered(p thriftwire.Protocol, msg *thriftwire.Message, transport string) *rpc {
	at := 0
	for i, w := range t.waiting {
		if w.seq == msg.Seq {
			at = i
			break
		}
	}
	if at >= len(t.waiting) {
		return t.c.begin(thriftMethod(p, msg.Name, ""), transport)
	}
	r := t.waiting[at].rpc
	t.waiting = append(t.waiting[:at], t.waiting[at+1:]...)
	return r
}

// reply shows an answer, and returns how the call ended.
func (r *rpc) reply(p thriftwire.Protocol, msg *thriftwire.Message, wire int, biz *call.BizStatusError) error {
	if msg.Type == thriftwire.Exception {
		typ, text, err := thriftwire.ParseException(p, msg.Body)
		if err != nil {
			r.bad(proxy.Server, msg.Body, len(msg.Body), err.Error())
			return &EndError{"an exception that can be read"}
		}
		return &call.ApplicationError{Type: typ, Message: text}
	}
	if biz != nil && len(msg.Body) <= 1 { // Kitex's answer to nobody
		return biz
	}
	err := r.message(proxy.Server, msg.Body, wire)
	if biz != nil {
		return biz
	}
	if e, ok := errors.AsType[*format.NoResultError](err); ok {
		return e
	}
	return err
}

// tooLarge tells of a frame that is stepped over.
func (t *thriftSide) tooLarge(form detect.Form, b []byte, size int64) {
	reason := fmt.Sprintf("a frame of %d bytes, above the limit of %d", size, t.c.d.o.MaxMessage)
	if p, ok := form.Protocol(); ok && t.from == proxy.Client {
		if msg, err := thriftwire.Parse(p, b[prefixLen:]); err == nil {
			r := t.c.begin(thriftMethod(p, msg.Name, ""), "framed")
			r.bad(t.from, msg.Body, int(size), reason)
			t.waiting = append(t.waiting, &waiting{r, msg.Seq})
			return
		}
	}
	if t.from == proxy.Server && len(t.waiting) == 1 {
		r := t.waiting[0].rpc
		t.waiting = nil
		r.bad(t.from, b, int(size), reason)
		r.finish(nil)
		return
	}
	t.c.say(Undecoded{From: t.from, Reason: reason, First: b[:min(len(b), t.c.d.o.MaxBody)], Bytes: size})
}

// lost goes on behind a frame, if no other has been touched.
func (t *thriftSide) lost(b []byte, n int64) (int64, bool) {
	if len(b) < detect.ThriftLen || t.scanning || !t.form(b).Framed {
		return 0, false
	}
	rest := prefixLen + int64(binary.BigEndian.Uint32(b)) - int64(len(b)) - n
	return max(rest, 0), rest >= 0
}

func (t *thriftSide) ended(b []byte) {
	if len(b) > 0 {
		t.c.say(Undecoded{From: t.from, Reason: "the connection ended inside a message", First: b[:min(len(b), t.c.d.o.MaxBody)], Bytes: int64(len(b))})
	}
}
