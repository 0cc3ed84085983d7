package shell

import (
	"slices"
	"strings"
)

// Settings are flags that hold for all calls of a shell.
type Settings []Setting

// Setting is a flag by its name, without dashes. One that takes no value has "true".
type Setting struct{ Name, Value string }

// With is the settings with another one, in place of an older one of its name unless it is
// added.
func (s Settings) With(name, value string, added bool) Settings {
	if !added {
		s = s.Without(name)
	}
	return append(slices.Clip(s), Setting{name, value})
}

// Without is the settings without those of a name.
func (s Settings) Without(name string) Settings {
	return s.without(func(have Setting) bool { return have.Name == name })
}

func (s Settings) without(is func(Setting) bool) Settings {
	return slices.DeleteFunc(slices.Clone(s), is)
}

// All are the values of a name.
func (s Settings) All(name string) []string {
	var list []string
	for _, have := range s {
		if have.Name == name {
			list = append(list, have.Value)
		}
	}
	return list
}

// Last is the value of a name, the latest one; empty where there is none.
func (s Settings) Last(name string) string {
	all := s.All(name)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// headerName is the name of a header as flags have it, in lower case.
func headerName(header string) string {
	name, _, _ := strings.Cut(header, ":")
	return strings.ToLower(strings.TrimSpace(name))
}
