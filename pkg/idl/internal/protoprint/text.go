package protoprint

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quote writes a string as a literal. What is not UTF-8 becomes octal escapes,
// which stand for bytes.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1, r < ' ', r == '"', r == '\\', r == 0x7f:
			quoteByte(&b, s[0])
		case unicode.IsPrint(r):
			b.WriteString(s[:n])
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}

// quoteBytes is quote for bytes that need not be text.
func quoteBytes(s []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		quoteByte(&b, c)
	}
	b.WriteByte('"')
	return b.String()
}

func quoteByte(b *strings.Builder, c byte) {
	switch {
	case c == '\n':
		b.WriteString(`\n`)
	case c == '\r':
		b.WriteString(`\r`)
	case c == '\t':
		b.WriteString(`\t`)
	case c == '"' || c == '\\':
		b.WriteByte('\\')
		b.WriteByte(c)
	case c >= ' ' && c < 0x7f:
		b.WriteByte(c)
	default:
		fmt.Fprintf(b, `\%03o`, c)
	}
}

// unquote reads the C escapes that descriptors have default values of bytes in
// (descriptor.proto, default_value).
func unquote(s string) ([]byte, bool) {
	var out []byte
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			out = append(out, s[i])
			i++
			continue
		}
		c, n := unescape(s[i+1:])
		if n == 0 {
			return nil, false
		}
		out = append(out, c)
		i += 1 + n
	}
	return out, true
}

// unescape reads what follows a backslash; n is 0 if it is no escape.
func unescape(s string) (c byte, n int) {
	if s == "" {
		return 0, 0
	}
	const from, to = `abfnrtv\'"?`, "\a\b\f\n\r\t\v\\'\"?"
	if i := strings.IndexByte(from, s[0]); i >= 0 {
		return to[i], 1
	}
	base, start, most := 8, 0, 3
	if s[0] == 'x' || s[0] == 'X' {
		base, start, most = 16, 1, 2
	}
	n = start
	for n < len(s) && n < start+most && isDigit(s[n], base) {
		n++
	}
	v, err := strconv.ParseUint(s[start:n], base, 8)
	if err != nil {
		return 0, 0
	}
	return byte(v), n
}

func isDigit(c byte, base int) bool {
	if base == 16 && (c|0x20) >= 'a' && (c|0x20) <= 'f' {
		return true
	}
	return c >= '0' && c < '0'+min(byte(base), 10)
}

// floating is the shortest literal of a number of 32 or 64 bits.
func floating(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case v == 0 && math.Signbit(v):
		return "-0.0" // an integer has no sign of zero
	}
	format := byte('e')
	if size := math.Abs(v); size == 0 || size >= 1e-4 && size < 1e15 {
		format = 'f'
	}
	s := strconv.FormatFloat(v, format, -1, bits)
	if bits == 32 {
		// Compilers read 64 bits first.
		if wide, err := strconv.ParseFloat(s, 64); err != nil || float32(wide) != float32(v) {
			s = strconv.FormatFloat(v, format, -1, 64)
		}
	}
	return s
}

// JSONName is the JSON name that a field has by itself.
func JSONName(name string) string {
	out := make([]byte, 0, len(name))
	upper := false
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_':
			upper = true
			continue
		case upper && c >= 'a' && c <= 'z':
			out = append(out, c-'a'+'A')
		default:
			out = append(out, c)
		}
		upper = false
	}
	return string(out)
}
