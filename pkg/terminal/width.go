package terminal

import "github.com/rivo/uniseg"

// Width is how many cells of a terminal a line takes: two for wide characters (CJK, emoji),
// none for those that combine with the one before. It is of text that a terminal does not
// obey; a tab has no width of its own.
func Width(s string) int { return uniseg.StringWidth(s) }

// First is what a person takes for the first character of s, with all that combines with it.
func First(s string) string {
	if s == "" {
		return ""
	}
	g := uniseg.NewGraphemes(s)
	g.Next()
	return g.Str()
}

// Around cuts a line to so many cells that character number at, from 0, is among what is
// left, with "…" for what is not. It returns the number of characters that are before it
// then. A line that fits stays as it is.
func Around(line string, at, cells int) (shown string, before int) {
	if Width(line) <= cells {
		return line, at
	}
	text := []rune(line)
	at = min(at, len(text))
	left, right := string(text[:at]), string(text[at:])
	right = head(right, max(cells-Width(left), cells/3))
	left = tail(left, max(cells-Width(right), 0))
	return left + right, len([]rune(left))
}

// head is the beginning of a line, of so many cells at most.
func head(s string, cells int) string {
	if Width(s) <= cells {
		return s
	}
	end, width := 0, 1 // of "…"
	for end < len(s) {
		next := First(s[end:])
		if width += Width(next); width > cells {
			break
		}
		end += len(next)
	}
	return s[:end] + "…"
}

// tail is the end of a line, of so many cells at most.
func tail(s string, cells int) string {
	missing := Width(s) - cells
	if missing <= 0 {
		return s
	}
	missing++ // for "…"
	start := 0
	for start < len(s) && missing > 0 {
		next := First(s[start:])
		missing -= Width(next)
		start += len(next)
	}
	return "…" + s[start:]
}
