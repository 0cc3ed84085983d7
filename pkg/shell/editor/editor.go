package editor

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/reeflective/readline"
	"github.com/reeflective/readline/inputrc"
	"golang.org/x/term"
)

// What ends a Read beside io.EOF, which is Ctrl-D on an empty line.
var (
	// ErrInterrupted is Ctrl-C.
	ErrInterrupted = errors.New("interrupted")
	// ErrAborted is Abort.
	ErrAborted = errors.New("aborted")
)

// Question is what a Read asks for.
type Question struct {
	// Prompt stands before the input. It is asked for again with each picture, on one line.
	Prompt func() string
	// Text is there to be edited; the cursor is behind it.
	Text string
	// Done reports whether Enter behind a text ends it; else it begins another line. nil
	// stands for always.
	Done func(text string) bool
	// Complete, Highlight and Hint may be nil. Highlight returns the text with colours,
	// Hint a line that stands below it.
	Complete  func(text string, cursor int) Completion
	Highlight func(text string) string
	Hint      func(text string, cursor int) string
	// History has earlier inputs; nil has none, and takes none.
	History *History
}

// Editor is a terminal, which a process has one of: stdin and stdout. Read is for one goroutine
// at a time, Print and Abort are for any.
type Editor struct {
	rl     *readline.Shell
	theirs map[string]func() // commands of the line editor's own
	// selecting says that a candidate of the menu is selected; of the goroutine of Read.
	selecting bool

	mu       sync.Mutex
	room     sync.Cond // pending has room, or nobody reads
	prompt   func() string
	reading  bool
	aborting bool
	pending  []byte    // printed, and not on the screen yet
	woken    bool      // the line editor knows of pending, or will
	pictured time.Time // when the last of pending went out
	drawn    bool      // the prompt of the picture that is being drawn
}

// abortKey is what Abort types: Ctrl-\, which raw terminals deliver as a character, and which
// nothing else is bound to.
const abortKey = 0x1c

// New makes the Editor of stdin and stdout, which are terminals. It reads the user's inputrc.
func New() *Editor {
	e := &Editor{rl: readline.NewShell(inputrc.WithApp("idlcall"))}
	e.room.L = &e.mu
	e.rl.Prompt.Primary(e.primary)
	e.rl.Prompt.Right(e.right)
	e.rl.Prompt.Secondary(func() string { return "" })
	for name, value := range map[string]any{
		"menu-complete-display-prefix": true,
		"blink-matching-paren":         true,
		"enable-bracketed-paste":       true,
		"multiline-column":             false,
		"convert-meta":                 false, // letters with accents are no keys with Alt
		"input-meta":                   true,
		"output-meta":                  true,
	} {
		_ = e.rl.Config.Set(name, value)
	}
	e.rl.PasteTransformer = escaped
	e.bind()
	return e
}

// Keys are the editing modes.
const (
	Emacs = "emacs"
	Vi    = "vi"
)

// SetKeys says whose keys count, Emacs' or Vi's.
func (e *Editor) SetKeys(mode string) {
	_ = e.rl.Config.Set("editing-mode", mode)
	if mode == Vi {
		mode = keysViInsert
	}
	e.rl.Keymap.SetMain(mode)
}

// Read returns what the user has typed, with the lines of it joined by "\n". The text is there
// with ErrInterrupted and ErrAborted, too. io.EOF is Ctrl-D on an empty line, or the end of the
// terminal.
func (e *Editor) Read(q Question) (string, error) {
	e.begin(q)
	text, err := e.rl.Readline()
	aborted := e.end()
	switch {
	case aborted:
		return text, ErrAborted
	case errors.Is(err, readline.ErrInterrupt):
		return text, ErrInterrupted
	}
	return text, err
}

func (e *Editor) begin(q Question) {
	e.rl.History.Delete()
	e.rl.History.Add("", q.History.source())
	if e.rl.Config.GetString("editing-mode") == Vi {
		e.rl.Keymap.SetMain(keysViInsert) // whatever the line before has ended in
	}
	e.rl.Completer = e.menu(q.Complete)
	e.rl.AcceptMultiline = func(line []rune) bool { return q.Done == nil || q.Done(string(line)) }
	e.rl.SyntaxHighlighter = nil
	if q.Highlight != nil {
		e.rl.SyntaxHighlighter = func(line []rune) string { return q.Highlight(string(line)) }
	}
	e.rl.Hint.SetProvider(nil)
	if q.Hint != nil {
		e.rl.Hint.SetProvider(func(line []rune, cursor int) []rune {
			return []rune(q.Hint(string(line), len(string(line[:min(cursor, len(line))]))))
		})
	}
	// What was accepted and is held begins the next line.
	e.rl.Line().Set([]rune(escaped(q.Text))...)
	e.rl.History.Accept(q.Text != "", false, io.EOF)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prompt, e.reading, e.aborting, e.drawn = q.Prompt, true, false, false
}

// end returns to a terminal that others may write to, and reports whether Abort was called.
func (e *Editor) end() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reading, e.woken = false, false
	_, _ = os.Stdout.Write(e.pending)
	e.pending = nil
	e.room.Broadcast()
	return e.aborting
}

// abortAgain is how often Abort types its key: in the midst of a sequence of keys it is lost.
const abortAgain = 50 * time.Millisecond

// Abort has a Read that lasts return ErrAborted, and returns when it has.
func (e *Editor) Abort() {
	for {
		e.mu.Lock()
		reading := e.reading
		e.aborting = reading
		e.mu.Unlock()
		if !reading {
			return
		}
		e.rl.Keys.Feed(true, abortKey)
		e.rl.Keys.RequestRefresh()
		time.Sleep(abortAgain)
	}
}

// size is that of the terminal, in columns and rows.
func size() (width, height int) {
	width, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}
