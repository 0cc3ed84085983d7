package format

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
)

// shortInteger consumes a number of at most 18 digits without fraction, exponent
// or leading zero, if one stands here: what nearly all integers are.
func (p *parser) shortInteger() (n int64, ok bool) {
	p.peek()
	i := p.pos
	neg := i < len(p.src) && p.src[i] == '-'
	if neg {
		i++
	}
	start := i
	for ; i < len(p.src) && i-start <= 18; i++ {
		d := p.src[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + int64(d)
	}
	if i == start || i-start > 18 || p.src[start] == '0' && i-start > 1 {
		return 0, false
	}
	if i < len(p.src) && (isWord(p.src[i]) || p.src[i] == '.') {
		return 0, false
	}
	p.pos = i
	if neg {
		n = -n
	}
	return n, true
}

// numberOrString returns the text of a number, which may stand in quotes too.
func (p *parser) numberOrString() (text []byte, off int, err error) {
	if p.peek() != '"' {
		off = p.pos
		text, err = p.number()
		return text, off, err
	}
	off = p.pos
	if text, err = p.str(); err != nil {
		return nil, 0, err
	}
	if numberLen(text) != len(text) || len(text) == 0 {
		return nil, 0, p.fail(off, "%q is not a number", clip(text))
	}
	return text, off, nil
}

// float reads a number, a number in quotes, or one of the three names.
func (p *parser) float(bits int) (float64, error) {
	p.peek()
	off := p.pos
	if off < len(p.src) && p.src[off] == '"' {
		text, err := p.str()
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
		p.pos = off
	}
	text, off, err := p.numberOrString()
	if err != nil {
		return 0, err
	}
	x, err := strconv.ParseFloat(string(text), bits)
	if err != nil {
		return 0, p.fail(off, "%s is out of range for a %d-bit float", clip(text), bits)
	}
	return x, nil
}

// base64 appends the bytes of a string in the standard or URL alphabet, padded
// or not.
func (p *parser) base64(dst []byte) ([]byte, error) {
	p.peek()
	off := p.pos
	text, err := p.str()
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
		return nil, p.fail(off+1+int(at), "not base64")
	}
	return dst, err
}
