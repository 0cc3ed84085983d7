package document

// rest is what stands behind the cursor, as far as the innermost bracket goes.
type rest struct {
	given  []string // keys
	url    string   // the value of "@type"
	closed bool     // the bracket is closed
	// first is the token next to the cursor.
	first token
}

// follow reads on from a place inside an object or an array.
func follow(text string, from int, open byte) rest {
	r := rest{first: next(text, from)}
	depth, key := 0, ""
	for t := r.first; t.kind != end; t = next(text, t.to) {
		if t.kind == str && depth == 0 && open == '{' {
			if key == "@type" {
				r.url = unquote(text[t.from:t.to])
			}
			if after := next(text, t.to); after.kind == punct && text[after.from] == ':' {
				key = unquote(text[t.from:t.to])
				r.given = append(r.given, key)
			}
		}
		if t.kind != punct {
			continue
		}
		switch text[t.from] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				r.closed = fits(open, text[t.from])
				return r
			}
		case ',':
			key = ""
		}
	}
	return r
}

// begins reports whether what stands next to the cursor is one of some characters.
func (r *rest) begins(text, any string) bool {
	if r.first.kind != punct {
		return false
	}
	for i := range len(any) {
		if text[r.first.from] == any[i] {
			return true
		}
	}
	return false
}
