package fields

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/idl"
)

// json is the JSON of the pair's value at a place of the shape.
func (p *Pair) json(s shape, read func(name string) ([]byte, error)) ([]byte, error) {
	name, isFile := strings.CutPrefix(p.Value, "@")
	if p.Raw {
		text := []byte(p.Value)
		if isFile {
			var err error
			if text, err = read(name); err != nil {
				return nil, p.fault("%v", err)
			}
		}
		if !json.Valid(text) {
			return nil, p.fault("behind := there must be one JSON value")
		}
		return text, nil
	}
	switch s.kind {
	case kindMessage:
		return nil, p.fault("it is a message of type %s: give its fields (%s.FIELD=VALUE), or JSON (%s:='{...}')", s.name, p.Path, p.Path)
	case kindList:
		return nil, p.fault("it is a list: add elements (%s[]=VALUE), or give JSON (%s:='[...]')", p.Path, p.Path)
	case kindMap:
		return nil, p.fault("it is a map: give entries (%s.KEY=VALUE), or JSON (%s:='{...}')", p.Path, p.Path)
	case kindBytes:
		if !isFile {
			break
		}
		content, err := read(name)
		if err != nil {
			return nil, p.fault("%v", err)
		}
		return append(base64.StdEncoding.AppendEncode([]byte{'"'}, content), '"'), nil
	case kindEnum:
		return p.enum(s)
	case kindBool, kindInteger, kindFloat:
		return p.literal(s)
	}
	if !utf8.ValidString(p.Value) {
		return nil, p.fault("the text is not valid UTF-8")
	}
	return appendString(nil, p.Value), nil
}

// literal is a number or a boolean, or one of the strings that stand for a number. The
// codec knows ranges.
func (p *Pair) literal(s shape) ([]byte, error) {
	v := p.Value
	isLiteral := v != "" && !strings.ContainsAny(v, "\"[{ \t\r\n") && json.Valid([]byte(v))
	isBool := v == "true" || v == "false"
	switch {
	case s.kind == kindBool && isBool, s.kind != kindBool && isLiteral && !isBool && v != "null":
		return []byte(v), nil
	case s.kind == kindFloat && (v == "NaN" || v == "Infinity" || v == "-Infinity"):
		return appendString(nil, v), nil
	case s.kind == kindBool:
		return nil, p.fault("want true or false, not %q", shorten(v))
	case s.kind == kindFloat:
		return nil, p.fault("want a number, not %q", shorten(v))
	}
	return nil, p.fault("want an integer, not %q", shorten(v))
}

// enum is a name, or a number.
func (p *Pair) enum(s shape) ([]byte, error) {
	names := s.values()
	if slices.Contains(names, p.Value) {
		return appendString(nil, p.Value), nil
	}
	if c := p.Value; c != "" && (c[0] == '-' || c[0] >= '0' && c[0] <= '9') && json.Valid([]byte(c)) {
		return []byte(c), nil
	}
	err := p.fault("unknown value %q of enum %s", shorten(p.Value), s.name)
	err.Nearest, err.Value = idl.Nearest(p.Value, names), true
	return nil, err
}

// fault is a mistake in the value.
func (p *Pair) fault(format string, args ...any) *Error {
	return &Error{Path: p.Path, Message: fmt.Sprintf(format, args...)}
}
