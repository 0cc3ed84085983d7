package yamldoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends the node as compact JSON. Numbers keep their digits; infinity, and
// what other readers of YAML take for another number, is an error.
func (n *Node) AppendJSON(dst []byte) ([]byte, error) {
	switch n.Kind {
	case Null:
		return append(dst, "null"...), nil
	case Bool:
		return append(dst, strings.ToLower(n.Text)...), nil
	case Number:
		return n.appendNumber(dst)
	case String:
		return AppendString(dst, n.Text), nil
	case List:
		return n.appendList(dst)
	}
	return n.appendMap(dst)
}

func (n *Node) appendList(dst []byte) ([]byte, error) {
	dst = append(dst, '[')
	for i, item := range n.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = item.AppendJSON(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (n *Node) appendMap(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	for i, f := range n.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, f.Key.Text), ':')
		var err error
		if dst, err = f.Value.AppendJSON(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// AppendString appends a string as JSON, without escapes for HTML.
func AppendString(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string cannot fail
	return AppendPrintable(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// AppendPrintable appends a JSON text with the characters escaped that JSON may have in strings
// and YAML may not (YAML 1.2.2 section 5.1).
func AppendPrintable(dst, json []byte) []byte {
	for _, r := range string(json) {
		if r == 0x7f || r >= 0x80 && r < 0xa0 && r != 0x85 || r == 0xfeff || r == 0xfffe || r == 0xffff {
			dst = fmt.Appendf(dst, "\\u%04x", r)
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// appendNumber writes a number as JSON has it: no plus, digits on both sides of the point.
func (n *Node) appendNumber(dst []byte) ([]byte, error) {
	s := n.Text
	switch {
	case isSpecial(s):
		return dst, n.Errorf("JSON has no number %s: put the name of the value in quotes", s)
	case isBased(s):
		i, ok := new(big.Int).SetString(s, 0)
		if !ok {
			return dst, n.Errorf("%s is no number", s)
		}
		return i.Append(dst, 10), nil
	}
	if s[0] == '-' {
		dst = append(dst, '-')
	}
	s = unsigned(s)
	whole := digits(s)
	if whole > 1 && s[0] == '0' {
		return dst, n.Errorf("%s has leading zeros: put it in quotes if it is text", n.Text)
	}
	if whole == 0 {
		dst = append(dst, '0')
	}
	dst = append(dst, s[:whole]...)
	if s = s[whole:]; s != "" && s[0] == '.' && digits(s[1:]) == 0 {
		s = s[1:] // "1." is 1
	}
	return append(dst, s...), nil
}
