package shell

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Line is an input of the shell, taken apart: a command with what follows it, or a call.
type Line struct {
	// Command is what stands behind the colon, and Rest what follows it; both are empty of a
	// call.
	Command, Rest string

	// Words are METHOD and flags, as a command line has them.
	Words []Word
	// Documents are the requests.
	Documents []Document
	// Ask says that a "?" stands in place of a document.
	Ask bool
	// Filter is what stands behind "|", a jq expression; FilterAt is where it begins, in
	// bytes.
	Filter   string
	FilterAt int
	// In and Out are the files behind "<" and ">"; Append says that it was ">>".
	In, Out string
	Append  bool
}

// Word is one of a command line, without its quotes.
type Word struct {
	Text string
	At   int // in the input, in bytes
}

// Document is a request: JSON, or a jq expression where it has a variable.
type Document struct {
	Text string
	At   int
	// Computed says that it has a variable outside of its strings.
	Computed bool
}

// SyntaxError is a line that cannot be taken apart.
type SyntaxError struct {
	Text    string // the line that has the mistake
	At      int    // characters of it before the mistake
	Message string
	// Open says that the input may become a line when more is typed.
	Open bool
}

func (e *SyntaxError) Error() string { return e.Message }

// Parse takes an input apart. takesValue reports whether the word that is a flag has its value
// in the next word. A mistake is a *SyntaxError.
func Parse(input string, takesValue func(flag string) bool) (*Line, error) {
	p := parser{input: input, takesValue: takesValue, line: &Line{}}
	p.space()
	if rest, isCommand := strings.CutPrefix(p.input[p.at:], ":"); isCommand {
		name, after := rest, ""
		if i := strings.IndexAny(rest, " \t\n"); i >= 0 {
			name, after = rest[:i], strings.TrimSpace(rest[i:])
		}
		return &Line{Command: name, Rest: after}, nil
	}
	for p.at < len(p.input) {
		if err := p.part(); err != nil {
			return nil, err
		}
		p.space()
	}
	return p.line, nil
}

type parser struct {
	input      string
	at         int
	takesValue func(flag string) bool
	line       *Line
	flag       bool // the last word is a flag that wants a value
}

func (p *parser) space() {
	for p.at < len(p.input) && isSpace(p.input[p.at]) {
		p.at++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// part reads the next word, document or redirection.
func (p *parser) part() error {
	rest := p.input[p.at:]
	switch c := rest[0]; {
	case p.flag:
		return p.word()
	case c == '|':
		return p.filter()
	case c == '<' || c == '>':
		return p.redirection()
	case c == '\\' && (len(rest) == 1 || strings.TrimLeft(rest[1:], " \t\r\n") == ""):
		p.at = len(p.input)
		return p.fault(p.at, true, "the line goes on behind a backslash")
	case rest == "?" || strings.HasPrefix(rest, "?") && isSpace(rest[1]):
		p.line.Ask = true
		p.at++
		return nil
	case beginsDocument(c), len(p.line.Words) > 0 && isScalar(rest):
		return p.document()
	}
	return p.word()
}

// beginsDocument reports whether a part that begins so is a request.
func beginsDocument(c byte) bool { return strings.IndexByte(`{["$`, c) >= 0 }

// isScalar reports whether a text begins with a JSON number or literal.
func isScalar(rest string) bool {
	end := strings.IndexAny(rest, " \t\r\n|<>")
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	if word == "true" || word == "false" || word == "null" {
		return true
	}
	digits := strings.TrimPrefix(word, "-")
	return digits != "" && digits[0] >= '0' && digits[0] <= '9' && strings.Trim(digits, "0123456789.eE+-") == ""
}

func (p *parser) fault(at int, open bool, format string, args ...any) error {
	at = min(at, len(p.input))
	begin := strings.LastIndexByte(p.input[:at], '\n') + 1
	text := p.input[begin:]
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return &SyntaxError{Text: text, At: utf8.RuneCountInString(p.input[begin:at]), Message: fmt.Sprintf(format, args...), Open: open}
}

// word reads a word as shells do: quotes and backslashes.
func (p *parser) word() error {
	w := Word{At: p.at}
	var b strings.Builder
	for p.at < len(p.input) && !p.endsWord() {
		var err error
		if p.input[p.at] == '{' && p.at > w.At && !p.flag && p.input[w.At] != '-' {
			break // a document close behind the method
		}
		switch c := p.input[p.at]; c {
		case '\'', '"':
			err = p.quoted(&b, c)
		case '\\':
			if p.at+1 == len(p.input) {
				return p.fault(p.at, true, "there is nothing behind the backslash")
			}
			_, n := utf8.DecodeRuneInString(p.input[p.at+1:])
			b.WriteString(p.input[p.at+1 : p.at+1+n])
			p.at += 1 + n
		case '{', '[':
			if b.Len() > 0 && !strings.HasSuffix(b.String(), ":=") {
				b.WriteByte(c)
				p.at++
				break
			}
			// JSON as the value of a flag needs no quotes.
			end, _, err := p.value(p.at)
			if err != nil {
				return err
			}
			b.WriteString(p.input[p.at:end])
			p.at = end
		default:
			b.WriteByte(c)
			p.at++
		}
		if err != nil {
			return err
		}
	}
	w.Text = b.String()
	p.flag = !p.flag && strings.HasPrefix(w.Text, "-") && p.takesValue(w.Text)
	p.line.Words = append(p.line.Words, w)
	return nil
}

func (p *parser) endsWord() bool {
	c := p.input[p.at]
	return isSpace(c) || !p.flag && (c == '|' || c == '<' || c == '>')
}

// quoted reads what stands between quotes.
func (p *parser) quoted(b *strings.Builder, quote byte) error {
	begin := p.at
	for p.at++; p.at < len(p.input); p.at++ {
		c := p.input[p.at]
		switch {
		case c == quote:
			p.at++
			return nil
		case c == '\\' && quote == '"' && p.at+1 < len(p.input) && strings.IndexByte("\\\"$`", p.input[p.at+1]) >= 0:
			p.at++
			b.WriteByte(p.input[p.at])
		default:
			b.WriteByte(c)
		}
	}
	return p.fault(begin, true, "this quote is not closed")
}

// document reads a JSON value, or an expression in its place.
func (p *parser) document() error {
	end, computed, err := p.value(p.at)
	if err != nil {
		return err
	}
	p.line.Documents = append(p.line.Documents, Document{Text: p.input[p.at:end], At: p.at, Computed: computed})
	p.at = end
	return nil
}

// value finds the end of a value that begins at from: where its brackets are closed, and a
// string has ended; of others, where a blank follows. computed says that it has a variable.
func (p *parser) value(from int) (end int, computed bool, err error) {
	var open []int
	for i := from; i < len(p.input); i++ {
		switch c := p.input[i]; c {
		case '"':
			if i, err = p.text(i); err != nil {
				return i, computed, err
			}
			if len(open) == 0 && !computed {
				return i + 1, computed, nil
			}
		case '{', '[', '(':
			open = append(open, i)
		case '}', ']', ')':
			if len(open) == 0 {
				return i, computed, p.fault(i, false, "nothing is open that %c could close", c)
			}
			if of := p.input[open[len(open)-1]]; !closes(of, c) {
				return i, computed, p.fault(i, false, "%c does not close %c", c, of)
			}
			open = open[:len(open)-1]
			if len(open) == 0 && p.input[from] != '$' {
				return i + 1, computed, nil
			}
		case '$':
			computed = true
		case ' ', '\t', '\r', '\n', '|', '<', '>':
			if len(open) == 0 {
				return i, computed, nil
			}
		}
	}
	if len(open) > 0 {
		last := open[len(open)-1]
		return len(p.input), computed, p.fault(last, true, "%c is not closed", p.input[last])
	}
	return len(p.input), computed, nil
}

func closes(open, c byte) bool {
	return open == '{' && c == '}' || open == '[' && c == ']' || open == '(' && c == ')'
}

// text finds the quote that closes a JSON string, which has no line ends.
func (p *parser) text(from int) (end int, err error) {
	for i := from + 1; i < len(p.input); i++ {
		switch p.input[i] {
		case '\\':
			i++
		case '"':
			return i, nil
		case '\n':
			return i, p.fault(from, false, "this string is not closed")
		}
	}
	return len(p.input), p.fault(from, false, "this string is not closed")
}

// redirection reads the file behind < or >.
func (p *parser) redirection() error {
	begin, c := p.at, p.input[p.at]
	p.at++
	if c == '>' && p.at < len(p.input) && p.input[p.at] == '>' {
		p.line.Append = true
		p.at++
	}
	p.space()
	if p.at == len(p.input) || p.endsWord() {
		return p.fault(begin, false, "no file behind %s", strings.TrimSpace(p.input[begin:p.at]))
	}
	words := p.line.Words
	if err := p.word(); err != nil {
		return err
	}
	p.flag = false
	name := p.line.Words[len(words)].Text
	p.line.Words = words
	file := &p.line.In
	if c == '>' {
		file = &p.line.Out
	}
	if *file != "" {
		return p.fault(begin, false, "there is a file behind %c already", c)
	}
	*file = name
	return nil
}

// filter takes the rest of the input, but for a redirection at its end.
func (p *parser) filter() error {
	p.at++
	p.line.FilterAt = p.at
	expression := p.input[p.at:]
	if at := redirected(expression); at >= 0 {
		p.line.Filter = expression[:at]
		p.at += at
		return nil
	}
	p.line.Filter, p.at = expression, len(p.input)
	if strings.TrimSpace(expression) == "" {
		return p.fault(p.line.FilterAt, true, "no expression behind |")
	}
	return nil
}
