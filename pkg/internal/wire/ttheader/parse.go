package ttheader

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// IsPrefix reports whether a frame may begin like this: with any length, and the
// magic number. b has PrefixLen bytes or more.
func IsPrefix(b []byte) bool {
	return binary.BigEndian.Uint16(b[lengthLen:]) == Magic
}

// FrameLen is the size of the frame that begins with b, LENGTH included.
func FrameLen(b []byte) int64 { return int64(binary.BigEndian.Uint32(b)) + lengthLen }

// Parse reads a whole frame of a call. The payload is a part of it. Where a key
// repeats, the later value wins. All errors are *Error.
func Parse(frame []byte) (h Header, payload []byte, err error) {
	r, err := open(frame)
	if err != nil {
		return h, nil, err
	}
	h.Flags, h.Seq, h.Protocol = flags(frame), seq(frame), frame[14]
	if h.Flags&FlagStreaming != 0 {
		return h, nil, &Error{6, "a TTHeader streaming frame"}
	}
	err = r.sections(
		func(key, value []byte) { h.Str = append(h.Str, Pair{string(key), string(value)}) },
		func(key uint16, value []byte) { h.Int = append(h.Int, IntPair{key, string(value)}) },
	)
	if err != nil {
		return h, nil, err
	}
	h.Str, h.Int = unify(h.Str, Pair.key), unify(h.Int, IntPair.key)
	return h, frame[len(r.b):], nil
}

func flags(frame []byte) uint16 { return binary.BigEndian.Uint16(frame[6:]) }
func seq(frame []byte) int32    { return int32(binary.BigEndian.Uint32(frame[8:])) }

// open checks the fixed part of a frame. The reader stands at the first section.
func open(frame []byte) (reader, error) {
	if len(frame) < fixedLen {
		return reader{}, &Error{len(frame), fmt.Sprintf("a TTHeader frame of %d bytes, which is too short", len(frame))}
	}
	if !IsPrefix(frame) {
		return reader{}, &Error{lengthLen, fmt.Sprintf("%x in place of TTHeader's magic number", frame[4:6])}
	}
	if n := FrameLen(frame); n != int64(len(frame)) {
		return reader{}, &Error{0, fmt.Sprintf("a TTHeader frame of %d bytes says that it has %d", len(frame), n)}
	}
	end := fixedLen + 4*int(binary.BigEndian.Uint16(frame[12:]))
	switch {
	case end > len(frame):
		return reader{}, &Error{12, fmt.Sprintf("a TTHeader header of %d bytes in a frame of %d", end, len(frame))}
	case end < fixedLen+2:
		return reader{}, &Error{12, "a TTHeader header without a protocol id"}
	case frame[15] != 0:
		return reader{}, &Error{15, fmt.Sprintf("a TTHeader payload with %d transform(s), which has no meaning here", frame[15])}
	}
	return reader{frame[:end], fixedLen + 2}, nil
}

func (p Pair) key() string    { return p.Key }
func (p IntPair) key() uint16 { return p.Key }

// unify sorts pairs by their keys, and keeps the last of each key.
func unify[P any, K cmp.Ordered](pairs []P, key func(P) K) []P {
	slices.SortStableFunc(pairs, func(a, b P) int { return cmp.Compare(key(a), key(b)) })
	kept := pairs[:0]
	for i, p := range pairs {
		if i+1 == len(pairs) || key(pairs[i+1]) != key(p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// reader reads the header info; b ends where it ends.
type reader struct {
	b   []byte
	pos int
}

// sections calls str and num with each pair, in the order of the wire. Values are
// parts of the frame.
func (r *reader) sections(str func(key, value []byte), num func(key uint16, value []byte)) error {
	for r.pos < len(r.b) {
		id := r.b[r.pos]
		r.pos++
		var err error
		switch id {
		case sectionPadding:
		case sectionStr:
			err = r.str(str)
		case sectionInt:
			err = r.int(num)
		case sectionACL:
			var token []byte
			if token, err = r.text(); err == nil {
				str([]byte(StrACLToken), token)
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

func (r *reader) text() ([]byte, error) {
	n, err := r.u16()
	if err != nil {
		return nil, err
	}
	if n > len(r.b)-r.pos {
		return nil, &Error{r.pos - 2, fmt.Sprintf("a TTHeader value of %d bytes, but only %d follow", n, len(r.b)-r.pos)}
	}
	r.pos += n
	return r.b[r.pos-n : r.pos], nil
}

func (r *reader) str(pair func(key, value []byte)) error {
	count, err := r.u16()
	for range count {
		key, err := r.text()
		if err != nil {
			return err
		}
		value, err := r.text()
		if err != nil {
			return err
		}
		pair(key, value)
	}
	return err
}

func (r *reader) int(pair func(key uint16, value []byte)) error {
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
		pair(uint16(key), value)
	}
	return err
}
