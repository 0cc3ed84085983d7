package source

// Token is the kind of a token: one of these, or the byte itself, all of which are
// above.
type Token uint8

// The kinds that are no single bytes. Bad is for what is no token at all.
const (
	EOF Token = iota
	Ident
	Number
	String
	Bad
)

// IsLetter reports whether a byte may begin a word.
func IsLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// IsDigit reports whether a byte is a decimal digit.
func IsDigit(c byte) bool { return '0' <= c && c <= '9' }

// IsSpace reports whether a byte is white space, line ends included.
func IsSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// SkipNumber passes what is left of a number at i, whose first byte is before i or at i.
func SkipNumber(s string, i int) int {
	for ; i < len(s); i++ {
		c := s[i]
		sign := (c == '+' || c == '-') && (s[i-1] == 'e' || s[i-1] == 'E')
		if !IsLetter(c) && !IsDigit(c) && c != '.' && !sign {
			break
		}
	}
	return i
}
