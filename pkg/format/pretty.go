package format

// Palette is what is written before and after the parts of a JSON document.
// Empty strings leave them plain.
type Palette struct {
	Key, String, Number, Literal, Punctuation string
	Reset                                     string
}

// layout writes compact JSON anew, over lines and in colour. Its input is our own
// output, so it is valid.
type layout struct {
	palette Palette
	pretty  bool
	depth   int
	dst     []byte
}

func (l *layout) append(dst, json []byte) []byte {
	l.dst, l.depth = dst, 0
	for i := 0; i < len(json); {
		i += l.token(json[i:])
	}
	return l.dst
}

// token writes the token that b begins with and returns its length.
func (l *layout) token(b []byte) int {
	switch c := b[0]; c {
	case '{', '[':
		if len(b) > 1 && (b[1] == '}' || b[1] == ']') {
			l.paint(l.palette.Punctuation, b[:2])
			return 2
		}
		l.paint(l.palette.Punctuation, b[:1])
		l.depth++
		l.newline()
	case '}', ']':
		l.depth--
		l.newline()
		l.paint(l.palette.Punctuation, b[:1])
	case ',':
		l.paint(l.palette.Punctuation, b[:1])
		l.newline()
	case ':':
		l.paint(l.palette.Punctuation, b[:1])
		if l.pretty {
			l.dst = append(l.dst, ' ')
		}
	case '"':
		n := stringLen(b)
		if n < len(b) && b[n] == ':' {
			l.paint(l.palette.Key, b[:n])
		} else {
			l.paint(l.palette.String, b[:n])
		}
		return n
	default:
		n := 1
		for n < len(b) && isScalar(b[n]) {
			n++
		}
		if c == '-' || c >= '0' && c <= '9' {
			l.paint(l.palette.Number, b[:n])
		} else {
			l.paint(l.palette.Literal, b[:n])
		}
		return n
	}
	return 1
}

func (l *layout) paint(colour string, text []byte) {
	if colour == "" {
		l.dst = append(l.dst, text...)
		return
	}
	l.dst = append(append(append(l.dst, colour...), text...), l.palette.Reset...)
}

func (l *layout) newline() {
	if !l.pretty {
		return
	}
	l.dst = append(l.dst, '\n')
	for range l.depth {
		l.dst = append(l.dst, ' ', ' ')
	}
}

// stringLen is the length of the JSON string that b begins with.
func stringLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}
