package jsontext

import (
	"encoding/base64"
	"encoding/hex"
	"runtime"
	"runtime/debug"
	"unicode/utf8"
)

// Spill is where the text of a large reply goes while it is being written, so that
// memory is bounded by the size of the reply and not by that of its text, which may
// be a hundred times as large: an enum value is a byte on the wire and a long name
// in JSON. The zero value lets all text gather in dst.
//
// A decoder calls Room between two values, or inside a string, wherever it will not
// go back to what it has written before.
type Spill struct {
	limit int  // length of dst from which on text is given away; 0 is none
	base  int  // length of what the caller had in dst
	over  bool // text has been given away
	given int  // how many times; positions in dst from before are void
	again bool // the second pass of Stream
	// trying says that text is written in vain; see Try.
	trying bool
	// failed says that it could not be: the error is not one of the reply.
	failed bool
	take   func(text []byte) error // nil: it is thrown away
}

// spillSize is the text that gathers before any is given away, for a body of n
// bytes.
func spillSize(n int) int { return 1<<20 + n }

// againSize is the text that gathers in the second pass, where nothing can go wrong
// any more.
const againSize = 1 << 20

// largeBody is the size of a body for whose text there is room from the start:
// growing would take twice as much.
const largeBody = 256 << 10

// hugeBody is the size of a body before which garbage is collected: to receive it
// has left several times as much of it, which costs more than to look for it.
const hugeBody = 1 << 20

// vastBody is the size of a body before which that memory is given back, too: what is needed
// next may not fit into what has become free.
const vastBody = 32 << 20

// Again reports whether this is the second pass of Stream, where all has been seen.
func (s *Spill) Again() bool { return s.again }

// Given is how many times text has been given away. After each, positions in dst from
// before are void.
func (s *Spill) Given() int { return s.given }

// Trying reports whether text is written in vain; see Try.
func (s *Spill) Trying() bool { return s.trying }

// Failed reports whether text could not be given away: the error is not one of the
// reply.
func (s *Spill) Failed() bool { return s.failed }

// begin is due before a body of n bytes is decoded behind dst. It returns dst with
// room for what gathers, where that is much.
func (s *Spill) begin(dst []byte, n int, take func([]byte) error) []byte {
	*s = Spill{limit: len(dst) + spillSize(n), base: len(dst), take: take}
	switch {
	case n >= vastBody:
		debug.FreeOSMemory()
	case n >= hugeBody:
		runtime.GC()
	}
	if n < largeBody || cap(dst) >= s.limit {
		return dst
	}
	grown := make([]byte, len(dst), s.limit+2*PieceSize)
	copy(grown, dst)
	return grown
}

// Room gives text away once there is enough. The last byte stays, since what comes
// next may depend on it; finish takes it away.
func (s *Spill) Room(dst []byte) ([]byte, error) {
	if s.Full(dst) {
		return s.give(dst)
	}
	return dst, nil
}

// Full reports whether Room would give text away.
func (s *Spill) Full(dst []byte) bool { return len(dst) >= s.limit && s.limit != 0 }

func (s *Spill) give(dst []byte) ([]byte, error) {
	text := dst[s.base:]
	if s.over {
		text = text[1:]
	}
	s.over = true
	s.given++
	var err error
	if s.take != nil {
		err = s.take(text)
		s.failed = err != nil
	}
	return append(dst[:s.base], dst[len(dst)-1]), err
}

// finish returns what is left to be written behind what the caller had in dst.
func (s *Spill) finish(dst []byte) []byte {
	if !s.over {
		return dst
	}
	return append(dst[:s.base], dst[s.base+1:]...)
}

// Hold keeps text together until Release is called with what it returns.
func (s *Spill) Hold() (held int) {
	held, s.limit = s.limit, 0
	return held
}

// Release ends a Hold.
func (s *Spill) Release(held int) { s.limit = held }

// Try decodes a part of a body in vain, to see whether that can be done: its text may be
// too large to be taken back.
func (s *Spill) Try(decode func(dst []byte) ([]byte, error)) error {
	before := *s
	dst := s.begin(nil, 0, nil)
	s.trying = true
	_, err := decode(dst)
	*s = before
	return err
}

// Stream decodes a body in two passes where its text is large: the first finds out
// whether it is sound, and the second gives the text to take. decode appends the
// text of the body to dst and calls Room of s.
func (s *Spill) Stream(dst, body []byte, take func([]byte) error, decode func(dst []byte) ([]byte, error)) ([]byte, error) {
	base := len(dst)
	dst = s.begin(dst, len(body), nil)
	out, err := decode(dst)
	if err != nil || !s.over {
		return out, err
	}
	*s = Spill{limit: base + againSize, base: base, take: take, again: true}
	out, err = decode(out[:base])
	if err != nil {
		return nil, err
	}
	return s.finish(out), nil
}

// PieceSize is how much of a long string is written at once; a multiple of 3, so
// that base64 can go on behind it.
const PieceSize = 3 << 14

// AppendString is like the function, for strings of any length.
func (s *Spill) AppendString(dst, b []byte) (_ []byte, valid bool, err error) {
	if len(b) <= PieceSize || s.limit == 0 {
		dst, valid = AppendString(dst, b)
		return dst, valid, nil
	}
	dst, valid = append(dst, '"'), true
	for len(b) > 0 && err == nil {
		n := len(b)
		if n > PieceSize {
			n = WholeRunes(b, PieceSize)
		}
		var ok bool
		dst, ok = appendEscaped(dst, b[:n])
		valid, b = valid && ok, b[n:]
		dst, err = s.Room(dst)
	}
	return append(dst, '"'), valid, err
}

// WholeRunes is n, or a little less so that no character is cut in two.
func WholeRunes(b []byte, n int) int {
	for i := n; i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			return i
		}
	}
	return n // not UTF-8
}

// AppendBytes is like the function, for values of any length.
func (s *Spill) AppendBytes(dst, b []byte, form Binary) (_ []byte, err error) {
	if len(b) <= PieceSize || s.limit == 0 {
		return appendBytes(dst, b, form), nil
	}
	switch {
	case form == Text && utf8.Valid(b):
		dst, _, err = s.AppendString(dst, b)
		return dst, err
	case form == Text:
		dst = append(dst, `"base64:`...)
	default:
		dst = append(dst, '"')
	}
	for len(b) > 0 && err == nil {
		n := min(len(b), PieceSize)
		if form == Hex {
			dst = hex.AppendEncode(dst, b[:n])
		} else {
			dst = base64.StdEncoding.AppendEncode(dst, b[:n])
		}
		b = b[n:]
		dst, err = s.Room(dst)
	}
	return append(dst, '"'), err
}
