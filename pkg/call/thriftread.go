package call

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
)

// headroom is how much a message may be larger than its body: envelope, and the
// header of TTHeader with 256 KiB.
const headroom = 512 << 10

// read reads one answer from a connection. The body stays valid until the next
// read from it.
func (x *exchange) read(c *thriftConn, s *thriftwire.Scanner) (thriftReply, error) {
	if err := c.need(1); err != nil {
		return thriftReply{}, x.cut(c, err, 0)
	}
	x.rpc.Trace.Answer()
	n, err := x.readHead(c)
	if err != nil {
		return thriftReply{}, err
	}
	if !x.form.framed() {
		return x.readBuffered(c, s)
	}
	if err := c.need(n); err != nil {
		return thriftReply{}, c.lost(err, int64(n))
	}
	frame := c.unread()[:n]
	c.consume(n)
	r, err := x.parseFrame(frame)
	r.leftover += len(c.unread()) // a second answer, which nobody asked for
	return r, err
}

// readHead waits for the first bytes and refuses what is not an answer in the
// form that was asked for. n is the size of the frame, where there is one.
func (x *exchange) readHead(c *thriftConn) (n int, err error) {
	if err := c.need(4); err != nil {
		return 0, x.cut(c, err, 0)
	}
	if x.form.framed() {
		size := int64(binary.BigEndian.Uint32(c.unread()))
		if size > min(int64(x.opts.MaxMessageSize)+headroom, math.MaxInt32-4) {
			return 0, x.tooLarge(c, size)
		}
		n = int(size) + 4
		if err := c.need(min(n, 8)); err != nil {
			return 0, x.cut(c, err, int64(n))
		}
	}
	switch x.form.judge(c.unread()) {
	case foreign:
		return 0, x.foreign(c)
	case undecided:
		return 0, x.violation("a frame of %d bytes, which holds no message", n-4)
	}
	return n, nil
}

// foreign describes what came in place of an answer. Of text it waits for more.
func (x *exchange) foreign(c *thriftConn) error {
	first := c.sniff(8)
	if isTLSRecord(first) || bytes.HasPrefix(first, []byte("HTTP")) {
		first = c.sniff(sniffLimit)
	}
	return x.opts.notThrift(x.target, x.form.want(), first)
}

// cut explains a connection that ended in the beginning of an answer.
func (x *exchange) cut(c *thriftConn, err error, want int64) error {
	first := c.unread()
	if e := x.opts.notThrift(x.target, x.form.want(), first); e.Guess != GuessUnknown && peerClosed(err) && x.form.judge(first) == foreign {
		e.Body = append([]byte(nil), first...)
		return e
	}
	return c.lost(err, want)
}

// tooLarge tells a frame above the limit from what is no frame at all. A peer
// that says no more than a length is taken at its word.
func (x *exchange) tooLarge(c *thriftConn, size int64) error {
	first := c.sniff(8)
	if len(first) < 8 && unframedGuess(first) == GuessUnknown && !isTLSRecord(first) {
		return &MessageSizeError{Size: size, Limit: x.opts.MaxMessageSize}
	}
	if x.form.judge(first) == fits {
		return &MessageSizeError{Size: size, Limit: x.opts.MaxMessageSize}
	}
	return x.opts.notThrift(x.target, x.form.want(), c.sniff(sniffLimit))
}

// readBuffered reads a message that no length goes before.
func (x *exchange) readBuffered(c *thriftConn, s *thriftwire.Scanner) (thriftReply, error) {
	s.Reset(x.form.protocol)
	for {
		n, done, err := s.Scan(c.unread())
		if e, ok := err.(*thriftwire.Error); ok {
			return thriftReply{}, x.violation("a message that cannot be read: %s (offset %d)", e.Reason, e.Offset)
		}
		if n > x.opts.MaxMessageSize+headroom {
			return thriftReply{}, &MessageSizeError{Size: int64(n), Limit: x.opts.MaxMessageSize}
		}
		if !done {
			if err := c.fill(n); err != nil {
				return thriftReply{}, c.lost(err, 0)
			}
			continue
		}
		message := c.unread()[:n]
		c.consume(n)
		r := thriftReply{wire: n, leftover: len(c.unread())}
		x.parseMessage(&r, message)
		return r, nil
	}
}
