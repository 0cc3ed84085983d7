package shell

import (
	"io"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// Dumb is a Terminal that has a person but no keys, as in the shell of an editor: it writes
// prompts and reads lines, without a code that such a terminal would show.
type Dumb struct {
	w      io.Writer // of prompts
	source *source
	abort  chan error // taken by the Read that waits
	last   string     // that was read
	mu     sync.Mutex // of writing
}

// NewDumb reads lines from r, and prompts on w. A goroutine reads as long as r has lines.
func NewDumb(r io.Reader, w io.Writer) *Dumb {
	return &Dumb{w: w, source: newSource(r, nil), abort: make(chan error)}
}

// Read prompts for a line, and for those that follow as long as it is not done. A text to be
// edited stands above the prompt, where it can be copied from.
func (d *Dumb) Read(q editor.Question) (string, error) {
	prompt := q.Prompt()
	if q.Text != "" && q.Text != d.last {
		prompt = q.Text + "\n" + prompt
	}
	for text := ""; ; prompt = "... " {
		_ = d.Print(d.w, []byte(prompt))
		select {
		case err := <-d.abort:
			_ = d.Print(d.w, []byte("\n"))
			return text, err
		case line, more := <-d.source.lines:
			if text += line; !more {
				_ = d.Print(d.w, []byte("\n"))
				return d.source.end(text)
			}
		}
		if q.Done == nil || q.Done(text) {
			if q.History != nil && strings.TrimSpace(text) != "" {
				q.History.Add(text)
			}
			d.last = text
			return text, nil
		}
		text += "\n"
	}
}

// Print writes to w.
func (d *Dumb) Print(w io.Writer, lines []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := w.Write(lines)
	return err
}

// Abort ends the Read that waits, if one does.
func (d *Dumb) Abort() { d.give(editor.ErrAborted) }

// Interrupt is Ctrl-C for the Read that waits, if one does.
func (d *Dumb) Interrupt() { d.give(editor.ErrInterrupted) }

func (d *Dumb) give(err error) {
	select {
	case d.abort <- err:
	default:
	}
}

// Refresh has no prompt to draw anew.
func (*Dumb) Refresh() {}

// SetKeys has no keys.
func (*Dumb) SetKeys(string) {}
