package picture

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// Screen is what a terminal shows.
type Screen struct {
	Rows [][]Run
	// Column and Row are where the cursor stands, from 0. A Row below 0 has none.
	Column, Row int
}

// Run is text that looks the same all over.
type Run struct {
	Text  string
	At    int // its first column, from 0
	Cells int // how many it takes
	Look  Look
}

// Look is what SGR sequences say of text. Colours are "#rrggbb", empty for those of the terminal.
type Look struct {
	Front, Back                           string
	Bold, Dim, Italic, Underline, Reverse bool
}

// Parse takes apart lines of text with SGR sequences, as 'tmux capture-pane -e' writes them. A
// look lasts over the ends of lines. Other sequences are an error.
func Parse(text string) (*Screen, error) {
	s := &Screen{Row: -1}
	var look Look
	for number, line := range strings.Split(text, "\n") {
		var row []Run
		at := 0
		for line != "" {
			plain, rest, found := strings.Cut(line, "\x1b")
			if plain != "" {
				run := Run{Text: plain, At: at, Cells: terminal.Width(plain), Look: look}
				row, at = append(row, run), at+run.Cells
			}
			if !found {
				break
			}
			codes, after, isSGR := strings.Cut(rest, "m")
			if !isSGR || !strings.HasPrefix(codes, "[") || strings.Trim(codes[1:], "0123456789;") != "" {
				return nil, fmt.Errorf("line %d: %q is no SGR sequence", number+1, "\x1b"+rest)
			}
			if err := look.apply(codes[1:]); err != nil {
				return nil, fmt.Errorf("line %d: %w", number+1, err)
			}
			line = after
		}
		s.Rows = append(s.Rows, row)
	}
	return s, nil
}

// apply changes a look as the numbers of one sequence say.
func (l *Look) apply(codes string) error {
	numbers := strings.Split(codes, ";")
	for len(numbers) > 0 {
		n, err := strconv.Atoi("0" + numbers[0]) // none is 0
		if err != nil {
			return err
		}
		numbers = numbers[1:]
		switch {
		case n == 38 || n == 48:
			var colour string
			if colour, numbers, err = extended(numbers); err != nil {
				return err
			}
			if n == 38 {
				l.Front = colour
			} else {
				l.Back = colour
			}
		case n < 30:
			l.attribute(n)
		default:
			if err := l.colour(n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Look) attribute(n int) {
	switch n {
	case 0:
		*l = Look{}
	case 1:
		l.Bold = true
	case 2:
		l.Dim = true
	case 3:
		l.Italic = true
	case 4:
		l.Underline = true
	case 7:
		l.Reverse = true
	case 22:
		l.Bold, l.Dim = false, false
	case 23:
		l.Italic = false
	case 24:
		l.Underline = false
	case 27:
		l.Reverse = false
	}
}

func (l *Look) colour(n int) error {
	switch {
	case n >= 30 && n <= 37:
		l.Front = basic[n-30]
	case n >= 90 && n <= 97:
		l.Front = basic[n-90+8]
	case n >= 40 && n <= 47:
		l.Back = basic[n-40]
	case n >= 100 && n <= 107:
		l.Back = basic[n-100+8]
	case n == 39:
		l.Front = ""
	case n == 49:
		l.Back = ""
	default:
		return fmt.Errorf("SGR %d is not known", n)
	}
	return nil
}

// extended is a colour of 256, or one of 24 bits, behind 38 or 48.
func extended(numbers []string) (colour string, rest []string, err error) {
	var values []int
	for _, text := range numbers {
		n, err := strconv.Atoi(text)
		if err != nil || n > 255 {
			return "", nil, fmt.Errorf("%q is no part of a colour", text)
		}
		values = append(values, n)
	}
	switch {
	case len(values) >= 2 && values[0] == 5:
		return indexed(values[1]), numbers[2:], nil
	case len(values) >= 4 && values[0] == 2:
		return fmt.Sprintf("#%02x%02x%02x", values[1], values[2], values[3]), numbers[4:], nil
	}
	return "", nil, fmt.Errorf("%q are no colour", numbers)
}

// indexed is one of the 256 colours of xterm.
func indexed(n int) string {
	switch {
	case n < 16:
		return basic[n]
	case n >= 232:
		grey := 8 + 10*(n-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	}
	level := func(n int) int {
		if n == 0 {
			return 0
		}
		return 55 + 40*n
	}
	n -= 16
	return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
}
