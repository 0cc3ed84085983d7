package document

// kind is what a token is.
type kind uint8

const (
	end    kind = iota
	punct       // one of {}[]:,
	str         // a string, with its quotes as far as they are there
	number      // begins as a number does
	word        // true, or what else consists of letters
	ref         // $name.path[0]
	junk        // one character that begins nothing
)

// token is a part of a text.
type token struct {
	kind     kind
	from, to int
	// open says that a string has no closing quote.
	open bool
}

// next is the token at or behind text[at:]; its kind is end where there is none.
func next(text string, at int) token {
	for at < len(text) && isSpace(text[at]) {
		at++
	}
	if at >= len(text) {
		return token{end, len(text), len(text), false}
	}
	switch c := text[at]; {
	case c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',':
		return token{punct, at, at + 1, false}
	case c == '"':
		to, closed := stringEnd(text, at)
		return token{str, at, to, !closed}
	case c == '$':
		return token{ref, at, refEnd(text, at+1), false}
	case c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9':
		return token{number, at, wordEnd(text, at), false}
	case isWord(c):
		return token{word, at, wordEnd(text, at), false}
	}
	return token{junk, at, at + 1, false}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isWord reports whether a byte can be part of a word or a number. All that is not ASCII
// can, so that no character is cut.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

func wordEnd(text string, at int) int {
	for at < len(text) && (isWord(text[at]) || text[at] == '+' || text[at] == '-' || text[at] == '.') {
		at++
	}
	return at
}

// stringEnd is where the string ends that begins at a quote: behind the closing one, or
// where the line ends, which no string goes beyond.
func stringEnd(text string, at int) (to int, closed bool) {
	for at++; at < len(text); at++ {
		switch text[at] {
		case '"':
			return at + 1, true
		case '\n':
			return at, false
		case '\\':
			if at+1 < len(text) && text[at+1] != '\n' {
				at++
			}
		}
	}
	return len(text), false
}

// refEnd is where a reference ends whose name begins at at: behind names with dots between
// them, and what brackets hold.
func refEnd(text string, at int) int {
	for at < len(text) {
		switch c := text[at]; {
		case isWord(c) || c == '.':
			at++
		case c == '[':
			to := bracketEnd(text, at)
			if to < 0 {
				return at
			}
			at = to
		default:
			return at
		}
	}
	return at
}

// bracketEnd is behind the bracket that closes that at at, or negative.
func bracketEnd(text string, at int) int {
	for at++; at < len(text); at++ {
		switch text[at] {
		case ']':
			return at + 1
		case '"':
			to, closed := stringEnd(text, at)
			if !closed {
				return -1
			}
			at = to - 1
		case '\n', '[', '{', '}':
			return -1
		}
	}
	return -1
}
