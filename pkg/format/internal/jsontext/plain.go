package jsontext

import "math/bits"

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
