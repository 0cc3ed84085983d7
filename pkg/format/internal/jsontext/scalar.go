package jsontext

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// ShortInteger consumes a number of at most 18 digits without fraction, exponent
// or leading zero, if one stands here, perhaps in quotes: what nearly all integers are.
func (p *Parser) ShortInteger() (n int64, ok bool) {
	c := p.Peek()
	src, i := p.Src, p.Pos
	switch c {
	case '"':
		return p.quotedInteger()
	case '-':
		i++
	}
	whole, digits := number(0, src, i)
	end := i + digits
	if digits == 0 || digits > 18 || digits > 1 && src[i] == '0' || !endsNumber(src, end) {
		return 0, false
	}
	p.Pos = end
	if c == '-' {
		return -int64(whole), true
	}
	return int64(whole), true
}

// quotedInteger is ShortInteger in quotes, as Protobuf writes integers of 64 bits.
func (p *Parser) quotedInteger() (n int64, ok bool) {
	off := p.Pos
	p.Pos++
	if p.Pos < len(p.Src) && (p.Src[p.Pos] == '-' || p.Src[p.Pos]-'0' <= 9) {
		n, ok = p.ShortInteger()
	}
	if !ok || p.Pos >= len(p.Src) || p.Src[p.Pos] != '"' {
		p.Pos = off
		return 0, false
	}
	p.Pos++
	return n, true
}

// endsNumber reports whether a number that is digits, perhaps with a point, ends at i. What
// mostly follows one is looked for first.
func endsNumber(b []byte, i int) bool {
	return i >= len(b) || b[i] == ',' || b[i] == '}' || !IsScalar(b[i])
}

// decimal consumes a number of at most 15 digits, some of them behind the point, without
// exponent or leading zero: what nearly all are. Digits and power of ten are exact then,
// and to divide them rounds but once, as strconv.ParseFloat does.
func (p *Parser) decimal() (x float64, ok bool) {
	neg := p.Peek() == '-'
	src, i := p.Src, p.Pos
	if neg {
		i++
	}
	n, whole := number(0, src, i)
	end, fraction := i+whole, 0
	if end < len(src) && src[end] == '.' {
		n, fraction = number(n, src, end+1)
		if fraction == 0 {
			return 0, false
		}
		end += 1 + fraction
	}
	if whole == 0 || whole+fraction > 15 || whole > 1 && src[i] == '0' || !endsNumber(src, end) {
		return 0, false
	}
	p.Pos = end
	if x = float64(int64(n)) / powersOfTen[fraction]; neg {
		x = -x
	}
	return x, true
}

// powersOfTen are those that decimal needs; a float64 has them exactly.
var powersOfTen = [16]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// number goes on with n by the digits that stand in b at i, and returns how many there
// are. The number of more than 19 is wrong.
func number(n uint64, b []byte, i int) (uint64, int) {
	start := i
	for uint(i) < uint(len(b)) {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + uint64(d)
		i++
	}
	return n, i - start
}

// NumberOrString returns the text of a number, which may stand in quotes too. want is
// what is said to be due where neither stands.
func (p *Parser) NumberOrString(want string) (text []byte, off int, err error) {
	c := p.Peek()
	off = p.Pos
	switch {
	case c == '-' || c >= '0' && c <= '9':
		text, err = p.Number()
		return text, off, err
	case c != '"':
		return nil, off, p.Unexpected(want)
	}
	if text, err = p.Text(); err != nil {
		return nil, 0, err
	}
	if NumberLen(text) != len(text) || len(text) == 0 {
		return nil, 0, p.Fail(off, "%q is not a number", Clip(text))
	}
	return text, off, nil
}

// Float reads a number, a number in quotes, or one of the three names.
func (p *Parser) Float(bits int) (float64, error) {
	if bits == 64 {
		if x, ok := p.decimal(); ok {
			return x, nil
		}
	}
	return p.anyFloat(bits)
}

// anyFloat is Float for whatever decimal does not read.
func (p *Parser) anyFloat(bits int) (float64, error) {
	p.Peek()
	off := p.Pos
	if off < len(p.Src) && p.Src[off] == '"' {
		text, err := p.Text()
		if err != nil {
			return 0, err
		}
		switch string(text) {
		case "NaN":
			return math.NaN(), nil
		case "Infinity":
			return math.Inf(1), nil
		case "-Infinity":
			return math.Inf(-1), nil
		}
		p.Pos = off
	}
	text, off, err := p.NumberOrString("a number")
	if err != nil {
		return 0, err
	}
	x, err := strconv.ParseFloat(string(text), bits)
	if err != nil {
		return 0, p.Fail(off, "%s is out of range for a %d-bit float", Clip(text), bits)
	}
	return x, nil
}

// Base64 appends the bytes of a string in the standard or URL alphabet, padded
// or not.
func (p *Parser) Base64(dst []byte) ([]byte, error) {
	text, off, err := p.TextAt()
	if err != nil {
		return nil, err
	}
	encoding := base64.RawStdEncoding
	for _, c := range text {
		if c == '-' || c == '_' {
			encoding = base64.RawURLEncoding
			break
		}
	}
	pad := 0
	for pad < 2 && len(text) > pad && text[len(text)-1-pad] == '=' {
		pad++
	}
	if len(text)%4 == 0 {
		text = text[:len(text)-pad]
	}
	dst, err = encoding.AppendDecode(dst, text)
	if at, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return nil, p.Fail(off+1+int(at), "not base64")
	}
	return dst, err
}

// Signed is the value of a number that stands at off, where it must fit in so many
// bits; kind names the type in messages.
func (p *Parser) Signed(text []byte, off, bits int, kind fmt.Stringer) (int64, error) {
	n, whole, fits := ParseInteger(text)
	if v, ok := n.Signed(bits); ok && fits {
		return v, nil
	}
	return 0, p.unfit(text, off, whole, bits, true, kind)
}

// SignedNumber reads a number without a fraction, or one in quotes, that fits in so
// many bits. kind names the type in messages, and want is what else could not be there.
func (p *Parser) SignedNumber(bits int, kind fmt.Stringer, want string) (int64, error) {
	start := p.Pos
	if n, ok := p.ShortInteger(); ok && n>>(bits-1) == n>>63 {
		return n, nil
	}
	p.Pos = start
	text, off, err := p.NumberOrString(want)
	if err != nil {
		return 0, err
	}
	return p.Signed(text, off, bits, kind)
}

// UnsignedNumber is SignedNumber for a number without a sign.
func (p *Parser) UnsignedNumber(bits int, kind fmt.Stringer, want string) (uint64, error) {
	start := p.Pos
	if n, ok := p.ShortInteger(); ok && n >= 0 && n>>bits == 0 {
		return uint64(n), nil
	}
	p.Pos = start
	text, off, err := p.NumberOrString(want)
	if err != nil {
		return 0, err
	}
	return p.Unsigned(text, off, bits, kind)
}

// Unsigned is Signed for a number without a sign.
func (p *Parser) Unsigned(text []byte, off, bits int, kind fmt.Stringer) (uint64, error) {
	n, whole, fits := ParseInteger(text)
	if v, ok := n.Unsigned(bits); ok && fits {
		return v, nil
	}
	return 0, p.unfit(text, off, whole, bits, false, kind)
}

// unfit is the mistake of a number that is no integer, or out of range.
func (p *Parser) unfit(text []byte, off int, whole bool, bits int, signed bool, kind fmt.Stringer) error {
	if !whole {
		return p.Fail(off, "%s is not an integer, as %s needs", Clip(text), kind)
	}
	least, most := "0", strconv.FormatUint(^uint64(0)>>(64-bits), 10)
	if signed {
		least, most = strconv.FormatInt(int64(-1)<<(bits-1), 10), strconv.FormatInt(int64(1)<<(bits-1)-1, 10)
	}
	return p.Fail(off, "%s is out of range for %s (%s to %s)", Clip(text), kind, least, most)
}
