package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Text becomes JSON in the mapping of package format by its type. The codec knows
// ranges; a text that is no number at all is an error here, where its place is known.

// integerText is an integer with all its digits.
func integerText(text string) ([]byte, error) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil, fmt.Errorf("want an integer, not %q", shorten(text))
	}
	if plain := strings.TrimLeft(digits, "0"); plain != digits { // JSON has no leading zeros
		if plain == "" {
			return []byte("0"), nil
		}
		text = text[:len(text)-len(digits)] + plain
	}
	return []byte(text), nil
}

// boolText reads what Go's strconv does, as Kitex and grpc-gateway do.
func boolText(text string) ([]byte, error) {
	v, err := strconv.ParseBool(text)
	if err != nil {
		return nil, fmt.Errorf("want true or false, not %q", shorten(text))
	}
	return strconv.AppendBool(nil, v), nil
}

func floatText(text string) ([]byte, error) {
	switch text {
	case "NaN", "Infinity", "-Infinity":
		return quote(text), nil
	}
	if c := strings.TrimPrefix(text, "-"); c != "" && c[0] >= '0' && c[0] <= '9' && json.Valid([]byte(text)) {
		return []byte(text), nil
	}
	return nil, fmt.Errorf("want a number, not %q", shorten(text))
}

func stringText(text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("the text is not valid UTF-8")
	}
	return quote(text), nil
}

func bytesText(content []byte) []byte {
	return append(base64.StdEncoding.AppendEncode([]byte{'"'}, content), '"')
}

// enumText is a name or a number.
func enumText(text, enum string, names []string) ([]byte, error) {
	if slices.Contains(names, text) {
		return quote(text), nil
	}
	if number, err := integerText(text); err == nil {
		return number, nil
	}
	return nil, &unknownValueError{text: text, enum: enum, nearest: idl.Nearest(text, names)}
}

// unknownValueError is a text that is no value of an enum.
type unknownValueError struct {
	text, enum string
	nearest    []string
}

func (e *unknownValueError) Error() string {
	return fmt.Sprintf("unknown value %q of enum %s", shorten(e.text), e.enum)
}

// thriftText is the JSON of a value of Thrift that stands in a query, a path, a header, a
// cookie or a form: once, or several times where it is a list.
func thriftText(t *thrift.Type, texts []string) ([]byte, error) {
	if t.Kind == thrift.KindList || t.Kind == thrift.KindSet {
		return thriftListText(t, texts)
	}
	if len(texts) != 1 {
		return nil, fmt.Errorf("it is given %d times, and %s is one value", len(texts), t.Name)
	}
	text := texts[0]
	switch {
	case t.Enum != nil:
		names := make([]string, len(t.Enum.Values))
		for i, v := range t.Enum.Values {
			names[i] = v.Name
		}
		return enumText(text, t.Enum.FullName, names)
	case t.Binary:
		return bytesText([]byte(text)), nil
	}
	switch t.Kind {
	case thrift.KindBool:
		return boolText(text)
	case thrift.KindDouble:
		return floatText(text)
	case thrift.KindString, thrift.KindUUID:
		return stringText(text)
	case thrift.KindStruct, thrift.KindMap:
		if !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("want %s as JSON, not %q", t.Name, shorten(text))
		}
		return []byte(text), nil
	}
	return integerText(text)
}

// thriftListText is a list, of which each text may have several elements between commas,
// or all of them as a JSON array.
func thriftListText(t *thrift.Type, texts []string) ([]byte, error) {
	if len(texts) == 1 && strings.HasPrefix(texts[0], "[") && json.Valid([]byte(texts[0])) {
		return []byte(texts[0]), nil
	}
	out := []byte{'['}
	for _, text := range texts {
		parts := []string{text}
		if k := t.Elem.Kind; k != thrift.KindStruct && k != thrift.KindMap && k != thrift.KindList && k != thrift.KindSet {
			parts = strings.Split(text, ",")
		}
		for _, part := range parts {
			if len(out) > 1 {
				out = append(out, ',')
			}
			elem, err := thriftText(t.Elem, []string{part})
			if err != nil {
				return nil, err
			}
			out = append(out, elem...)
		}
	}
	return append(out, ']'), nil
}

// quote is a JSON string.
func quote(text string) []byte {
	out, err := json.Marshal(text)
	if err != nil {
		return []byte(`""`) // strings marshal
	}
	return out
}

// shorten is the beginning of what a message quotes.
func shorten(text string) string {
	const limit = 40
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
