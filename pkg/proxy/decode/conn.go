package decode

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/proxy"
)

// Conn reads one connection. It is a proxy.Watcher.
type Conn struct {
	d     *Decoder
	id    int64
	start time.Time
	now   time.Time // of what is being looked at
	sides [2]side
	held  int               // bytes of messages that have not all come
	open  map[*rpc]struct{} // calls that have not ended
	text  []byte            // of the message that is being decoded
	busy  atomic.Bool
	done  bool
}

// say tells what happens to the connection.
func (c *Conn) say(details any) {
	c.d.o.Emit(Event{Conn: c.id, At: c.now, Since: c.now.Sub(c.start), Details: details})
}

// Data reads what a side sent.
func (c *Conn) Data(from proxy.Side, at time.Time, b []byte) {
	c.now = at
	s := &c.sides[from]
	if s.p == nil {
		c.greet(s, b)
		return
	}
	c.feed(s, b)
}

func (c *Conn) feed(s *side, b []byte) {
	if err := s.feed(b); err != nil && !c.done {
		c.stop(s.from, err.Error(), s.buf)
	}
}

// maxGreeting is what a server may say before the client has said what it speaks.
const maxGreeting = 64 << 10

// greet finds out what the client speaks. HTTP/2 has the server begin without waiting for that.
func (c *Conn) greet(s *side, b []byte) {
	s.buf = append(s.buf, b...)
	if s.from == proxy.Server {
		if len(s.buf) >= maxGreeting || len(s.buf) >= settingsLen && !detect.IsSettings(s.buf) {
			c.stop(s.from, "the server speaks first, in no protocol that is known", s.buf)
		}
		return
	}
	form, more := detect.Request(s.buf)
	if more > 0 {
		return
	}
	if !c.choose(form) {
		c.stop(s.from, unknown(form), s.buf)
		return
	}
	for i := range c.sides { // the client's first
		pending := c.sides[i].buf
		c.sides[i].buf = nil
		if !c.done && len(pending) > 0 {
			c.feed(&c.sides[i], pending)
		}
	}
}

// settingsLen is the size of the header of a frame of HTTP/2.
const settingsLen = 9

// unknown says why a connection is not read.
func unknown(f detect.Form) string {
	if f.Kind == detect.TLS {
		return "TLS, which does not end here: nothing can be seen"
	}
	return "no protocol that is known"
}

// choose sets the parsers; false where there are none.
func (c *Conn) choose(form detect.Form) bool {
	switch form.Kind {
	case detect.Unknown, detect.TLS:
		return false
	case detect.HTTP2:
		c.sides[proxy.Client].p, c.sides[proxy.Server].p = newHTTP2(c)
	case detect.HTTP1:
		c.sides[proxy.Client].p, c.sides[proxy.Server].p = newHTTP1(c)
	default:
		c.sides[proxy.Client].p, c.sides[proxy.Server].p = newThrift(c)
	}
	return true
}

// stop ends decoding. The relay goes on.
func (c *Conn) stop(from proxy.Side, reason string, first []byte) {
	c.say(Undecoded{From: from, Reason: reason, First: first[:min(len(first), c.d.o.MaxBody)], Stopped: true})
	c.done = true
	c.finishAll(&StoppedError{reason})
	c.busy.Store(true) // nobody knows
	for i := range c.sides {
		c.sides[i] = side{from: proxy.Side(i)}
	}
}

// Lost notes bytes that passed unseen.
func (c *Conn) Lost(from proxy.Side, at time.Time, n int64) {
	c.now = at
	if c.sides[from].lost(n) {
		c.say(Undecoded{From: from, Reason: "decoding was behind", Bytes: n})
		return
	}
	c.stop(from, "decoding was behind, and bytes were lost between messages", nil)
}

// Ended notes that a side has closed.
func (c *Conn) Ended(from proxy.Side, at time.Time, err error) {
	c.now = at
	s := &c.sides[from]
	switch {
	case s.p != nil:
		s.p.ended(s.buf)
	case from == proxy.Client && len(s.buf) > 0:
		c.stop(from, "no protocol that is known", s.buf)
	}
	if err != nil {
		c.finishAll(&ResetError{from, err})
	}
}

// Closed ends the connection.
func (c *Conn) Closed(end proxy.Closed) {
	c.now = end.At
	err := end.Err
	if err == nil {
		err = errors.New("closed")
	}
	c.finishAll(&LostError{err})
	c.say(Close{end})
}

// Done reports that nothing more can be read.
func (c *Conn) Done() bool { return c.done }

// Busy reports whether calls are under way, or may be.
func (c *Conn) Busy() bool { return c.busy.Load() }

// finishAll ends all calls, the first first.
func (c *Conn) finishAll(err error) {
	for len(c.open) > 0 {
		var first *rpc
		for r := range c.open {
			if first == nil || r.id < first.id {
				first = r
			}
		}
		first.finish(err)
	}
}
