package serve

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
)

// thriftRequest is one message of a client, whatever it came in.
type thriftRequest struct {
	thriftwire.Message
	protocol thriftwire.Protocol
	framed   bool
	header   *ttheader.Header // nil outside TTHeader
}

// service is the name of the IDL's service, where the client gave one.
func (r *thriftRequest) service() string {
	if r.header == nil {
		return ""
	}
	return ttheader.Lookup(r.header.Str, ttheader.StrIDLService)
}

// thriftReply is the answer to a request.
type thriftReply struct {
	typ  thriftwire.MessageType
	body []byte
	info []ttheader.Pair // for TTHeader
}

// thriftConn takes requests from a connection, one after the other, in any of the
// transports, and answers each in its own.
type thriftConn struct {
	in   *bufio.Reader
	out  net.Conn
	scan thriftwire.Scanner
	buf  []byte
}

// serve answers until the client has gone, or sends what is no message.
func (c *thriftConn) serve(answer func(*thriftRequest) *thriftReply) error {
	for {
		req, err := c.read()
		if err != nil {
			return err
		}
		reply := answer(req)
		if reply == nil {
			continue // oneway
		}
		frame, err := c.frame(req, reply)
		if err != nil {
			return err
		}
		if _, err := c.out.Write(frame); err != nil {
			return err
		}
	}
}

// read tells the transports apart by their first bytes, as Kitex's servers do
// (cloudwego/kitex:pkg/remote/codec/default_codec.go).
func (c *thriftConn) read() (*thriftRequest, error) {
	first, err := c.in.Peek(ttheader.PrefixLen)
	if err != nil {
		return nil, err
	}
	switch {
	case ttheader.IsPrefix(first):
		return c.readTTHeader(first)
	case protocolOf(first) != unknownProtocol:
		return c.readBuffered(protocolOf(first))
	}
	size := int64(binary.BigEndian.Uint32(first)) + 4
	protocol := protocolOf(first[4:])
	if protocol == unknownProtocol {
		return nil, errors.New("no Thrift")
	}
	frame, err := c.take(size)
	if err != nil {
		return nil, err
	}
	m, err := thriftwire.Parse(protocol, frame[4:])
	return &thriftRequest{Message: m, protocol: protocol, framed: true}, err
}

// unknownProtocol is no protocol.
const unknownProtocol = thriftwire.Protocol(0xff)

// protocolOf tells the protocol of a message by its first two bytes.
func protocolOf(b []byte) thriftwire.Protocol {
	switch {
	case b[0] == 0x80 && b[1] == 0x01:
		return thriftwire.Binary
	case b[0] == 0x82:
		return thriftwire.Compact
	case b[0] == '[':
		return thriftwire.JSON
	case b[0] == 0x90 && b[1] == 0x01:
		return thriftwire.KitexProtobuf
	}
	return unknownProtocol
}

// take reads size bytes. What is announced takes memory only as it comes.
func (c *thriftConn) take(size int64) ([]byte, error) {
	if size > maxRequest {
		return nil, fmt.Errorf("a request of %d bytes", size)
	}
	c.buf = c.buf[:0]
	for int64(len(c.buf)) < size {
		n := min(size-int64(len(c.buf)), 64<<10)
		start := len(c.buf)
		c.buf = append(c.buf, make([]byte, n)...)
		if _, err := io.ReadFull(c.in, c.buf[start:]); err != nil {
			return nil, err
		}
	}
	return c.buf, nil
}

func (c *thriftConn) readTTHeader(first []byte) (*thriftRequest, error) {
	frame, err := c.take(ttheader.FrameLen(first))
	if err != nil {
		return nil, err
	}
	header, payload, err := ttheader.Parse(frame)
	if err != nil {
		return nil, err
	}
	req := &thriftRequest{header: &header}
	if len(payload) >= 6 && protocolOf(payload) == unknownProtocol {
		req.framed = true
		payload = payload[4:]
	}
	if len(payload) < 2 {
		return nil, io.ErrUnexpectedEOF
	}
	if req.protocol = protocolOf(payload); req.protocol == unknownProtocol {
		return nil, errors.New("no Thrift")
	}
	req.Message, err = thriftwire.Parse(req.protocol, payload)
	return req, err
}

// readBuffered finds the end of a message that nothing announces.
func (c *thriftConn) readBuffered(p thriftwire.Protocol) (*thriftRequest, error) {
	if p == thriftwire.KitexProtobuf {
		return nil, errors.New("a message of Kitex Protobuf has no end without a frame")
	}
	c.scan.Reset(p)
	for want := 1; ; {
		b, err := c.in.Peek(max(want, c.in.Buffered()))
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		n, done, scanErr := c.scan.Scan(b)
		switch {
		case scanErr != nil:
			return nil, scanErr
		case !done && n > maxRequest:
			return nil, fmt.Errorf("a request of %d bytes", n)
		case !done && n > c.in.Size():
			c.in = bufio.NewReaderSize(c.in, max(n, 2*c.in.Size()))
			want = n
			continue
		case !done:
			want = n
			continue
		}
		body, err := c.take(int64(n))
		if err != nil {
			return nil, err
		}
		m, err := thriftwire.Parse(p, body)
		return &thriftRequest{Message: m, protocol: p}, err
	}
}

// frame is the bytes of an answer.
func (c *thriftConn) frame(req *thriftRequest, reply *thriftReply) ([]byte, error) {
	var out []byte
	if req.header != nil {
		h := ttheader.Header{Seq: req.header.Seq, Str: reply.info, Int: []ttheader.IntPair{
			{Key: ttheader.IntMessageType, Value: strconv.Itoa(int(reply.typ))},
		}}
		var err error
		if out, err = h.Append(out); err != nil {
			return nil, err
		}
	}
	mark := len(out)
	if req.framed {
		out = append(out, 0, 0, 0, 0)
	}
	envelope := thriftwire.Envelope{Name: req.Name, Type: reply.typ, Seq: req.Seq}
	out = thriftwire.Append(out, req.protocol, envelope, reply.body)
	if req.framed {
		binary.BigEndian.PutUint32(out[mark:], uint32(len(out)-mark-4))
	}
	if req.header != nil {
		return out, ttheader.SetLength(out)
	}
	return out, nil
}
