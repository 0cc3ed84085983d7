// Package theader has the bytes of an Apache THeader frame
// (apache/thrift:doc/specs/HeaderFormat.md). It looks like TTHeader, and is not:
//
//	0   u32  LENGTH, of what follows this field
//	4   u16  0f ff
//	6   u16  flags
//	8   i32  sequence id
//	12  u16  size of the header in units of 4 bytes
//	14  varint protocol id, varint number of transforms, their ids
//	    info blocks: varint id; id 1 is varint count, then keys and values, each
//	    a varint length and bytes; padding with zeros
//	    payload
package theader

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// Magic follows the length. It must not change.
const Magic = 0x0fff

// Protocol ids (apache/thrift:lib/go/thrift/header_transport.go).
const (
	ProtocolBinary  = 0
	ProtocolCompact = 2
)

// Transforms.
const transformZlib = 1

const (
	infoPadding  = 0
	infoKeyValue = 1

	fixedLen  = 14
	lengthLen = 4
	maxHeader = 4 * 0xffff
	// MaxFrame bounds LENGTH.
	MaxFrame = 0x3fffffff
)

// Pair is an entry of the key-value block. Both sides may be any bytes.
type Pair struct{ Key, Value string }

// Header is what stands before the payload.
type Header struct {
	Flags    uint16
	Seq      int32
	Protocol uint64
	Info     []Pair // in the order of the wire
}

// Error says what is wrong with a frame, and at which of its bytes.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// LimitError says that a header or a frame is too large to be written.
type LimitError struct {
	Part        string
	Size, Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the %s has %d bytes, at most %d fit into THeader", e.Part, e.Size, e.Limit)
}

// Append appends the header, with LENGTH for a frame without payload: SetLength
// corrects it once the payload is there. Errors are *LimitError; dst is then
// returned as it was.
func (h *Header) Append(dst []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, Magic)
	dst = binary.BigEndian.AppendUint16(dst, h.Flags)
	dst = binary.BigEndian.AppendUint32(dst, uint32(h.Seq))
	dst = append(dst, 0, 0)
	dst = binary.AppendUvarint(dst, h.Protocol)
	dst = append(dst, 0)
	if len(h.Info) > 0 {
		dst = append(dst, infoKeyValue)
		dst = binary.AppendUvarint(dst, uint64(len(h.Info)))
	}
	for _, p := range h.Info {
		dst = binary.AppendUvarint(dst, uint64(len(p.Key)))
		dst = append(dst, p.Key...)
		dst = binary.AppendUvarint(dst, uint64(len(p.Value)))
		dst = append(dst, p.Value...)
	}
	for (len(dst)-start-fixedLen)%4 != 0 {
		dst = append(dst, infoPadding)
	}
	size := len(dst) - start - fixedLen
	if size > maxHeader {
		return dst[:start], &LimitError{"header", size, maxHeader}
	}
	binary.BigEndian.PutUint16(dst[start+12:], uint16(size/4))
	return dst, SetLength(dst[start:])
}

// SetLength writes the LENGTH of a frame that is complete.
func SetLength(frame []byte) error {
	n := len(frame) - lengthLen
	if n > MaxFrame {
		return &LimitError{"frame", n, MaxFrame}
	}
	binary.BigEndian.PutUint32(frame, uint32(n))
	return nil
}

// Parse reads a whole frame. The payload is a part of it, unless it was
// compressed with zlib; then it has at most limit bytes. All errors are *Error.
func Parse(frame []byte, limit int) (h Header, payload []byte, err error) {
	if len(frame) < fixedLen {
		return h, nil, &Error{len(frame), fmt.Sprintf("a THeader frame of %d bytes, which is too short", len(frame))}
	}
	if binary.BigEndian.Uint16(frame[4:]) != Magic {
		return h, nil, &Error{lengthLen, fmt.Sprintf("%x in place of THeader's magic number", frame[4:6])}
	}
	if n := int64(binary.BigEndian.Uint32(frame)) + lengthLen; n != int64(len(frame)) {
		return h, nil, &Error{0, fmt.Sprintf("a THeader frame of %d bytes says that it has %d", len(frame), n)}
	}
	h.Flags = binary.BigEndian.Uint16(frame[6:])
	h.Seq = int32(binary.BigEndian.Uint32(frame[8:]))
	end := fixedLen + 4*int(binary.BigEndian.Uint16(frame[12:]))
	if end > len(frame) {
		return h, nil, &Error{12, fmt.Sprintf("a THeader header of %d bytes in a frame of %d", end, len(frame))}
	}
	r := reader{frame[:end], fixedLen}
	if h.Protocol, err = r.uvarint(); err != nil {
		return h, nil, err
	}
	transforms, err := r.transforms()
	if err != nil {
		return h, nil, err
	}
	if err := r.infos(&h); err != nil {
		return h, nil, err
	}
	payload = frame[end:]
	for range transforms {
		if payload, err = inflate(payload, limit); err != nil {
			return h, nil, &Error{end, err.Error()}
		}
	}
	return h, payload, nil
}

// inflate undoes the zlib transform.
func inflate(b []byte, limit int) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("a THeader payload that does not decompress: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("a THeader payload that does not decompress: %w", err)
	}
	if len(out) > limit {
		return nil, fmt.Errorf("a THeader payload of more than %d bytes when decompressed", limit)
	}
	return out, nil
}

// reader reads the header; b ends where it ends.
type reader struct {
	b   []byte
	pos int
}

func (r *reader) uvarint() (uint64, error) {
	v, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		return 0, &Error{r.pos, "a THeader header is cut short"}
	}
	r.pos += n
	return v, nil
}

// transforms returns how often the payload is compressed with zlib, which is the
// only transform that is known here.
func (r *reader) transforms() (int, error) {
	count, err := r.uvarint()
	if err != nil {
		return 0, err
	}
	if count > 4 { // nobody compresses that often
		return 0, &Error{r.pos, fmt.Sprintf("a THeader payload with %d transforms", count)}
	}
	for range count {
		id, err := r.uvarint()
		if err != nil {
			return 0, err
		}
		if id != transformZlib {
			return 0, &Error{r.pos, fmt.Sprintf("a THeader payload with the transform %d, which is not known", id)}
		}
	}
	return int(count), nil
}

// infos reads info blocks. What follows one that is not known can be skipped, as
// the specification has it.
func (r *reader) infos(h *Header) error {
	for r.pos < len(r.b) {
		id, err := r.uvarint()
		if err != nil {
			return err
		}
		if id == infoPadding {
			continue
		}
		if id != infoKeyValue {
			return nil
		}
		if err := r.pairs(h); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) pairs(h *Header) error {
	count, err := r.uvarint()
	if err != nil {
		return err
	}
	for range count { // each takes at least two of the bytes that are there
		var p Pair
		if p.Key, err = r.text(); err != nil {
			return err
		}
		if p.Value, err = r.text(); err != nil {
			return err
		}
		h.Info = append(h.Info, p)
	}
	return nil
}

func (r *reader) text() (string, error) {
	n, err := r.uvarint()
	if err != nil {
		return "", err
	}
	if n > uint64(len(r.b)-r.pos) {
		return "", &Error{r.pos, fmt.Sprintf("a THeader value of %d bytes, but only %d follow", n, len(r.b)-r.pos)}
	}
	r.pos += int(n)
	return string(r.b[r.pos-int(n) : r.pos]), nil
}
