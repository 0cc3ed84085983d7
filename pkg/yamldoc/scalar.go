package yamldoc

// plainKind is what plain text means in the core schema (YAML 1.2.2, 10.3.2). Infinity and
// not-a-number are Numbers that have no JSON.
func plainKind(s string) Kind {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return Bool
	}
	if isDecimal(s) || isBased(s) || isSpecial(s) {
		return Number
	}
	return String
}

// isSpecial reports whether text is .inf or .nan.
func isSpecial(s string) bool {
	switch s {
	case ".nan", ".NaN", ".NAN":
		return true
	}
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	return s == ".inf" || s == ".Inf" || s == ".INF"
}

// isBased reports whether text is 0o17 or 0x1F.
func isBased(s string) bool {
	if len(s) < 3 || s[0] != '0' {
		return false
	}
	for _, c := range []byte(s[2:]) {
		switch {
		case s[1] == 'o' && '0' <= c && c <= '7':
		case s[1] == 'x' && ('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'):
		default:
			return false
		}
	}
	return s[1] == 'o' || s[1] == 'x'
}

// isDecimal reports whether text is [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
func isDecimal(s string) bool {
	s = unsigned(s)
	whole := digits(s)
	rest, fraction := s[whole:], 0
	if rest != "" && rest[0] == '.' {
		fraction = digits(rest[1:])
		rest = rest[1+fraction:]
	}
	if whole == 0 && fraction == 0 {
		return false
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	exponent := unsigned(rest[1:])
	return exponent != "" && digits(exponent) == len(exponent)
}

func unsigned(s string) string {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[1:]
	}
	return s
}

// digits is how many decimal digits text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
