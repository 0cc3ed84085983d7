package shell

import "strings"

// callFlags reads the words that are flags of call.
type callFlags struct{ host Host }

// flag is one of call, by its name or its letter.
func (c callFlags) flag(name string) *Flag {
	for _, f := range c.host.Flags("call") {
		if name != "" && (f.Name == name || f.Short == name) {
			return &f
		}
	}
	return nil
}

// word takes a word apart that is a flag: in "-vHx" the flag is -H, and x its value. value is
// empty where it is in the next word.
func (c callFlags) word(word string) (flag *Flag, before, value string) {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, value, joined := strings.Cut(name, "=")
		if f := c.flag(name); f != nil && joined {
			return f, "--" + name + "=", value
		}
		return c.flag(name), word, ""
	}
	if !strings.HasPrefix(word, "-") {
		return nil, "", ""
	}
	for i := 1; i < len(word); i++ {
		f := c.flag(word[i : i+1])
		if f == nil {
			return nil, "", ""
		}
		if f.Value != "" {
			at := i + 1
			if at < len(word) && word[at] == '=' {
				at++
			}
			return f, word[:at], word[at:]
		}
	}
	return nil, "", ""
}

// takes reports whether a word is a flag whose value is the next word.
func (c callFlags) takes(word string) bool {
	f, _, value := c.word(word)
	return f != nil && f.Value != "" && value == "" && !strings.HasSuffix(word, "=")
}
