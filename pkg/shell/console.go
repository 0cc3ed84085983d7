package shell

import (
	"bytes"
	"io"
	"sync"

	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// Terminal is where a person sits.
type Terminal interface {
	// Read asks, and Abort ends what asks; see editor.Editor, which does this.
	Read(q editor.Question) (string, error)
	Abort()
	// Print writes whole lines above what is being typed, or to w while nobody types.
	Print(w io.Writer, lines []byte) error
	// Refresh draws the prompt anew.
	Refresh()
	SetKeys(mode string)
}

// Console is what commands write to while somebody may be typing: whole lines at a time.
type Console struct {
	terminal Terminal
	w        io.Writer

	mu   sync.Mutex
	rest []byte // of a line that has not ended
	err  error  // the first of writing
}

// NewConsole returns one that ends up in w.
func NewConsole(t Terminal, w io.Writer) *Console { return &Console{terminal: t, w: w} }

// Unwrap is where it ends up.
func (c *Console) Unwrap() io.Writer { return c.w }

// Write takes text.
func (c *Console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := bytes.LastIndexByte(p, '\n') + 1
	if end == 0 {
		c.rest = append(c.rest, p...)
		return len(p), nil
	}
	lines := p[:end]
	if len(c.rest) > 0 {
		lines = append(c.rest, lines...)
	}
	err := c.print(lines)
	c.rest = append(c.rest[:0], p[end:]...)
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// print writes lines; the caller holds mu.
func (c *Console) print(lines []byte) error {
	err := c.terminal.Print(c.w, lines)
	if c.err == nil {
		c.err = err
	}
	return err
}

// Failed is why something could not be written, nil where all was.
func (c *Console) Failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Flush ends a line that has not ended.
func (c *Console) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rest) == 0 {
		return nil
	}
	rest := append(c.rest, '\n')
	c.rest = nil
	return c.print(rest)
}
