package h2

import (
	"encoding/binary"
	"io"

	"golang.org/x/net/http2"
)

// readPlain reads the next frame where it is one of those that calls are made of, in the
// form that nearly all have: DATA and WINDOW_UPDATE, and HEADERS in one frame whose block is
// known. They are looked at where they stand in the buffer. false leaves the frame to the
// Framer, which has seen no part of it.
func (c *Conn) readPlain() (done bool, err error) {
	head, err := c.peek(frameHeaderLen)
	if err != nil {
		return true, err
	}
	n := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	kind, flags, id := http2.FrameType(head[3]), http2.Flags(head[4]), binary.BigEndian.Uint32(head[5:])
	if n > DefaultMaxFrame || id >= 1<<31 || !isPlain(kind, flags, n, id) {
		return false, nil
	}
	frame, err := c.peek(frameHeaderLen + n)
	if err != nil {
		return true, err
	}
	payload := frame[frameHeaderLen:]
	end := flags.Has(http2.FlagDataEndStream)
	switch kind {
	case http2.FrameData:
		c.hear()
		err = c.handleData(id, payload, int64(n), end)
	case http2.FrameWindowUpdate:
		increment := binary.BigEndian.Uint32(payload)
		if increment == 0 || increment >= 1<<31 {
			return false, nil
		}
		c.hear()
		err = c.handleWindowUpdate(id, increment)
	case http2.FramePing:
		c.hear()
		err = c.handlePing([8]byte(payload))
	default:
		fields := c.known.find(payload)
		if fields == nil {
			c.unknown = append(c.unknown[:0], payload...)
			return false, nil
		}
		c.hear()
		err = c.handleHeaders(id, fields, end)
	}
	_, _ = c.br.Discard(len(frame))
	return true, err
}

// isPlain reports whether a frame is one of those that readPlain reads; without padding,
// priority or more to follow.
func isPlain(kind http2.FrameType, flags http2.Flags, n int, id uint32) bool {
	if id == 0 {
		return kind == http2.FrameWindowUpdate && n == 4 || kind == http2.FramePing && n == 8 && !flags.Has(http2.FlagPingAck)
	}
	switch kind {
	case http2.FrameData:
		return flags&^http2.FlagDataEndStream == 0
	case http2.FrameWindowUpdate:
		return n == 4
	case http2.FrameHeaders:
		return flags&^http2.FlagHeadersEndStream == http2.FlagHeadersEndHeaders && n > 0 && n <= largestBlock
	}
	return false
}

// peek waits for n bytes. An error is that of the connection.
func (c *Conn) peek(n int) ([]byte, error) {
	b, err := c.br.Peek(n)
	if err == io.EOF && len(b) > 0 {
		err = io.ErrUnexpectedEOF // as the Framer has it
	}
	if err != nil {
		return nil, c.lost(err)
	}
	return b, nil
}
