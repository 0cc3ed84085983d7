package document

// Opened is what a text leaves open.
type Opened struct {
	// Brackets are "{" and "[", outermost first, and At is where each stands.
	Brackets string
	At       []int
	// InString says that the text ends inside a string.
	InString bool
}

// Open reports what a text leaves open, so that a further line belongs to it. A closing
// bracket that fits none closes nothing.
func Open(text string) Opened {
	var o Opened
	var stack []byte
	for t := next(text, 0); t.kind != end; t = next(text, t.to) {
		o.InString = t.kind == str && t.open && t.to == len(text)
		if t.kind != punct {
			continue
		}
		switch c := text[t.from]; c {
		case '{', '[':
			stack, o.At = append(stack, c), append(o.At, t.from)
		case '}', ']':
			if n := len(stack); n > 0 && fits(stack[n-1], c) {
				stack, o.At = stack[:n-1], o.At[:n-1]
			}
		}
	}
	o.Brackets = string(stack)
	return o
}

func fits(open, closing byte) bool {
	return open == '{' && closing == '}' || open == '[' && closing == ']'
}

// Match finds the bracket that belongs to that at text[at].
func Match(text string, at int) (int, bool) {
	var stack []int
	for t := next(text, 0); t.kind != end; t = next(text, t.to) {
		if t.kind != punct {
			continue
		}
		switch c := text[t.from]; c {
		case '{', '[':
			stack = append(stack, t.from)
		case '}', ']':
			n := len(stack)
			if n == 0 || !fits(text[stack[n-1]], c) {
				continue
			}
			switch at {
			case t.from:
				return stack[n-1], true
			case stack[n-1]:
				return t.from, true
			}
			stack = stack[:n-1]
		}
	}
	return 0, false
}
