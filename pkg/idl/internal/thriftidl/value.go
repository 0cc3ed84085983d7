package thriftidl

import (
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// value reads a constant; end is set behind it.
func (r *reader) value(end *int) error {
	if r.depth++; r.depth > maxDepth {
		return r.tooDeep()
	}
	defer func() { r.depth-- }()
	switch r.tok {
	case source.Number:
		if err := r.number(); err != nil {
			return err
		}
	case source.String:
		r.emit(`"` + encodeLiteral(unescape(r.text())) + `"`)
		r.next()
	case source.Ident:
		if word := r.text(); word != "true" && word != "false" {
			r.refs = append(r.refs, ref{name: word, at: r.start, value: true})
		}
		r.emit(r.text())
		r.next()
	case '[', '{':
		if err := r.values(); err != nil {
			return err
		}
	default:
		return r.unexpected("a value")
	}
	*end = r.before
	return nil
}

// values reads a list or a map.
func (r *reader) values() error {
	closing := source.Token(']')
	if r.tok == '{' {
		closing = '}'
	}
	r.emit(r.text())
	r.next()
	var end int
	for r.tok != closing {
		if r.tok == source.EOF {
			return r.unexpected(strconv.Quote(string(rune(closing))))
		}
		if err := r.value(&end); err != nil {
			return err
		}
		if closing == '}' {
			if err := r.punctuation(':'); err != nil {
				return err
			}
			if err := r.value(&end); err != nil {
				return err
			}
		}
		r.emit(",")
		r.separators()
	}
	r.emit(r.text())
	r.next()
	return nil
}

// number writes a number as the parser reads it: whole numbers in decimal, others
// without an exponent, of which thriftgo takes the digits for the number.
func (r *reader) number() error {
	text := r.text()
	if isDouble(text) {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return r.file.errorAt(r.start, "%s is out of the range of double", quoteShort(text))
		}
		plain := strconv.FormatFloat(x, 'f', -1, 64)
		if !strings.Contains(plain, ".") {
			plain += ".0"
		}
		r.emit(plain)
		r.next()
		return nil
	}
	n, err := r.whole(text, "", "")
	if err != nil {
		return r.file.errorAt(r.start, "%v", err)
	}
	r.emit(strconv.FormatInt(n, 10))
	r.next()
	return nil
}

// isDouble reports whether a number has a point or an exponent, and the
// form that thriftgo's parser knows.
func isDouble(text string) bool {
	text = strings.TrimLeft(text, "+-")
	digits := strings.TrimLeft(text, "0123456789")
	if point, ok := strings.CutPrefix(digits, "."); ok {
		rest := strings.TrimLeft(point, "0123456789")
		return len(rest) < len(point) && (rest == "" || isExponent(rest))
	}
	return len(digits) < len(text) && isExponent(digits)
}

func isExponent(s string) bool {
	if s == "" || s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// encodeLiteral writes a string so that thriftgo's parser has nothing to unescape
// in it, at which it errs: a backslash before the closing quote hides that.
func encodeLiteral(s string) string {
	if !strings.ContainsFunc(s, isEncoded) {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if isEncoded(rune(c)) {
			const hex = "0123456789abcdef"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isEncoded(c rune) bool { return c < ' ' || c == '%' || c == '"' || c == '\'' || c == '\\' }

// decodeLiteral undoes encodeLiteral.
func decodeLiteral(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b.WriteByte(byte(n))
			i += 2
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
