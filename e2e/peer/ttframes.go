package peer

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The types of frames of TTHeader Streaming.
const (
	metaFrame    = '1'
	headerFrame  = '2'
	dataFrame    = '3'
	trailerFrame = '4'
	rstFrame     = '5'
)

// ttFrame is a frame of TTHeader Streaming.
type ttFrame struct {
	kind    byte // 0 for a frame without one
	method  string
	stream  uint32
	pairs   []string // keys and values
	payload []byte
}

// bytes encodes a frame as Kitex does, the pairs in their order.
func (f ttFrame) bytes() []byte {
	info := []byte{0x10, 0} // a bare struct, no transforms
	if len(f.pairs) > 0 {
		info = append(info, pairs(f.pairs...)[2:]...)
	}
	var count uint16
	var ints []byte
	if f.kind != 0 {
		count, ints = 1, []byte{0, 27, 0, 1, f.kind}
	}
	ints = binary.BigEndian.AppendUint16(append(ints, 0, 9), uint16(len(f.method)))
	info = append(binary.BigEndian.AppendUint16(append(info, 0x10), count+1), ints...)
	info = append(info, f.method...)
	info = append(info, make([]byte, (4-len(info)%4)%4)...)

	b := binary.BigEndian.AppendUint32([]byte{0x10, 0, 0, 2}, f.stream)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(info)/4)), info...)
	b = append(b, f.payload...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// readFrame reads a frame of a sane size.
func readFrame(r io.Reader) (f ttFrame, err error) {
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length); err != nil {
		return f, err
	}
	size := binary.BigEndian.Uint32(length)
	if size < 12 || size > math.MaxInt16*1024 {
		return f, fmt.Errorf("a frame of %d bytes", size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return f, err
	}
	if flags := binary.BigEndian.Uint32(b); flags != 0x10000002 {
		return f, fmt.Errorf("magic and flags %08x", flags)
	}
	f.stream = binary.BigEndian.Uint32(b[4:])
	end := 10 + 4*int(binary.BigEndian.Uint16(b[8:]))
	if end > len(b) {
		return f, fmt.Errorf("a header of %d bytes in %d", end, len(b))
	}
	f.payload = b[end:]
	return f, f.readInfo(infoReader{b[12:end]})
}

// readInfo reads the sections after protocol and transforms.
func (f *ttFrame) readInfo(r infoReader) error {
	for len(r.b) > 0 {
		switch section := r.take(1); section[0] {
		case 0: // padding
		case 1:
			for range r.number() {
				f.pairs = append(f.pairs, r.text(), r.text())
			}
		case 0x10:
			for range r.number() {
				switch key, value := r.number(), r.text(); {
				case key == 27 && len(value) == 1:
					f.kind = value[0]
				case key == 9:
					f.method = value
				default:
					return fmt.Errorf("integer key %d: %q", key, value)
				}
			}
		default:
			return fmt.Errorf("section %x", section)
		}
	}
	return nil
}

// infoReader reads header info; what is cut short is zeros.
type infoReader struct{ b []byte }

func (r *infoReader) take(n int) []byte {
	part := make([]byte, n)
	r.b = r.b[copy(part, r.b):]
	return part
}

func (r *infoReader) number() int  { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *infoReader) text() string { return string(r.take(r.number())) }

// exceptionBody is the envelope with an application exception that ends a stream.
func exceptionBody(method string, seq uint32, code int32, message string) []byte {
	q := &thriftRequest{}
	body := binary.BigEndian.AppendUint32([]byte{11, 0, 1}, uint32(len(message)))
	body = append(append(body, message...), 8, 0, 2)
	body = append(binary.BigEndian.AppendUint32(body, uint32(code)), 0)
	return append(q.envelope(3, method, seq), body...)
}
