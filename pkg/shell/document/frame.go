package document

import (
	"encoding/json"
	"strings"
)

// state is what a bracket waits for.
type state uint8

const (
	wantKey state = iota
	wantColon
	wantValue
	wantMore // a comma, or the closing bracket
)

// frame is an open bracket, or the top of the text.
type frame struct {
	open  byte // '{', '[', or 0 at the top
	state state
	// key is the current one of an object, index the current one of an array.
	key   string
	index int
	// given are the keys of an object so far, and the elements of an array that have no
	// brackets.
	given []string
	url   string // the value of "@type"
}

// cursor is where the cursor is.
type cursor struct {
	stack []frame // from the top of the text to the innermost bracket
	// typed is the token that the cursor is in or behind; its kind is end where there is
	// none. to is where it ends, as far as it is one token.
	typed token
}

// locate reads a text up to a place.
func locate(text string, at int) *cursor {
	c := &cursor{stack: []frame{{state: wantValue}}}
	for t := next(text, 0); t.kind != end && t.from < at; t = next(text, t.to) {
		if t.to >= at && t.kind != punct && t.kind != junk {
			c.typed = t
			if t.kind == str {
				c.typed.to, c.typed.open = within(text, t, at)
			}
			return c
		}
		c.take(text, t)
	}
	c.typed = token{end, at, at, false}
	return c
}

// within is where the string ends that the cursor is in. A quote that was forgotten is not
// found in what follows.
func within(text string, t token, at int) (to int, open bool) {
	if t.open || t.to > at && strings.ContainsAny(text[at:t.to], "{}[]:,") {
		return at, true
	}
	return t.to, false
}

func (c *cursor) top() *frame { return &c.stack[len(c.stack)-1] }

// take moves over a token.
func (c *cursor) take(text string, t token) {
	f := c.top()
	if t.kind == junk {
		return
	}
	if t.kind != punct {
		f.value(text[t.from:t.to])
		return
	}
	switch b := text[t.from]; b {
	case '{', '[':
		f.begin()
		inner := frame{open: b, state: wantKey}
		if b == '[' {
			inner.state = wantValue
		}
		c.stack = append(c.stack, inner)
	case '}', ']':
		c.close(b)
	case ':':
		if f.open == '{' && f.state <= wantColon {
			f.state = wantValue
		}
	case ',':
		switch f.open {
		case '{':
			f.state, f.key = wantKey, ""
		case '[':
			f.state = wantValue
			f.index++
		}
	}
}

// begin notes that a value begins here.
func (f *frame) begin() {
	switch {
	case f.open == '[' && f.state == wantMore:
		f.index++ // the comma is missing
	case f.open == '{' && (f.state == wantKey || f.state == wantMore):
		f.key = "" // whatever that is the value of
	}
	f.state = wantMore
}

// value notes a key or a value that has no brackets.
func (f *frame) value(text string) {
	if f.open == '{' && (f.state == wantKey || f.state == wantMore) {
		f.key, f.state = unquote(text), wantColon
		f.given = append(f.given, f.key)
		return
	}
	f.begin()
	if f.open == '[' {
		f.given = append(f.given, unquote(text))
	}
	if f.key == "@type" {
		f.url = unquote(text)
	}
}

// close ends the innermost bracket that fits, and those inside it, which were forgotten.
func (c *cursor) close(b byte) {
	for i := len(c.stack) - 1; i > 0; i-- {
		if fits(c.stack[i].open, b) {
			c.stack = c.stack[:i]
			return
		}
	}
}

// unquote is the text of a string, which may not be complete.
func unquote(text string) string {
	if !strings.HasPrefix(text, `"`) {
		return text
	}
	if !strings.Contains(text, `\`) {
		return strings.TrimSuffix(text[1:], `"`)
	}
	var s string
	if json.Unmarshal([]byte(text), &s) == nil || json.Unmarshal([]byte(text+`"`), &s) == nil {
		return s
	}
	return text[1:]
}
