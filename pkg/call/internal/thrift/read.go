package thrift

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
)

// headroom is how much a message may be larger than its body: envelope, and the
// header of TTHeader with 256 KiB.
const headroom = 512 << 10

// Read reads one answer from a connection. The body stays valid until the next
// read from it.
func (x *Reader) Read(c *Conn, s *thriftwire.Scanner) (Reply, error) {
	if err := c.await(); err != nil {
		return Reply{}, x.cut(c, err, 0)
	}
	x.RPC.Trace.Answer()
	n, err := x.ReadHead(c)
	if err != nil {
		return Reply{}, err
	}
	if !x.Form.framed() {
		return x.readBuffered(c, s)
	}
	if err := c.Need(n); err != nil {
		return Reply{}, c.Lost(err, int64(n))
	}
	frame := c.Unread()[:n]
	c.Consume(n)
	r, err := x.parseFrame(frame)
	r.leftover += len(c.Unread()) // a second answer, which nobody asked for
	return r, err
}

// ReadHead waits for the first bytes and refuses what is not an answer in the
// form that was asked for. n is the size of the frame, where there is one.
func (x *Reader) ReadHead(c *Conn) (n int, err error) {
	if err := c.Need(4); err != nil {
		return 0, x.cut(c, err, 0)
	}
	if x.Form.framed() {
		size := int64(binary.BigEndian.Uint32(c.Unread()))
		if size > min(int64(x.Opts.MaxMessageSize)+headroom, math.MaxInt32-4) {
			return 0, x.tooLarge(c, size)
		}
		n = int(size) + 4
		if err := c.Need(min(n, 8)); err != nil {
			return 0, x.cut(c, err, int64(n))
		}
	}
	switch x.Form.judge(c.Unread()) {
	case verdictForeign:
		return 0, x.foreign(c)
	case verdictUndecided:
		return 0, x.Violation("a frame of %d bytes, which holds no message", n-4)
	}
	return n, nil
}

// foreign describes what came in place of an answer. Of text it waits for more.
func (x *Reader) foreign(c *Conn) error {
	first := c.sniff(8)
	if detect.IsTLS(first) || bytes.HasPrefix(first, []byte("HTTP")) {
		first = c.sniff(foreign.SniffLimit)
	}
	return foreign.NotThrift(x.Opts, x.Target, x.Form.Want(), first)
}

// cut explains a connection that ended in the beginning of an answer.
func (x *Reader) cut(c *Conn, err error, want int64) error {
	first := c.Unread()
	if e := foreign.NotThrift(x.Opts, x.Target, x.Form.Want(), first); e.Guess != call.GuessUnknown && fault.PeerClosed(err) && x.Form.judge(first) == verdictForeign {
		e.Body = append([]byte(nil), first...)
		return e
	}
	return c.Lost(err, want)
}

// tooLarge tells a frame above the limit from what is no frame at all. A peer
// that says no more than a length is taken at its word.
func (x *Reader) tooLarge(c *Conn, size int64) error {
	first := c.sniff(8)
	if len(first) < 8 && detect.Unframed(first) == detect.Unknown && !detect.IsTLS(first) {
		return &call.MessageSizeError{Size: size, Limit: x.Opts.MaxMessageSize}
	}
	if x.Form.judge(first) == verdictFits {
		return &call.MessageSizeError{Size: size, Limit: x.Opts.MaxMessageSize}
	}
	return foreign.NotThrift(x.Opts, x.Target, x.Form.Want(), c.sniff(foreign.SniffLimit))
}

// readBuffered reads a message that no length goes before.
func (x *Reader) readBuffered(c *Conn, s *thriftwire.Scanner) (Reply, error) {
	s.Reset(x.Form.protocol)
	for {
		n, done, err := s.Scan(c.Unread())
		if e, ok := err.(*thriftwire.Error); ok {
			return Reply{}, x.Violation("a message that cannot be read: %s (offset %d)", e.Reason, e.Offset)
		}
		if n > x.Opts.MaxMessageSize+headroom {
			return Reply{}, &call.MessageSizeError{Size: int64(n), Limit: x.Opts.MaxMessageSize}
		}
		if !done {
			if err := c.fill(n); err != nil {
				return Reply{}, c.Lost(err, 0)
			}
			continue
		}
		message := c.Unread()[:n]
		c.Consume(n)
		r := Reply{wire: n, leftover: len(c.Unread())}
		x.parseMessage(&r, message)
		return r, nil
	}
}
