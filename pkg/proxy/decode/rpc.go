package decode

import (
	"errors"
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// rpc is one call.
type rpc struct {
	c      *Conn
	id     int64
	start  time.Time
	method stream.Method
	known  *known // nil where there is no IDL of it
	why    string // why there is none
	codecs [2]format.Codec
	tally  [2]Tally
	halved bool
	ended  bool
}

// begin starts a call. The method's Protocol is that of its messages.
func (c *Conn) begin(m stream.Method, transport string) *rpc {
	known, err := c.d.library.get(m)
	if err != nil {
		return c.beginUnknown(m, transport, err.Error())
	}
	return c.enter(&rpc{method: known.method, known: known}, transport)
}

// beginUnknown starts a call of which there is no IDL.
func (c *Conn) beginUnknown(m stream.Method, transport, why string) *rpc {
	return c.enter(&rpc{method: m, why: why}, transport)
}

// enter gives a call its number.
func (c *Conn) enter(r *rpc, transport string) *rpc {
	r.c, r.id, r.start = c, c.d.calls.Add(1), c.now
	if c.open == nil {
		c.open = map[*rpc]struct{}{}
	}
	c.open[r] = struct{}{}
	c.busy.Store(true)
	r.say(Start{Method: r.method, Known: r.known != nil, Transport: transport})
	return r
}

func (r *rpc) say(details any) {
	r.c.d.o.Emit(Event{Conn: r.c.id, Call: r.id, At: r.c.now, Since: r.c.now.Sub(r.start), Details: details})
}

func (r *rpc) header(from proxy.Side, md stream.Metadata) {
	if len(md) > 0 {
		r.say(Header{from, md})
	}
}

func (r *rpc) trailer(from proxy.Side, md stream.Metadata) {
	if len(md) > 0 {
		r.say(Trailer{from, md})
	}
}

func (r *rpc) halfClose() {
	if !r.halved && !r.ended {
		r.halved = true
		r.say(HalfClose{})
	}
}

// count adds a message, and returns its number.
func (r *rpc) count(from proxy.Side, size, wire int) int {
	t := &r.tally[from]
	t.Messages++
	t.Bytes += size
	t.Wire += wire
	return t.Messages
}

// message decodes one. The error is the exception that a reply is, or that it has no result.
func (r *rpc) message(from proxy.Side, body []byte, wire int) error {
	m := Message{From: from, N: r.count(from, len(body), wire), Size: len(body), Wire: wire}
	text, err := r.decode(from, body)
	var exception *format.Exception
	var nothing *format.NoResultError
	switch {
	case err == nil:
		m.JSON = text
	case errors.As(err, &exception), errors.As(err, &nothing):
		r.tally[from].Messages--
		r.tally[from].Bytes -= len(body)
		r.tally[from].Wire -= wire
		return err
	default:
		m.Body, m.Reason = body[:min(len(body), r.c.d.o.MaxBody)], err.Error()
	}
	r.say(m)
	return nil
}

// bad is a message that cannot be decoded for a reason that its transport has. size is what it
// would be.
func (r *rpc) bad(from proxy.Side, first []byte, size int, reason string) {
	r.say(Message{
		From: from, N: r.count(from, size, size), Size: size, Wire: size,
		Body: first[:min(len(first), r.c.d.o.MaxBody)], Reason: reason,
	})
}

// decode makes JSON of a body.
func (r *rpc) decode(from proxy.Side, body []byte) ([]byte, error) {
	if r.known == nil {
		return nil, errors.New(r.why)
	}
	if r.codecs[from] == nil {
		r.codecs[from] = r.known.programs[from].Codec()
	}
	text, err := r.codecs[from].Decode(r.c.text[:0], body)
	if cap(text) <= keptBuffer {
		r.c.text = text[:0]
	}
	return text, err
}

// tooLarge says why a message was stepped over.
func (r *rpc) tooLarge(size int64) string {
	return fmt.Sprintf("a message of %d bytes, above the limit of %d", size, r.c.d.o.MaxMessage)
}

// finish ends the call, once.
func (r *rpc) finish(err error) {
	if r.ended {
		return
	}
	r.ended = true
	delete(r.c.open, r)
	if len(r.c.open) == 0 && !r.c.done {
		r.c.busy.Store(false)
	}
	if status, ok := errors.AsType[*stream.Status](err); ok && r.known != nil && len(status.Details) > 0 {
		err = r.known.detailed(status)
	}
	r.say(Finish{Err: err, Sent: r.tally[proxy.Client], Received: r.tally[proxy.Server]})
}
