package shell

import (
	"bufio"
	"io"
)

// maxInput bounds a line that is not typed, in bytes.
const maxInput = 64 << 20

// source is a reader whose lines a goroutine reads, so that who waits for one can do something else.
type source struct {
	lines chan string // closed at the end
	err   error       // with which they ended, nil at the end of the reader
}

// newSource reads lines from r until it ends, or nobody takes them any more.
func newSource(r io.Reader, enough <-chan struct{}) *source {
	s := &source{lines: make(chan string)}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxInput)
	go func() {
		defer close(s.lines)
		for lines.Scan() {
			select {
			case s.lines <- lines.Text():
			case <-enough:
				return
			}
		}
		s.err = lines.Err()
	}()
	return s
}

// end is what there is to read at the end of the lines; text is one that is not done.
func (s *source) end(text string) (string, error) {
	switch {
	case s.err != nil:
		return "", s.err
	case text != "":
		return text, nil // not done, which its reader will say
	}
	return "", io.EOF
}
