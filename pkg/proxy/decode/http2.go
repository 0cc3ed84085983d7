package decode

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// h2 is a connection of HTTP/2.
type h2 struct {
	c       *Conn
	streams map[uint32]*exchange
	sides   [2]*h2Side
}

// h2Side is what one side sends (RFC 9113 section 4). DATA is shown as it comes, all other frames
// are waited for.
type h2Side struct {
	*h2
	from   proxy.Side
	hpack  *hpack.Decoder
	fields stream.Metadata
	size   int  // of fields
	over   bool // they are too large to be kept
	begun  bool // the preface is behind us

	block struct { // of header, which CONTINUATION may follow
		stream uint32
		ends   bool // the stream
		open   bool
	}
	data struct { // a frame of DATA that has not all come
		stream    uint32
		left, pad int
		ends      bool
	}
}

const (
	h2HeaderLen = 9
	// maxTable bounds the memory of HPACK, whatever the sides settle on.
	maxTable = 1 << 20
	// maxFields bounds the fields of a header that are kept, in bytes.
	maxFields = 1 << 20
)

func newHTTP2(c *Conn) (client, server parser) {
	h := &h2{c: c, streams: map[uint32]*exchange{}}
	for i := range h.sides {
		s := &h2Side{h2: h, from: proxy.Side(i)}
		s.hpack = hpack.NewDecoder(4096, s.field)
		s.hpack.SetAllowedMaxDynamicTableSize(maxTable)
		s.hpack.SetMaxStringLength(maxFields)
		h.sides[i] = s
	}
	h.sides[proxy.Server].begun = true
	return h.sides[proxy.Client], h.sides[proxy.Server]
}

func (s *h2Side) parse(b []byte) (used, need int, err error) {
	switch {
	case !s.begun:
		s.begun = true
		return len(detect.Preface), 0, nil
	case s.data.left > 0:
		n := min(len(b), s.data.left)
		s.takeData(b[:n])
		return n, 0, nil
	case len(b) < h2HeaderLen:
		return 0, h2HeaderLen, nil
	}
	size := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	kind, flags, id := http2.FrameType(b[3]), http2.Flags(b[4]), binary.BigEndian.Uint32(b[5:])&(1<<31-1)
	if s.block.open && (kind != http2.FrameContinuation || id != s.block.stream) {
		return 0, 0, errors.New("a header block without its end")
	}
	if kind == http2.FrameData {
		return s.beginData(b, size, flags, id)
	}
	if len(b) < h2HeaderLen+size {
		return 0, h2HeaderLen + size, nil
	}
	return h2HeaderLen + size, 0, s.frame(kind, flags, id, b[h2HeaderLen:h2HeaderLen+size])
}

// beginData reads the header of DATA, and the length of its padding.
func (s *h2Side) beginData(b []byte, size int, flags http2.Flags, id uint32) (used, need int, err error) {
	used = h2HeaderLen
	pad := 0
	if flags.Has(http2.FlagDataPadded) {
		if len(b) == h2HeaderLen {
			return 0, h2HeaderLen + 1, nil
		}
		used++
		if pad = int(b[h2HeaderLen]); pad >= size {
			return 0, 0, errors.New("DATA with more padding than it has room for")
		}
		size--
	}
	s.data.stream, s.data.left, s.data.pad, s.data.ends = id, size, pad, flags.Has(http2.FlagDataEndStream)
	if size == 0 {
		s.takeData(nil)
	}
	return used, 0, nil
}

// takeData takes a piece of DATA.
func (s *h2Side) takeData(b []byte) {
	s.data.left -= len(b)
	keep := max(0, len(b)-max(0, s.data.pad-s.data.left))
	x := s.streams[s.data.stream]
	if x == nil {
		return
	}
	if keep > 0 {
		x.data(s.from, b[:keep])
	}
	if s.data.left == 0 && s.data.ends {
		s.endStream(s.data.stream, x)
	}
}

// frame takes a frame that is not DATA.
func (s *h2Side) frame(kind http2.FrameType, flags http2.Flags, id uint32, payload []byte) error {
	switch kind {
	case http2.FrameHeaders:
		return s.headers(flags, id, payload)
	case http2.FrameContinuation:
		if !s.block.open {
			return errors.New("CONTINUATION without HEADERS")
		}
		return s.fragment(payload, flags.Has(http2.FlagContinuationEndHeaders))
	case http2.FramePushPromise:
		return errors.New("PUSH_PROMISE, which no RPC has")
	case http2.FrameRSTStream:
		if x := s.streams[id]; x != nil && len(payload) == 4 {
			delete(s.streams, id)
			code := http2.ErrCode(binary.BigEndian.Uint32(payload))
			x.reset(s.from, int64(code), code.String())
		}
	}
	return nil
}

// headers begins a header block.
func (s *h2Side) headers(flags http2.Flags, id uint32, p []byte) error {
	pad := 0
	if flags.Has(http2.FlagHeadersPadded) {
		if len(p) == 0 {
			return errors.New("HEADERS without the padding that they announce")
		}
		pad, p = int(p[0]), p[1:]
	}
	if flags.Has(http2.FlagHeadersPriority) {
		if len(p) < 5 {
			return errors.New("HEADERS without the priority that they announce")
		}
		p = p[5:]
	}
	if pad > len(p) {
		return errors.New("HEADERS with more padding than they have room for")
	}
	s.block.stream, s.block.ends, s.block.open = id, flags.Has(http2.FlagHeadersEndStream), true
	s.fields, s.size, s.over = nil, 0, false
	return s.fragment(p[:len(p)-pad], flags.Has(http2.FlagHeadersEndHeaders))
}

// field takes one that HPACK has decoded.
func (s *h2Side) field(f hpack.HeaderField) {
	if s.size += len(f.Name) + len(f.Value) + 32; s.size > maxFields {
		s.over = true
		return
	}
	s.fields.Add(f.Name, f.Value)
}

// fragment takes a piece of a header block.
func (s *h2Side) fragment(p []byte, last bool) error {
	if _, err := s.hpack.Write(p); err != nil {
		return fmt.Errorf("HPACK: %w", err)
	}
	if !last {
		return nil
	}
	s.block.open = false
	if err := s.hpack.Close(); err != nil {
		return fmt.Errorf("HPACK: %w", err)
	}
	if s.over {
		s.c.say(Undecoded{From: s.from, Reason: fmt.Sprintf("header fields of more than %d bytes, of which the rest is left out", maxFields), Bytes: int64(s.size)})
	}
	s.headed(s.fields)
	s.fields = nil
	return nil
}

// headed takes a whole header block: of a request, of an answer, or a trailer.
func (s *h2Side) headed(fields stream.Metadata) {
	id := s.block.stream
	x := s.streams[id]
	switch {
	case x == nil && s.from == proxy.Client:
		if len(s.streams) >= maxCalls {
			return
		}
		x = newExchange(s.c, fields)
		s.streams[id] = x
	case x == nil:
		return
	default:
		x.fields(s.from, fields, s.block.ends)
	}
	if s.block.ends {
		s.endStream(id, x)
	}
}

// endStream ends one side of an exchange.
func (s *h2Side) endStream(id uint32, x *exchange) {
	x.end(s.from)
	if x.ended[proxy.Server] { // what the client still sends, nobody reads
		delete(s.streams, id)
	}
}

// lost can be put up with inside of DATA.
func (s *h2Side) lost(_ []byte, n int64) (int64, bool) {
	if int64(s.data.left) < n {
		return 0, false
	}
	s.data.left -= int(n)
	if x := s.streams[s.data.stream]; x != nil {
		x.lost(s.from)
	}
	if s.data.left == 0 {
		s.takeData(nil)
	}
	return 0, true
}

func (*h2Side) ended([]byte) {}
