package editor

import (
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"unicode"

	"github.com/reeflective/readline"
	"github.com/reeflective/readline/inputrc"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// Names of keymaps, and of commands that are bound to keys.
const (
	keysEmacs    = "emacs"
	keysViInsert = "vi-insert"
	keysMenu     = "menu-select"
	keysSearch   = "isearch"

	commandAbort = "idlcall-abort"
	commandUp    = "idlcall-up"
	commandDown  = "idlcall-down"
	// commandLeaveMenu has the name of the one command that the line editor takes Escape for
	// where it may begin another key.
	commandLeaveMenu = "vi-movement-mode"
)

// bind puts our commands in the place of some of the line editor's, and gives keys to others.
func (e *Editor) bind() {
	e.theirs = maps.Clone(e.rl.Keymap.Commands())
	e.rl.Keymap.Register(map[string]func(){
		commandAbort:             e.abort,
		commandUp:                e.up,
		commandDown:              e.down,
		"abort":                  e.interrupt,
		"accept-line":            e.accept,
		"end-of-file":            e.endOfFile,
		"menu-complete":          e.menuNext,
		"menu-complete-backward": e.menuBefore,
		"self-insert":            e.insert,
		"unix-word-rubout":       e.rubOut,
		commandLeaveMenu:         e.leaveMenu,
	})
	binds := e.rl.Config.Binds
	binds[keysSearch] = maps.Clone(binds[keysMenu])
	set(binds[keysSearch], "\x12", "menu-complete")          // Ctrl-R: the next that is found
	set(binds[keysSearch], "\x13", "menu-complete-backward") // Ctrl-S
	set(binds[keysMenu], "\x1b", commandLeaveMenu)
	for _, keys := range binds {
		set(keys, string(rune(abortKey)), commandAbort)
	}
	for _, name := range []string{keysEmacs, keysViInsert} {
		set(binds[name], "\t", "menu-complete")
		set(binds[name], "\x04", "end-of-file")
		for _, up := range []string{"\x1b[A", "\x1bOA", "\x10"} {
			set(binds[name], up, commandUp)
		}
		for _, down := range []string{"\x1b[B", "\x1bOB", "\x0e"} {
			set(binds[name], down, commandDown)
		}
	}
	// Escape, which people press to be rid of a menu, waits for another key.
	set(binds[keysEmacs], "\x1b\x03", "abort")
	set(binds[keysEmacs], "\x1b\x04", "end-of-file")
	set(binds[keysEmacs], "\x1b\r", "accept-line")
}

// set binds a sequence. One with Alt may stand in two forms.
func set(keys map[string]inputrc.Bind, sequence, command string) {
	maps.DeleteFunc(keys, func(other string, _ inputrc.Bind) bool { return withEscape(other) == sequence })
	keys[sequence] = inputrc.Bind{Action: command}
}

// withEscape is a sequence with Escape before a key in place of Alt.
func withEscape(sequence string) string {
	var b strings.Builder
	for _, r := range sequence {
		if inputrc.IsMeta(r) {
			b.WriteRune(inputrc.Esc)
			r = inputrc.Demeta(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// insert inserts what was typed, all that makes up one character.
func (e *Editor) insert() {
	e.rl.History.SkipSave()
	if e.rl.Keymap.Local() == "" {
		e.rl.Display.ResetHelpers() // a menu is about what was there before
	}
	e.rl.Cursor().InsertAt([]rune(escaped(string(e.rl.Keys.Caller())))...)
}

// escaped is text that is typed, pasted or recalled, with what a terminal would obey as JSON
// writes it in strings, where the values stay the same.
func escaped(text string) string {
	obeys := func(r rune) bool { return terminal.Obeys(r) && r != '\n' && r != '\t' }
	if !strings.ContainsFunc(text, obeys) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if obeys(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// leaveMenu is Escape: in a menu it closes that, and with vi's keys it ends inserting.
func (e *Editor) leaveMenu() {
	if e.rl.Keymap.Local() != keysMenu {
		e.theirs[commandLeaveMenu]()
		return
	}
	e.rl.Keys.Pop() // or it would begin a key with Alt
	e.rl.Keymap.ResetLocal()
	e.rl.Display.ResetHelpers()
}

// rubOut is Ctrl-W: it deletes back to a blank.
func (e *Editor) rubOut() {
	e.rl.History.Save()
	line, cursor := e.rl.Line(), e.rl.Cursor()
	before := string((*line)[:cursor.Pos()])
	kept := strings.TrimRightFunc(strings.TrimRightFunc(before, unicode.IsSpace), func(r rune) bool { return !unicode.IsSpace(r) })
	begin := len([]rune(kept))
	e.rl.Buffers.Write((*line)[begin:cursor.Pos()]...)
	line.Cut(begin, cursor.Pos())
	cursor.Set(begin)
}

// up moves up a line of the input, and from the first to the input before.
func (e *Editor) up() {
	line, cursor := e.rl.Line(), e.rl.Cursor()
	if strings.ContainsRune(string((*line)[:cursor.Pos()]), '\n') {
		e.rl.History.SkipSave()
		cursor.LineMove(-1)
		return
	}
	e.rl.History.Walk(1)
}

// down moves down a line of the input, and from the last to the input after.
func (e *Editor) down() {
	line, cursor := e.rl.Line(), e.rl.Cursor()
	if strings.ContainsRune(string((*line)[cursor.Pos():]), '\n') {
		e.rl.History.SkipSave()
		cursor.LineMove(1)
		return
	}
	e.rl.History.Walk(-1)
}

// endOfFile is Ctrl-D: the end of an empty input, and else it deletes what is at the cursor.
func (e *Editor) endOfFile() {
	line, cursor := e.rl.Line(), e.rl.Cursor()
	switch {
	case line.Len() == 0:
		e.rl.Display.AcceptLine()
		e.rl.History.Accept(false, false, io.EOF)
	case cursor.Pos() < line.Len():
		e.rl.History.Save()
		line.CutRune(cursor.Pos())
	}
}

// menuNext shows the menu, and selects in one that is shown.
func (e *Editor) menuNext() {
	shown := e.rl.Keymap.Local() == keysMenu
	e.theirs["menu-complete"]()
	e.selecting = shown && e.rl.Keymap.Local() == keysMenu
}

func (e *Editor) menuBefore() {
	e.theirs["menu-complete-backward"]()
	e.selecting = e.rl.Keymap.Local() == keysMenu
}

// accept is Enter: it takes what is selected in a menu, and else the input.
func (e *Editor) accept() {
	if e.selecting {
		e.selecting = false
		return // the line editor has put it into the input
	}
	e.theirs["accept-line"]()
}

// interrupt is Ctrl-C: it leaves a menu or a search, and else ends the Read. The line editor's
// own takes the key that was typed next for its own.
func (e *Editor) interrupt() {
	if e.rl.Keymap.Local() != "" {
		e.theirs["abort"]()
		return
	}
	e.rl.Cursor().Set(e.rl.Line().Len())
	e.rl.Display.Refresh()
	_, _ = os.Stdout.WriteString("^C")
	e.rl.Display.AcceptLine()
	e.rl.History.Accept(false, false, readline.ErrInterrupt)
}

// abort ends the Read that Abort wants to end.
func (e *Editor) abort() {
	e.mu.Lock()
	aborting := e.aborting
	e.mu.Unlock()
	if aborting {
		e.rl.Display.AcceptLine()
		e.rl.History.Accept(false, false, ErrAborted)
	}
}
