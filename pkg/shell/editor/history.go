package editor

import (
	"errors"
	"strings"
)

// History has inputs, the latest last.
type History struct {
	lines []string
	added func(line string)
}

// NewHistory has the lines that are given. added, which may be nil, is told of those that come.
func NewHistory(lines []string, added func(line string)) *History { return &History{lines, added} }

// Lines are all inputs.
func (h *History) Lines() []string { return h.lines }

// Add adds a line, unless it is the one before.
func (h *History) Add(line string) { _, _ = historySource{h, false}.Write(line) }

// source is a History as the line editor has them.
func (h *History) source() historySource {
	if h == nil {
		return historySource{&History{}, true}
	}
	return historySource{h, false}
}

type historySource struct {
	*History

	off bool
}

var errNoLine = errors.New("no such line")

// Write takes a line. One that is the same as the one before is not taken again.
func (s historySource) Write(line string) (int, error) {
	line = strings.TrimSpace(line)
	if s.off || line == "" || len(s.lines) > 0 && s.lines[len(s.lines)-1] == line {
		return len(s.lines), nil
	}
	s.lines = append(s.lines, line)
	if s.added != nil {
		s.added(line)
	}
	return len(s.lines), nil
}

func (s historySource) GetLine(i int) (string, error) {
	if i < 0 || i >= len(s.lines) {
		return "", errNoLine
	}
	return escaped(s.lines[i]), nil
}

func (s historySource) Len() int  { return len(s.lines) }
func (s historySource) Dump() any { return s.lines }
