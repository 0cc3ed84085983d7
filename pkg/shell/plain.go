package shell

import (
	"bufio"
	"io"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// maxInput bounds a line that is not typed, in bytes.
const maxInput = 64 << 20

// Plain is a Terminal that is none: lines of a file or a pipe. It shows no prompts.
type Plain struct {
	lines *bufio.Scanner
	read  int        // lines
	line  int        // of the input that was read last
	mu    sync.Mutex // of writing
}

// NewPlain reads lines from r.
func NewPlain(r io.Reader) *Plain {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxInput)
	return &Plain{lines: lines}
}

// Read returns the next line, with those that follow as long as it is not done.
func (p *Plain) Read(q editor.Question) (string, error) {
	var text strings.Builder
	p.line = p.read + 1
	for n := 0; p.lines.Scan(); n++ {
		p.read++
		if n > 0 {
			text.WriteByte('\n')
		}
		text.Write(p.lines.Bytes())
		if q.Done == nil || q.Done(text.String()) {
			return text.String(), nil
		}
	}
	switch err := p.lines.Err(); {
	case err != nil:
		return "", err
	case text.Len() > 0:
		return text.String(), nil // not done, which its reader will say
	}
	return "", io.EOF
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

// Refresh has no prompt to draw.
func (*Plain) Refresh() {}

// SetKeys has no keys.
func (*Plain) SetKeys(string) {}
