package foreign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// QuoteLimit is how many characters of a body an error quotes.
const QuoteLimit = 200

// DescribeBody says what an HTTP body holds that is not what was asked for: the title
// of a page or the message of a JSON error, which proxies answer with, and then the
// beginning of it all. body may be cut short.
func DescribeBody(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	if !isProse(body) {
		return ", body " + quoteLine(body)
	}
	text := ""
	if title := htmlTitle(body); title != "" {
		text = fmt.Sprintf(", title %q", Folded(title))
	} else if message := jsonMessage(body); message != "" {
		text = fmt.Sprintf(", message %q", Folded(message))
	}
	return text + fmt.Sprintf(", body %q", Folded(string(body)))
}

// Folded is text with runs of white space as one space, cut to quoteLimit characters.
func Folded(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	n := 0
	for i := range text {
		if n == QuoteLimit {
			return text[:i] + "..."
		}
		n++
	}
	return text
}

// isProse reports whether everything is printable, or white space. The last
// character may be cut.
func isProse(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return !utf8.FullRune(b)
		}
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
		b = b[n:]
	}
	return true
}

// htmlTitle is the text of a page's first <title>, as it stands there.
func htmlTitle(body []byte) string {
	page := bytes.ToLower(body)
	begin := bytes.Index(page, []byte("<title"))
	if begin < 0 || len(page) != len(body) { // offsets are the same in both
		return ""
	}
	open := bytes.IndexByte(page[begin:], '>')
	if open < 0 {
		return ""
	}
	begin += open + 1
	end := bytes.Index(page[begin:], []byte("</title"))
	if end < 0 {
		return ""
	}
	return string(body[begin : begin+end])
}

// jsonMessage is the first string with the name "message", in any case, in an object
// or in the object "error" of it, be it the first of a list.
func jsonMessage(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	token, err := d.Token()
	if token == json.Delim('[') {
		token, err = d.Token()
	}
	if err != nil || token != json.Delim('{') {
		return ""
	}
	return messageIn(d, true)
}

// messageIn is jsonMessage for an object that has begun.
func messageIn(d *json.Decoder, outer bool) string {
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return ""
		}
		key, _ := name.(string)
		if isError := strings.EqualFold(key, "error"); !isError && !strings.EqualFold(key, "message") || isError && !outer {
			if d.Decode(new(json.RawMessage)) != nil {
				return ""
			}
			continue
		}
		value, err := d.Token()
		switch text, isText := value.(string); {
		case err != nil:
			return ""
		case isText && strings.EqualFold(key, "message"):
			return text
		case value == json.Delim('{') && outer:
			return messageIn(d, false)
		case value == json.Delim('{'), value == json.Delim('['):
			return ""
		}
	}
	return ""
}
