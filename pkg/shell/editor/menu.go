package editor

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/reeflective/readline"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// Completion is what may follow at the cursor.
type Completion struct {
	// From is where in the text begins what a candidate replaces, up to the cursor, in bytes.
	From       int
	Candidates []Candidate
	// Message stands in place of a menu, where there are no candidates.
	Message string
}

// Candidate is one of the menu.
type Candidate struct {
	Text  string // what is inserted, with what stands behind it: a blank, a colon
	Shown string // as the menu has it; empty stands for Text
	Note  string
	Group string
}

// menu is a completer as the line editor has them. What it inserts begins with what is
// typed; where that is not how all candidates begin, it is made so first.
func (e *Editor) menu(complete func(text string, cursor int) Completion) func([]rune, int) readline.Completions {
	return func(line []rune, cursor int) readline.Completions {
		if complete == nil {
			return readline.Completions{}
		}
		text, at := string(line), len(string(line[:cursor]))
		c := complete(text, at)
		if len(c.Candidates) == 0 {
			if c.Message != "" {
				return readline.CompleteMessage(c.Message)
			}
			return readline.Completions{}
		}
		for i := range c.Candidates {
			c.Candidates[i].Text = withoutEnd(c.Candidates[i].Text, text[at:])
		}
		return e.completions(c, text[:at])
	}
}

// withoutEnd is a candidate without the end of it that stands behind the cursor already.
func withoutEnd(candidate, behind string) string {
	for i := range candidate {
		if i > 0 && strings.HasPrefix(behind, candidate[i:]) {
			return candidate[:i]
		}
	}
	return candidate
}

func (e *Editor) completions(c Completion, before string) readline.Completions {
	typed := before[c.From:]
	if common := commonStart(c.Candidates); !strings.HasPrefix(common, typed) && !eachBegins(c.Candidates, typed) {
		e.replaceTyped(typed, common)
		before, typed = before[:c.From]+common, common
	}
	// The line editor takes an empty prefix for the word before the cursor.
	if rest := before[:len(before)-len(typed)]; typed == "" && rest != "" && !unicode.IsSpace(rune(rest[len(rest)-1])) {
		typed = rest[len(rest)-1:]
		for i := range c.Candidates {
			if c.Candidates[i].Shown == "" {
				c.Candidates[i].Shown = c.Candidates[i].Text
			}
			c.Candidates[i].Text = typed + c.Candidates[i].Text
		}
	}
	list, left := e.fitting(rows(c.Candidates))
	found := readline.CompleteRaw(list).NoSort().DisplayList()
	found.PREFIX = typed
	if left > 0 {
		e.rl.Hint.SetTemporary(fmt.Sprintf("%d more; type some of the name", left))
	}
	return found
}

// rows are candidates with their notes beside them. The line editor would lay notes out itself, for
// ever where two are the same and the terminal is narrow.
func rows(candidates []Candidate) []readline.Completion {
	list := make([]readline.Completion, len(candidates))
	width, _ := size()
	width-- // the last column is where some terminals go on to the next line
	longest := 0
	for i, c := range candidates {
		shown := c.Shown
		if shown == "" {
			shown = strings.TrimRight(c.Text, " ")
		}
		shown, _ = terminal.Around(shown, 0, width)
		list[i] = readline.Completion{Value: c.Text, Display: shown, Tag: c.Group}
		longest = max(longest, terminal.Width(shown))
	}
	for i, c := range candidates {
		room := width - longest - len(between)
		if c.Note == "" || room < minNote {
			continue
		}
		note, _ := terminal.Around(c.Note, 0, room)
		name := list[i].Display
		list[i].Display = name + strings.Repeat(" ", longest-terminal.Width(name)) + between + note
	}
	return list
}

// between stands between a candidate and its note, which is left out where it had not even
// minNote cells.
const (
	between = "   "
	minNote = 8
)

// fitting are the candidates that the screen has rows for, and how many it has not.
func (e *Editor) fitting(list []readline.Completion) (shown []readline.Completion, left int) {
	_, height := size()
	rows := height - e.rowsBelow(e.ask()) - 3 // a hint, and what the line editor keeps free
	group := ""
	for i, one := range list {
		if rows--; one.Tag != group {
			group = one.Tag
			rows--
		}
		if rows < 0 && i > 0 {
			return list[:i], len(list) - i
		}
	}
	return list, 0
}

// replaceTyped puts what candidates begin with in the place of what was typed of them.
func (e *Editor) replaceTyped(typed, common string) {
	line, cursor := e.rl.Line(), e.rl.Cursor()
	begin := cursor.Pos() - len([]rune(typed))
	line.Cut(begin, cursor.Pos())
	line.Insert(begin, []rune(common)...)
	cursor.Set(begin + len([]rune(common)))
}

func eachBegins(list []Candidate, with string) bool {
	for _, c := range list {
		if !strings.HasPrefix(c.Text, with) {
			return false
		}
	}
	return true
}

// commonStart is how all candidates begin.
func commonStart(list []Candidate) string {
	common := list[0].Text
	for _, c := range list[1:] {
		for !strings.HasPrefix(c.Text, common) {
			common = common[:len(common)-1]
		}
	}
	return strings.ToValidUTF8(common, "")
}
