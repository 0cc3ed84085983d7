package protoprint

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// leading writes what stands before a declaration.
func (p *printer) leading(l *location) {
	if l == nil {
		return
	}
	if p.AllComments {
		for _, c := range l.LeadingDetachedComments {
			if p.comment(commentLines(c)) && p.Spaced {
				p.b.WriteByte('\n')
			}
		}
	}
	p.comment(commentLines(l.GetLeadingComments()))
}

// trailing ends a line, with a comment behind it.
func (p *printer) trailing(l *location) {
	lines := commentLines(l.GetTrailingComments())
	if len(lines) == 1 {
		p.b.WriteString(" //" + lines[0] + "\n")
		return
	}
	p.b.WriteByte('\n')
	p.comment(lines)
}

// opening writes what stands behind an opening brace.
func (p *printer) opening(l *location) {
	if p.comment(commentLines(l.GetTrailingComments())) && p.Spaced {
		p.b.WriteByte('\n')
	}
}

func (p *printer) comment(lines []string) bool {
	for _, l := range lines {
		p.line("//" + l)
	}
	return len(lines) > 0
}

// extra is a location that counts only where all comments are written.
func (p *printer) extra(l *location) *location {
	if p.AllComments {
		return l
	}
	return nil
}

// commentLines are the lines of a comment, each with the space before its text.
// They may come from anybody: control characters are escaped.
func commentLines(text string) []string {
	if text == "" {
		return nil
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	lines := strings.Split(text, "\n")
	if lines[0] == "" {
		lines = lines[1:]
	}
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	for i, l := range lines {
		if l != "" && !strings.HasPrefix(l, " ") {
			l = " " + l
		}
		lines[i] = strings.TrimRight(printable(l), " \t")
	}
	return lines
}

// printable escapes what is not text: control characters, which end a comment
// for some compilers, and bytes that are not UTF-8.
func printable(s string) string {
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case isControl(r) && r != utf8.RuneError:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// isControl reports what printable has to look at: U+FFFD stands for invalid
// bytes too.
func isControl(r rune) bool {
	return terminal.Obeys(r) && r != '\t' || r == 0x2028 || r == 0x2029 || r == utf8.RuneError || r == 0xfeff
}
