package shape

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// ValueError is text that cannot be a value of a type.
type ValueError struct {
	Message string
	// Nearest are the values that may have been meant, best first.
	Nearest []string
}

func (e *ValueError) Error() string { return e.Message }

// Outcome is KindData.
func (*ValueError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }

// JSON is the JSON of a value that stands as text. "@FILE" stands for the bytes of a file
// where the type is bytes: read has them. The range of numbers, and the form of what is
// text in JSON only, a codec knows. A message, a list or a map has no text.
func (s Shape) JSON(text string, read func(name string) ([]byte, error)) ([]byte, error) {
	switch s.Kind {
	case Message, List, Map:
		return nil, &ValueError{Message: fmt.Sprintf("want JSON for %s", s)}
	case Bytes:
		name, isFile := strings.CutPrefix(text, "@")
		if !isFile {
			break
		}
		content, err := read(name)
		if err != nil {
			return nil, &ValueError{Message: err.Error()}
		}
		return append(base64.StdEncoding.AppendEncode([]byte{'"'}, content), '"'), nil
	case Enum:
		return s.enum(text)
	case Bool, Integer, Float:
		return s.literal(text)
	}
	if !utf8.ValidString(text) {
		return nil, &ValueError{Message: "the text is not valid UTF-8"}
	}
	return Quote(text), nil
}

// literal is a number or a boolean, or one of the strings that stand for a number.
func (s Shape) literal(v string) ([]byte, error) {
	isLiteral := v != "" && !strings.ContainsAny(v, "\"[{ \t\r\n") && json.Valid([]byte(v))
	isBool := v == "true" || v == "false"
	want := "an integer"
	switch {
	case s.Kind == Bool && isBool, s.Kind != Bool && isLiteral && !isBool && v != "null":
		return []byte(v), nil
	case s.Kind == Float && (v == "NaN" || v == "Infinity" || v == "-Infinity"):
		return Quote(v), nil
	case s.Kind == Bool:
		want = "true or false"
	case s.Kind == Float:
		want = "a number"
	}
	return nil, &ValueError{Message: fmt.Sprintf("want %s, not %q", want, shorten(v))}
}

// enum is a name, or a number.
func (s Shape) enum(text string) ([]byte, error) {
	var names []string
	for _, v := range s.Values() {
		if v.Name == text {
			return Quote(text), nil
		}
		names = append(names, v.Name)
	}
	if text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid([]byte(text)) {
		return []byte(text), nil
	}
	return nil, &ValueError{
		Message: fmt.Sprintf("unknown value %q of enum %s", shorten(text), s.Name),
		Nearest: idl.Nearest(text, names),
	}
}

// Quote is a JSON string, with no more escapes than JSON demands. What is not UTF-8
// becomes U+FFFD.
func Quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return strconv.AppendQuote(nil, s) // strings encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// shorten is the beginning of what a message quotes.
func shorten(text string) string {
	const limit = 40
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
