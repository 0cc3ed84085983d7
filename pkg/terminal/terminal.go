package terminal

// Obeys reports whether a terminal may obey a character: C0, tab and line end
// included, DEL and C1, and those that turn the direction of text around (Unicode
// bidi controls).
func Obeys(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
