package gateway

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
)

// pattern is a path pattern, in one form for both grammars.
type pattern struct {
	segments []segment
	// verb is what follows the last segment behind a colon, "" where nothing does.
	verb string
	vars []variable
}

// segment is one part of a path, between two slashes.
type segment struct {
	kind    segmentKind
	literal string // decoded
}

type segmentKind uint8

const (
	segLiteral segmentKind = iota
	segOne                 // any one segment that is not empty
	segRest                // any number of segments
	segSome                // as segRest, but at least one
)

// variable is a name for some of the segments of a pattern.
type variable struct {
	name       string
	begin, end int // of pattern.segments
}

// isMulti reports whether a variable may have several segments, which decides what is
// decoded of its value.
func (v variable) isMulti(p *pattern) bool {
	if v.end-v.begin != 1 {
		return true
	}
	k := p.segments[v.begin].kind
	return k == segRest || k == segSome
}

// maxSegments bounds a pattern.
const maxSegments = 100

// parsePattern reads a pattern in the grammar of its style.
func parsePattern(text string, style idl.PathStyle) (*pattern, error) {
	if !strings.HasPrefix(text, "/") {
		return nil, fmt.Errorf("a path begins with /")
	}
	if strings.Count(text, "/") > maxSegments {
		return nil, fmt.Errorf("more than %d segments", maxSegments)
	}
	if style == idl.PathColon {
		return parseColon(text)
	}
	p := &templateParser{text: text, at: 1, out: &pattern{}}
	if err := p.template(); err != nil {
		return nil, fmt.Errorf("%w, at %q", err, text[min(p.at, len(text)):])
	}
	return p.out, p.out.check()
}

// check looks at what both grammars ask of variables.
func (p *pattern) check() error {
	rest, seen := 0, map[string]bool{}
	for _, s := range p.segments {
		if s.kind == segRest || s.kind == segSome {
			rest++
		}
	}
	if rest > 1 {
		return fmt.Errorf("a path can have ** once")
	}
	for _, v := range p.vars {
		if seen[v.name] {
			return fmt.Errorf("%s is there twice", v.name)
		}
		seen[v.name] = true
	}
	return nil
}

// templateParser reads the grammar of google/api/http.proto:
//
//	Template = "/" Segments [ Verb ] ;
//	Segments = Segment { "/" Segment } ;
//	Segment  = "*" | "**" | LITERAL | Variable ;
//	Variable = "{" FieldPath [ "=" Segments ] "}" ;
//	FieldPath = IDENT { "." IDENT } ;
//	Verb     = ":" LITERAL ;
type templateParser struct {
	text string
	at   int
	out  *pattern
}

func (p *templateParser) template() error {
	if p.at == len(p.text) {
		return nil // "/", the root
	}
	if err := p.segments(false); err != nil {
		return err
	}
	if p.next(':') {
		verb, err := p.literal("/{}")
		if err != nil {
			return err
		}
		p.out.verb = verb
	}
	if p.at < len(p.text) {
		return fmt.Errorf("want / or the end")
	}
	return nil
}

func (p *templateParser) next(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *templateParser) segments(inside bool) error {
	for {
		if err := p.segment(inside); err != nil {
			return err
		}
		if !p.next('/') {
			return nil
		}
	}
}

func (p *templateParser) segment(inside bool) error {
	switch {
	case p.next('*'):
		s := segment{kind: segOne}
		if p.next('*') {
			s.kind = segRest
		}
		p.out.segments = append(p.out.segments, s)
		return nil
	case p.at < len(p.text) && p.text[p.at] == '{':
		if inside {
			return fmt.Errorf("a variable in a variable")
		}
		p.at++
		return p.variable()
	}
	text, err := p.literal(":/{}")
	if err == nil {
		p.out.segments = append(p.out.segments, segment{literal: text})
	}
	return err
}

func (p *templateParser) variable() error {
	end := strings.IndexAny(p.text[p.at:], "=}")
	if end < 0 {
		return fmt.Errorf("{ without }")
	}
	v := variable{name: p.text[p.at : p.at+end], begin: len(p.out.segments)}
	for part := range strings.SplitSeq(v.name, ".") {
		if !isIdent(part) {
			return fmt.Errorf("%q is no path of fields", v.name)
		}
	}
	p.at += end
	if p.next('=') {
		if err := p.segments(true); err != nil {
			return err
		}
	} else {
		p.out.segments = append(p.out.segments, segment{kind: segOne})
	}
	if !p.next('}') {
		return fmt.Errorf("{ without }")
	}
	v.end = len(p.out.segments)
	p.out.vars = append(p.out.vars, v)
	return nil
}

// literal reads up to one of the characters, and decodes it.
func (p *templateParser) literal(end string) (string, error) {
	n := strings.IndexAny(p.text[p.at:], end)
	if n < 0 {
		n = len(p.text) - p.at
	}
	raw := p.text[p.at : p.at+n]
	if raw == "" || strings.Contains(raw, "*") {
		return "", fmt.Errorf("a segment is text, * or **")
	}
	text, err := decodeSegment(raw, false)
	if err != nil {
		return "", err
	}
	p.at += n
	return text, nil
}

func isIdent(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// parseColon reads httprouter's grammar: /a/:id, and at the end *rest.
func parseColon(text string) (*pattern, error) {
	p := &pattern{}
	if text == "/" {
		return p, nil
	}
	parts := strings.Split(text[1:], "/")
	for i, part := range parts {
		kind := segLiteral
		switch {
		case strings.HasPrefix(part, ":"):
			kind = segOne
		case strings.HasPrefix(part, "*"):
			kind = segSome
		}
		if kind == segLiteral {
			if strings.ContainsAny(part, ":*") {
				return nil, fmt.Errorf("%q: a parameter is a whole segment", part)
			}
			literal, err := decodeSegment(part, false)
			if err != nil {
				return nil, err
			}
			p.segments = append(p.segments, segment{literal: literal})
			continue
		}
		name := part[1:]
		switch {
		case name == "" || strings.ContainsAny(name, ":*"):
			return nil, fmt.Errorf("%q is no name of a parameter", part)
		case kind == segSome && i < len(parts)-1:
			return nil, fmt.Errorf("%q is not at the end", part)
		}
		p.vars = append(p.vars, variable{name, i, i + 1})
		p.segments = append(p.segments, segment{kind: kind})
	}
	return p, p.check()
}

// decodeSegment decodes percent-encoding. In a value of several segments %2F stays as it
// is: it would pass for one of the slashes between them (google/api/http.proto).
func decodeSegment(s string, keepSlash bool) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return "", fmt.Errorf("%q is not percent-encoded", s)
		}
		c := unhex(s[i+1])<<4 | unhex(s[i+2])
		if keepSlash && c == '/' {
			b.WriteString(s[i : i+3])
		} else {
			b.WriteByte(c)
		}
		i += 2
	}
	return b.String(), nil
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
