package shell

import (
	"io"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// Plain is a Terminal that is none: lines of a file or a pipe. It shows no prompts.
type Plain struct {
	source *source
	closed chan struct{} // by Close
	once   sync.Once
	read   int        // lines
	line   int        // of the input that was read last
	mu     sync.Mutex // of writing
}

// NewPlain reads lines from r. A goroutine reads until r ends, or Close.
func NewPlain(r io.Reader) *Plain {
	closed := make(chan struct{})
	return &Plain{source: newSource(r, closed), closed: closed}
}

// Read returns the next line, with those that follow as long as it is not done.
func (p *Plain) Read(q editor.Question) (string, error) {
	var text strings.Builder
	p.line = p.read + 1
	for n := 0; ; n++ {
		select {
		case <-p.closed:
			return "", io.EOF
		case line, more := <-p.source.lines:
			if !more {
				return p.source.end(text.String())
			}
			p.read++
			if n > 0 {
				text.WriteByte('\n')
			}
			text.WriteString(line)
		}
		if q.Done == nil || q.Done(text.String()) {
			return text.String(), nil
		}
	}
}

// Line is where the input that was read last begins, from 1.
func (p *Plain) Line() int { return p.line }

// Print writes to w.
func (p *Plain) Print(w io.Writer, lines []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := w.Write(lines)
	return err
}

// Abort has nothing to end: who reads lines does not wait for a person.
func (*Plain) Abort() {}

// Close ends the Read that waits for somebody to write to a pipe: there are no more lines.
func (p *Plain) Close() { p.once.Do(func() { close(p.closed) }) }

// Refresh has no prompt to draw.
func (*Plain) Refresh() {}

// SetKeys has no keys.
func (*Plain) SetKeys(string) {}
