package ttheader

import (
	"encoding/binary"
	"fmt"
)

// IsPrefix reports whether a frame may begin like this: with any length, and the
// magic number. b has PrefixLen bytes or more.
func IsPrefix(b []byte) bool {
	return binary.BigEndian.Uint16(b[lengthLen:]) == Magic
}

// FrameLen is the size of the frame that begins with b, LENGTH included.
func FrameLen(b []byte) int64 { return int64(binary.BigEndian.Uint32(b)) + lengthLen }

// Parse reads a whole frame. The payload is a part of it. Where a key repeats, the
// later value wins. All errors are *Error.
func Parse(frame []byte) (h Header, payload []byte, err error) {
	if len(frame) < fixedLen {
		return h, nil, &Error{len(frame), fmt.Sprintf("a TTHeader frame of %d bytes, which is too short", len(frame))}
	}
	if !IsPrefix(frame) {
		return h, nil, &Error{lengthLen, fmt.Sprintf("%x in place of TTHeader's magic number", frame[4:6])}
	}
	if n := FrameLen(frame); n != int64(len(frame)) {
		return h, nil, &Error{0, fmt.Sprintf("a TTHeader frame of %d bytes says that it has %d", len(frame), n)}
	}
	h.Flags = binary.BigEndian.Uint16(frame[6:])
	h.Seq = int32(binary.BigEndian.Uint32(frame[8:]))
	end := fixedLen + 4*int(binary.BigEndian.Uint16(frame[12:]))
	switch {
	case h.Flags&FlagStreaming != 0:
		return h, nil, &Error{6, "a TTHeader streaming frame"}
	case end > len(frame):
		return h, nil, &Error{12, fmt.Sprintf("a TTHeader header of %d bytes in a frame of %d", end, len(frame))}
	case end < fixedLen+2:
		return h, nil, &Error{12, "a TTHeader header without a protocol id"}
	case frame[15] != 0:
		return h, nil, &Error{15, fmt.Sprintf("a TTHeader payload with %d transform(s), which has no meaning here", frame[15])}
	}
	h.Protocol = frame[14]
	r := reader{frame[:end], fixedLen + 2}
	if err := r.sections(&h); err != nil {
		return h, nil, err
	}
	h.unify()
	return h, frame[end:], nil
}

// unify sorts, and keeps the last value of each key.
func (h *Header) unify() {
	h.Sort()
	str, ints := h.Str[:0], h.Int[:0]
	for i, p := range h.Str {
		if i+1 == len(h.Str) || h.Str[i+1].Key != p.Key {
			str = append(str, p)
		}
	}
	for i, p := range h.Int {
		if i+1 == len(h.Int) || h.Int[i+1].Key != p.Key {
			ints = append(ints, p)
		}
	}
	h.Str, h.Int = str, ints
}

// reader reads the header info; b ends where it ends.
type reader struct {
	b   []byte
	pos int
}

func (r *reader) sections(h *Header) error {
	for r.pos < len(r.b) {
		id := r.b[r.pos]
		r.pos++
		var err error
		switch id {
		case sectionPadding:
		case sectionStr:
			err = r.str(h)
		case sectionInt:
			err = r.int(h)
		case sectionACL:
			var token string
			if token, err = r.text(); err == nil {
				h.Str = append(h.Str, Pair{StrACLToken, token})
			}
		default:
			err = &Error{r.pos - 1, fmt.Sprintf("a TTHeader section 0x%02x, which is not known", id)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) u16() (int, error) {
	if len(r.b)-r.pos < 2 {
		return 0, &Error{r.pos, "a TTHeader section is cut short"}
	}
	v := binary.BigEndian.Uint16(r.b[r.pos:])
	r.pos += 2
	return int(v), nil
}

func (r *reader) text() (string, error) {
	n, err := r.u16()
	if err != nil {
		return "", err
	}
	if n > len(r.b)-r.pos {
		return "", &Error{r.pos - 2, fmt.Sprintf("a TTHeader value of %d bytes, but only %d follow", n, len(r.b)-r.pos)}
	}
	r.pos += n
	return string(r.b[r.pos-n : r.pos]), nil
}

func (r *reader) str(h *Header) error {
	count, err := r.u16()
	for range count {
		var p Pair
		if p.Key, err = r.text(); err != nil {
			return err
		}
		if p.Value, err = r.text(); err != nil {
			return err
		}
		h.Str = append(h.Str, p)
	}
	return err
}

func (r *reader) int(h *Header) error {
	count, err := r.u16()
	for range count {
		key, err := r.u16()
		if err != nil {
			return err
		}
		value, err := r.text()
		if err != nil {
			return err
		}
		h.Int = append(h.Int, IntPair{uint16(key), value})
	}
	return err
}
