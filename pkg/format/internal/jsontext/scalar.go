package jsontext

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// ShortInteger consumes a number of at most 18 digits without fraction, exponent
// or leading zero, if one stands here: what nearly all integers are.
func (p *Parser) ShortInteger() (n int64, ok bool) {
	p.Peek()
	i := p.Pos
	neg := i < len(p.Src) && p.Src[i] == '-'
	if neg {
		i++
	}
	start := i
	for ; i < len(p.Src) && i-start <= 18; i++ {
		d := p.Src[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + int64(d)
	}
	if i == start || i-start > 18 || p.Src[start] == '0' && i-start > 1 {
		return 0, false
	}
	if i < len(p.Src) && (IsWord(p.Src[i]) || p.Src[i] == '.') {
		return 0, false
	}
	p.Pos = i
	if neg {
		n = -n
	}
	return n, true
}

// decimal consumes a number of at most 15 digits, some of them behind the point, without
// exponent or leading zero: what nearly all are. Digits and power of ten are exact then,
// and to divide them rounds but once, as strconv.ParseFloat does.
func (p *Parser) decimal() (x float64, ok bool) {
	i := p.Pos
	neg := i < len(p.Src) && p.Src[i] == '-'
	if neg {
		i++
	}
	start := i
	n, whole := number(0, p.Src[i:])
	i += whole
	fraction := 0
	if i < len(p.Src) && p.Src[i] == '.' {
		n, fraction = number(n, p.Src[i+1:])
		if fraction == 0 {
			return 0, false
		}
		i += 1 + fraction
	}
	switch {
	case whole == 0, whole+fraction > 15, whole > 1 && p.Src[start] == '0', i < len(p.Src) && IsScalar(p.Src[i]):
		return 0, false
	}
	p.Pos = i
	if x = float64(n) / float64(powers[fraction]); neg {
		x = -x
	}
	return x, true
}

// number goes on with n by the digits that b begins with, and returns how many there are,
// up to 16.
func number(n uint64, b []byte) (uint64, int) {
	i := 0
	for ; i < len(b) && i < 16; i++ {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + uint64(d)
	}
	return n, i
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
	p.Peek()
	off := p.Pos
	if bits == 64 {
		if x, ok := p.decimal(); ok {
			return x, nil
		}
	}
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
	if n, ok := p.ShortInteger(); ok {
		if bits < 64 && n>>(bits-1) != n>>63 {
			return 0, p.outOfRange(n, bits, true, kind)
		}
		return n, nil
	}
	text, off, err := p.NumberOrString(want)
	if err != nil {
		return 0, err
	}
	return p.Signed(text, off, bits, kind)
}

// UnsignedNumber is SignedNumber for a number without a sign.
func (p *Parser) UnsignedNumber(bits int, kind fmt.Stringer, want string) (uint64, error) {
	if n, ok := p.ShortInteger(); ok {
		if n < 0 || bits < 64 && n>>bits != 0 {
			return 0, p.outOfRange(n, bits, false, kind)
		}
		return uint64(n), nil
	}
	text, off, err := p.NumberOrString(want)
	if err != nil {
		return 0, err
	}
	return p.Unsigned(text, off, bits, kind)
}

// outOfRange is the mistake of a number that ShortInteger has read.
func (p *Parser) outOfRange(n int64, bits int, signed bool, kind fmt.Stringer) error {
	text := strconv.AppendInt(nil, n, 10)
	return p.unfit(text, p.Pos-len(text), true, bits, signed, kind)
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
