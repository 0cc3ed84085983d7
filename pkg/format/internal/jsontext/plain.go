package jsontext

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight bytes are looked at as one number: where an operation borrows from a byte, or
// carries into one, a byte before it has been found already, and the first is what counts.
const (
	ones = 0x0101010101010101
	tops = 0x80 * ones
)

// plainLen is how many bytes s begins with that stand for themselves in a JSON string and
// that no terminal obeys: printable ASCII without quotes and backslashes.
func plainLen[T string | []byte](s T) int {
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		x := uint64(s[n]) | uint64(s[n+1])<<8 | uint64(s[n+2])<<16 | uint64(s[n+3])<<24 |
			uint64(s[n+4])<<32 | uint64(s[n+5])<<40 | uint64(s[n+6])<<48 | uint64(s[n+7])<<56
		control, quote, backslash, del := x-' '*ones, (x^'"'*ones)-ones, (x^'\\'*ones)-ones, x+ones
		if found := (control | quote | backslash | del | x) & tops; found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for n < len(s) && isPlain(s[n]) {
		n++
	}
	return n
}

func isPlain(c byte) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }

// nextSpecial is the first index from i on at which b has what a reader of a JSON string must look
// at: a quote, a backslash, a control character, or what is not ASCII. It may look at what
// follows the string, so that only at the end of b bytes are taken one by one.
func nextSpecial(b []byte, i int) int {
	for ; len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if found := (syntax(x) | x) & tops; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && b[i] < utf8.RuneSelf && !isSyntax(b[i]) {
		i++
	}
	return i
}

// nextSyntax is nextSpecial where all that is not ASCII is passed over: nothing is
// borrowed from such a byte.
func nextSyntax(b []byte, i int) int {
	for ; len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if found := syntax(x) &^ x & tops; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && !isSyntax(b[i]) {
		i++
	}
	return i
}

// syntax has the top bit set of the first byte of x that isSyntax; those before it that are ASCII have not.
func syntax(x uint64) uint64 {
	control, quote, backslash := x-' '*ones, (x^'"'*ones)-ones, (x^'\\'*ones)-ones
	return control | quote | backslash
}

// isSyntax reports whether a byte cannot stand for itself in a JSON string.
func isSyntax(c byte) bool { return c < ' ' || c == '"' || c == '\\' }
