package shell

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/fields"
	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// takesValue reports whether a word is a flag of call whose value is the next word.
func (s *Shell) takesValue(word string) bool { return callFlags{s.Host}.takes(word) }

// flag is one of call.
func (s *Shell) flag(name string) *Flag { return callFlags{s.Host}.flag(name) }

// flagWords are the flags of call.
func (s *Shell) flagWords() []candidate {
	var list []candidate
	for _, f := range s.Host.Flags("call") {
		shown := "--" + f.Name
		if f.Short != "" {
			shown += ", -" + f.Short
		}
		list = append(list, candidate{Text: "--" + f.Name + " ", Shown: shown, Note: f.Usage})
	}
	return list
}

// settingWords are flags that may hold for all calls.
func (s *Shell) settingWords(string) []candidate {
	var list []candidate
	for _, f := range s.Host.Flags("call") {
		if f.Setting {
			list = append(list, candidate{Text: f.Name + " ", Note: f.Usage})
		}
	}
	return list
}

// setWords are those that hold.
func (s *Shell) setWords(string) []candidate {
	var list []candidate
	for _, have := range s.settings {
		list = append(list, candidate{Text: have.Name})
	}
	return list
}

// completeValue offers values of a flag of a line.
func (s *Shell) completeValue(before string, from int, flag string, line *Line) editor.Completion {
	f := s.flag(strings.TrimLeft(flag, "-"))
	typed := before[from:]
	switch {
	case f == nil:
		return editor.Completion{}
	case f.Name == "field":
		return s.completeField(before, from, line)
	case strings.HasPrefix(typed, "@"):
		return files(before, from+1)
	case f.Files:
		return files(before, from)
	case len(f.Words) > 0:
		var list []candidate
		for _, word := range f.Words {
			list = append(list, candidate{Text: word + " "})
		}
		return beginning(from, typed, list)
	}
	return editor.Completion{Message: "--" + f.Name + " " + f.Value + ": " + f.Usage}
}

// completeField offers what PATH=VALUE may be.
func (s *Shell) completeField(before string, from int, line *Line) editor.Completion {
	typed := before[from:]
	if at := strings.Index(typed, "=@"); at >= 0 {
		return files(before, from+at+2)
	}
	m := s.known(line)
	if m == nil {
		return editor.Completion{}
	}
	c := editor.Completion{From: from}
	for _, found := range fields.Complete(m.Input, typed) {
		c.Candidates = append(c.Candidates, candidate{Text: found.Text, Note: found.Note})
	}
	return c
}
