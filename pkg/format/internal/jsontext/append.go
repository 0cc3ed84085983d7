package jsontext

import (
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/terminal"
)

const hexDigits = "0123456789abcdef"

// AppendString appends a JSON string. It escapes what RFC 8259 demands and what a
// terminal may obey, DEL, C1 and bidi controls; valid is false if invalid UTF-8 became
// U+FFFD.
func AppendString[T string | []byte](dst []byte, s T) (_ []byte, valid bool) {
	dst, valid = appendEscaped(append(dst, '"'), s)
	return append(dst, '"'), valid
}

// appendEscaped is AppendString without the quotes.
func appendEscaped[T string | []byte](dst []byte, s T) (_ []byte, valid bool) {
	valid = true
	start := 0
	for i := plainLen(s); i < len(s); i += plainLen(s[i:]) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			switch {
			case r == utf8.RuneError && n == 1:
				valid = false
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
				start = i + n
			case terminal.Obeys(r):
				dst = append(append(dst, s[start:i]...), '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
				start = i + n
			}
			i += n
			continue
		}
		dst = appendEscape(append(dst, s[start:i]...), c)
		i++
		start = i
	}
	return append(dst, s[start:]...), valid
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// QuoteFrom puts quotes around the number or boolean that begins at dst[from] and
// ends dst. A string has them.
func QuoteFrom(dst []byte, from int) []byte {
	if dst[from] == '"' {
		return dst
	}
	return append(Insert(dst, from, []byte{'"'}), '"')
}

// appendBytes appends a bytes value in one of the forms of Binary.
func appendBytes(dst, b []byte, form Binary) []byte {
	switch {
	case form == Hex:
		return append(hex.AppendEncode(append(dst, '"'), b), '"')
	case form == Text && utf8.Valid(b):
		dst, _ = AppendString(dst, b)
		return dst
	case form == Text:
		dst = append(dst, `"base64:`...)
		return append(base64.StdEncoding.AppendEncode(dst, b), '"')
	}
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}

// Insert makes room for b at dst[at].
func Insert(dst []byte, at int, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	size := len(dst)
	dst = append(dst, b...)
	copy(dst[at+len(b):], dst[at:size])
	copy(dst[at:], b)
	return dst
}

// Separate appends a comma unless an object or array has just been opened.
func Separate(dst []byte) []byte {
	if c := dst[len(dst)-1]; c == '{' || c == '[' {
		return dst
	}
	return append(dst, ',')
}

// QuotedKey is a name as a key: in quotes, with the colon.
func QuotedKey(name string) []byte {
	key, _ := AppendString(nil, name)
	return append(key, ':')
}
