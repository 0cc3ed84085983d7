package document

import (
	"encoding/json"
	"strings"
)

// Token is what a span of a text is.
type Token uint8

// The tokens.
const (
	Key Token = iota
	String
	Number
	Literal   // true, false, null
	Reference // $last.id
	Punctuation
	Error // what JSON does not have, as a bracket that closes nothing
)

// Span is a part of a text, in bytes.
type Span struct {
	From, To int
	Token    Token
}

// Highlight returns the tokens of a text, in order, without the space between them. What
// ends with the text may become something yet, and is no error.
func Highlight(text string) []Span {
	var spans []Span
	var stack []byte
	key := false // what stands here is a key
	for t := next(text, 0); t.kind != end; t = next(text, t.to) {
		s := Span{t.from, t.to, String}
		switch t.kind {
		case punct:
			s.Token = Punctuation
			c := text[t.from]
			switch n := len(stack); c {
			case '{', '[':
				stack = append(stack, c)
			case '}', ']':
				if n == 0 || !fits(stack[n-1], c) {
					s.Token = Error
					break
				}
				stack = stack[:n-1]
			}
			key = (c == '{' || c == ',') && len(stack) > 0 && stack[len(stack)-1] == '{'
		case str:
			if t.open && t.to < len(text) {
				s.Token = Error
			} else if key {
				s.Token = Key
			}
		case number:
			s.Token = atEnd(Number, t, text, key || !json.Valid([]byte(text[t.from:t.to])), !key)
		case word:
			s.Token = atEnd(Literal, t, text, key || !isLiteral(text[t.from:t.to]), !key && beginsLiteral(text[t.from:t.to]))
		case ref:
			s.Token = Reference
		default:
			s.Token = Error
		}
		spans = append(spans, s)
	}
	return spans
}

// atEnd is a token that is wrong as it stands, but may become right behind the text.
func atEnd(token Token, t token, text string, wrong, mayBecome bool) Token {
	if wrong && (!mayBecome || t.to < len(text)) {
		return Error
	}
	return token
}

func isLiteral(s string) bool { return s == "true" || s == "false" || s == "null" }

func beginsLiteral(s string) bool {
	for _, whole := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(whole, s) {
			return true
		}
	}
	return false
}
