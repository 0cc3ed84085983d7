package serve

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
)

// request is one message of a client, whatever it came in.
type request struct {
	thriftwire.Message

	protocol thriftwire.Protocol
	framed   bool
	header   *ttheader.Header // nil outside TTHeader
	theader  *theader.Header  // nil outside THeader
	via      string           // Peer.Transport
}

// Names of what carries a call of Thrift, in Peer.
const (
	viaTTHeader       = "ttheader"
	viaTTHeaderFramed = "ttheader-framed"
	viaFramed         = "framed"
	viaBuffered       = "buffered"
	viaHeader         = "header"
	viaHTTP           = "http"
	viaStreams        = "ttheader-streaming"
)

// lengthLen is the size of the length before a frame.
const lengthLen = 4

// serveCalls answers one call after the other, each in the form in which it was asked,
// until the client has gone or sends what is no message.
func (s *Server) serveCalls(ctx context.Context, c *conn) error {
	var scan thriftwire.Scanner
	c.whenDraining(func() { _ = c.SetReadDeadline(time.Now()) })
	for {
		req, err := s.readCall(c, &scan)
		if err != nil {
			return c.ending(err)
		}
		answer, err := s.answer(ctx, c, req)
		if err != nil {
			return err
		}
		if len(answer) == 0 {
			continue // oneway
		}
		if _, err := c.Write(answer); err != nil {
			return err
		}
	}
}

// readCall tells the transports apart by their first bytes, as Kitex's servers do
// (cloudwego/kitex:pkg/remote/codec/default_codec.go).
func (s *Server) readCall(c *conn, scan *thriftwire.Scanner) (*request, error) {
	form, err := c.detect()
	if err != nil {
		return nil, err
	}
	switch form.Kind {
	case detect.TTHeader:
		return s.readTTHeader(c)
	case detect.THeader:
		return s.readTHeader(c)
	}
	protocol, ok := form.Protocol()
	switch {
	case !ok:
		first, _ := c.in.Peek(min(c.in.Buffered(), 16))
		return nil, foreign(form, first)
	case !form.Framed:
		return s.readBuffered(c, scan, protocol)
	}
	length, err := c.in.Peek(lengthLen)
	if err != nil {
		return nil, err
	}
	frame, err := c.take(int64(binary.BigEndian.Uint32(length))+lengthLen, s.maxMessage())
	if err != nil {
		return nil, err
	}
	m, err := thriftwire.Parse(protocol, frame[lengthLen:])
	return &request{Message: m, protocol: protocol, framed: true, via: viaFramed}, err
}

// ending is how a connection ends that is asked to, where its client waits for nothing.
func (c *conn) ending(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining && c.in.Buffered() == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		return io.EOF
	}
	return err
}

func (s *Server) readTTHeader(c *conn) (*request, error) {
	first, err := c.in.Peek(ttheader.PrefixLen)
	if err != nil {
		return nil, err
	}
	frame, err := c.take(ttheader.FrameLen(first), s.maxMessage())
	if err != nil {
		return nil, err
	}
	header, payload, err := ttheader.Parse(frame)
	if err != nil {
		return nil, err
	}
	req := &request{header: &header, via: viaTTHeader}
	protocol, ok := detect.Message(payload)
	if !ok && len(payload) > lengthLen { // in a frame once more
		req.framed, req.via = true, viaTTHeaderFramed
		payload = payload[lengthLen:]
		protocol, ok = detect.Message(payload)
	}
	if !ok {
		return nil, &ForeignError{"TTHeader with no Thrift inside", append([]byte(nil), payload[:min(len(payload), 16)]...)}
	}
	req.protocol = protocol
	req.Message, err = thriftwire.Parse(protocol, payload)
	return req, err
}

func (s *Server) readTHeader(c *conn) (*request, error) {
	length, err := c.in.Peek(lengthLen)
	if err != nil {
		return nil, err
	}
	frame, err := c.take(int64(binary.BigEndian.Uint32(length))+lengthLen, s.maxMessage())
	if err != nil {
		return nil, err
	}
	header, payload, err := theader.Parse(frame, int(s.maxMessage()))
	if err != nil {
		return nil, err
	}
	protocol, ok := detect.Message(payload)
	if !ok {
		return nil, &ForeignError{"THeader with no Thrift inside", append([]byte(nil), payload[:min(len(payload), 16)]...)}
	}
	m, err := thriftwire.Parse(protocol, payload)
	return &request{Message: m, protocol: protocol, theader: &header, via: viaHeader}, err
}

// readBuffered finds the end of a message that nothing announces.
func (s *Server) readBuffered(c *conn, scan *thriftwire.Scanner, p thriftwire.Protocol) (*request, error) {
	scan.Reset(p)
	for want := 1; ; {
		b, err := c.in.Peek(max(want, c.in.Buffered()))
		if err != nil {
			return nil, unexpected(err)
		}
		n, done, err := scan.Scan(b)
		switch {
		case err != nil:
			return nil, err
		case int64(n) > s.maxMessage():
			return nil, &SizeError{int64(n), s.maxMessage()}
		case done:
			body, err := c.take(int64(n), s.maxMessage())
			if err != nil {
				return nil, err
			}
			c.shrink()
			m, err := thriftwire.Parse(p, body)
			return &request{Message: m, protocol: p, via: viaBuffered}, err
		case n > c.in.Size(): // not at once to what is announced
			c.resize(2 * c.in.Size())
		}
		want = min(n, c.in.Size())
	}
}
