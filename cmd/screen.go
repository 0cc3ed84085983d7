package cmd

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// screen writes text to a terminal, without what it would obey: what is coloured comes by
// paint. Each Write has whole characters.
type screen struct {
	w    io.Writer
	look *look // nil is without colour
}

func (s *screen) Write(p []byte) (int, error) {
	clean := p
	if bytes.ContainsFunc(p, func(r rune) bool { return r == utf8.RuneError || terminal.Obeys(r) && r != '\n' && r != '\t' }) {
		clean = []byte(visibleLines(string(p)))
	}
	if _, err := s.w.Write(clean); err != nil {
		return 0, err
	}
	return len(p), nil
}

// paint puts colours behind the screen: around text from which it has taken all others.
func (s *screen) paint(spans []span) {
	var colours *theme
	if s.look != nil && s.look.mode().wanted(s.w) {
		t := s.look.colours()
		colours = &t
	}
	clean := make([]span, len(spans))
	for i, part := range spans {
		clean[i] = span{visibleLines(part.text), part.ink}
	}
	_, _ = s.w.Write(joined(clean, colours))
}

// Unwrap is what the screen writes to.
func (s *screen) Unwrap() io.Writer { return s.w }
