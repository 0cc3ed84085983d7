package editor

import (
	"bytes"
	"io"
)

// maxPending is how much Print keeps before it waits, in bytes: more than a screen has, and
// little enough that a key is answered at once.
const maxPending = 64 << 10

// nextLine moves to the beginning of the next line as "\n" does, and scrolls (NEL, ECMA-48). The
// line editor takes only what follows the last "\n" of a prompt.
const nextLine = "\x1bE"

// Print writes whole lines, each ending in "\n", above what is being typed, or to w while nobody
// types. It waits while more has come than the terminal takes.
func (e *Editor) Print(w io.Writer, p []byte) error {
	e.mu.Lock()
	for e.reading && len(e.pending) > maxPending {
		e.room.Wait()
	}
	if !e.reading {
		defer e.mu.Unlock()
		_, err := w.Write(p)
		return err
	}
	e.pending = append(e.pending, p...)
	wake := !e.woken
	e.woken = true
	e.mu.Unlock()
	if wake {
		e.rl.Keys.RequestRefresh()
	}
	return nil
}

// Refresh draws the line anew, since its prompt has changed.
func (e *Editor) Refresh() { e.rl.Keys.RequestRefresh() }

// primary is the prompt, with what is printed before it. It is asked for when the cursor is at
// the beginning of the input.
func (e *Editor) primary() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	prompt := ""
	if e.prompt != nil {
		prompt = e.prompt()
	}
	e.woken = false
	if len(e.pending) == 0 {
		return prompt
	}
	const eraseBelow = "\x1b[J"
	text := eraseBelow + string(bytes.ReplaceAll(e.pending, []byte("\n"), []byte(nextLine))) + prompt
	e.pending = e.pending[:0]
	e.room.Broadcast()
	return text
}
