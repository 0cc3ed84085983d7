package cmd

import "strings"

// shellLine is a line of a shell up to the cursor, as far as completion has to understand it.
type shellLine struct {
	words []string // of the last command, without quotes; the last is the one at the cursor
	// quote is the quote that is open at the cursor, 0 where there is none.
	quote byte
	// before is the part of the last word that the shell leaves as it is: what comes from
	// completion takes the place of the rest.
	before string
	// redirected says that the last word is the file of a redirection.
	redirected bool
}

// parseLine reads a line as bash does: quotes, backslashes, operators. Breaks are the
// characters at which readline begins a new word to complete, $COMP_WORDBREAKS; expansions
// stay as they are.
func parseLine(line, breaks string) shellLine {
	l := shellLine{words: []string{""}}
	var word strings.Builder
	begun := false
	end := func() { // of a word
		if begun && !l.redirected {
			l.words[len(l.words)-1] = word.String()
			l.words = append(l.words, "")
		}
		if begun {
			l.redirected = false
		}
		word.Reset()
		begun, l.before = false, ""
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case l.quote == '\'' && c == '\'', l.quote == '"' && c == '"':
			l.quote = 0
		case l.quote == '\'':
			word.WriteByte(c)
		case c == '\\' && i+1 < len(line) && (l.quote == 0 || strings.IndexByte("\\\"$`", line[i+1]) >= 0):
			i++
			begun = true
			word.WriteByte(line[i])
		case l.quote == '"':
			word.WriteByte(c)
		case c == '\'' || c == '"':
			l.quote, begun = c, true
			l.before = word.String()
		case c == ' ' || c == '\t':
			end()
		case strings.IndexByte("|&;()\n", c) >= 0:
			end()
			l.words, l.redirected = []string{""}, false
		case c == '<' || c == '>':
			end()
			l.redirected = true
		default:
			begun = true
			if strings.IndexByte(breaks, c) < 0 {
				word.WriteByte(c)
				break
			}
			if c == '@' || c == '$' { // readline's special prefixes, which belong to the word
				l.before = word.String()
				word.WriteByte(c)
				break
			}
			word.WriteByte(c)
			l.before = word.String()
		}
	}
	l.words[len(l.words)-1] = word.String()
	return l
}

// quoted is text that means itself where the cursor is.
func (l *shellLine) quoted(text string) string {
	special := " \t\\'\"$`!*?[]{}()<>|&;~#"
	switch l.quote {
	case '\'':
		return strings.ReplaceAll(text, `'`, `'\''`)
	case '"':
		special = "\\\"$`"
	}
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(special, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
