package editor

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// maxPending is how much Print keeps before it waits, in bytes: more than a screen has, and
// little enough that terminals are done with it long before the next picture.
const maxPending = 32 << 10

// probe is the setting by which the line editor asks the terminal where the cursor is.
const probe = "cursor-position-probe"

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
	e.wake()
	e.mu.Unlock()
	return nil
}

// pictureTime is the least time between two pictures with something printed: for most of it, the
// line that is typed can be seen.
const pictureTime = 40 * time.Millisecond

// wake sees to it that the line editor draws what is pending; the caller holds mu.
func (e *Editor) wake() {
	if e.woken {
		return
	}
	e.woken = true
	if rest := pictureTime - time.Since(e.pictured); rest > 0 {
		time.AfterFunc(rest, e.rl.Keys.RequestRefresh)
		return
	}
	e.rl.Keys.RequestRefresh()
}

// Refresh draws the line anew, since its prompt has changed.
func (e *Editor) Refresh() { e.rl.Keys.RequestRefresh() }

// primary is the prompt, with what is printed before it. Of each picture it is asked for first
// when the cursor is at the beginning of the input, and later again for its width.
func (e *Editor) primary() string {
	prompt := e.ask()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.drawn {
		return prompt
	}
	e.drawn, e.woken = true, false
	// Keys that come with the terminal's answer are lost. A search needs it, to know how many of
	// the lines it finds have room.
	_ = e.rl.Config.Set(probe, e.rl.Keymap.Local() == keysSearch)
	e.selecting = e.selecting && e.rl.Keymap.Local() == keysMenu
	text := ""
	if len(e.pending) > 0 {
		const eraseBelow = "\r\x1b[J"
		text = eraseBelow + string(bytes.ReplaceAll(e.pending, []byte("\n"), []byte(nextLine)))
		e.pending, e.pictured = e.pending[:0], time.Time{}
		e.room.Broadcast()
	}
	return text + scrolled(e.rowsBelow(prompt)) + prompt
}

// scrolled makes room for rows below the cursor, and returns to where it was: at the end of the
// screen a terminal scrolls for IND, and not for what the line editor does.
func scrolled(rows int) string {
	const index, up = "\x1bD", "\x1b[%dA"
	return strings.Repeat(index, rows) + fmt.Sprintf(up, rows)
}

// rowsBelow is how many rows the input takes behind its first one, and one for what is written
// below it.
func (e *Editor) rowsBelow(prompt string) int {
	width, height := size()
	rows := 0
	for line := range strings.SplitSeq(string(*e.rl.Line()), "\n") {
		rows += (terminal.Width(prompt)+terminal.Width(line))/width + 1
	}
	return min(rows, height-1)
}

func (e *Editor) ask() string {
	e.mu.Lock()
	prompt := e.prompt
	e.mu.Unlock()
	if prompt == nil {
		return ""
	}
	return prompt()
}

// right is what stands at the right of the input: nothing. It is asked for when nobody asks for
// the prompt of a picture any more.
func (e *Editor) right() string {
	e.mu.Lock()
	e.drawn = false
	if e.pictured.IsZero() {
		e.pictured = time.Now()
	}
	if e.reading && len(e.pending) > 0 {
		e.woken = false
		e.wake()
	}
	e.mu.Unlock()
	return ""
}
