package terminal

import (
	"bytes"
	"unicode/utf8"
)

// EscapeJSON escapes what a terminal may obey and JSON allows as it is; line ends between
// tokens stay. The documents mean the same. In JSON such characters stand in strings only.
func EscapeJSON(json []byte) []byte {
	if !bytes.ContainsFunc(json, isEscaped) {
		return json
	}
	escaped := make([]byte, 0, len(json)+16)
	for len(json) > 0 {
		r, n := utf8.DecodeRune(json)
		if isEscaped(r) {
			escaped = append(escaped, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		} else {
			escaped = append(escaped, json[:n]...)
		}
		json = json[n:]
	}
	return escaped
}

const hexDigits = "0123456789abcdef"

// isEscaped is Obeys without the line end that stands behind a document.
func isEscaped(r rune) bool { return r != '\n' && Obeys(r) }
