package shell

import (
	"slices"
	"strings"
)

// WithoutSecrets is a line as it may be kept in a file: the values of headers are as masked has
// them.
func WithoutSecrets(line string, masked func(header string) string) string {
	trimmed := strings.TrimSpace(line)
	if rest, isCommand := strings.CutPrefix(trimmed, ":"); isCommand {
		name, header, _ := strings.Cut(rest, " ")
		switch c, _ := named(name); c.name {
		case "header":
			return ":" + name + " " + masked(strings.TrimSpace(header))
		case "meta":
			return ":" + name + " " + maskedPair(header, masked)
		case "set":
			flag, value, _ := strings.Cut(header, " ")
			if isHeaderFlag("--" + flag) {
				return ":" + name + " " + flag + " " + maskedOf(flag, value, masked)
			}
		}
		if !strings.ContainsAny(rest, "'\"-") {
			return line
		}
	}
	return maskedWords(line, masked)
}

func isHeaderFlag(word string) bool {
	switch word {
	case "-H", "--header", "--rpc-header", "--reflect-header", "--meta", "--persist":
		return true
	}
	return false
}

func maskedOf(flag, value string, masked func(string) string) string {
	if strings.HasSuffix(flag, "meta") || strings.HasSuffix(flag, "persist") {
		return maskedPair(value, masked)
	}
	return masked(value)
}

// maskedPair is KEY=VALUE.
func maskedPair(pair string, masked func(string) string) string {
	key, value, found := strings.Cut(pair, "=")
	if !found {
		return pair
	}
	_, hidden, _ := strings.Cut(masked(key+": "+value), ": ")
	return key + "=" + hidden
}

// maskedWords is a line with the values of headers in it masked. One that cannot be taken apart
// is cut before the first of them.
func maskedWords(line string, masked func(string) string) string {
	parsed, err := Parse(line, isHeaderFlag)
	if err != nil || parsed.Command != "" {
		for _, flag := range []string{"-H", "--header", "--rpc-header", "--reflect-header", "--meta", "--persist"} {
			if i := strings.Index(line, flag); i >= 0 {
				return strings.TrimSpace(line[:i])
			}
		}
		return line
	}
	// From the end, so that places before stay where they are.
	for i, w := range slices.Backward(parsed.Words) {
		before, value := "", w.Text
		flag, rest, joined := strings.Cut(w.Text, "=")
		switch {
		case i > 0 && isHeaderFlag(parsed.Words[i-1].Text):
			flag = parsed.Words[i-1].Text
		case joined && isHeaderFlag(flag):
			before, value = flag+"=", rest
		case strings.HasPrefix(w.Text, "-H") && len(w.Text) > 2:
			before, flag, value = "-H", "-H", w.Text[2:]
		default:
			continue
		}
		if shown := maskedOf(flag, value, masked); shown != value {
			line = line[:w.At] + "'" + before + shown + "'" + behind(line[w.At:])
		}
	}
	return line
}

// behind is what follows the word with which a text begins.
func behind(text string) string {
	p := parser{input: text, takesValue: func(string) bool { return false }, line: &Line{}, flag: true}
	if p.word() != nil {
		return ""
	}
	return text[p.at:]
}
