package document

import "strings"

// fit is how well a name fits what has been typed; less is better.
type fit uint8

const (
	begins    fit = iota
	folded        // begins, but for case and underscores
	contains      // has it inside
	scattered     // has its letters, in order
	nothing
)

// match says how well a name fits.
func match(name, typed string) fit {
	if strings.HasPrefix(name, typed) {
		return begins
	}
	name, typed = fold(name), fold(typed)
	switch {
	case strings.HasPrefix(name, typed):
		return folded
	case strings.Contains(name, typed):
		return contains
	}
	for _, r := range typed {
		at := strings.IndexRune(name, r)
		if at < 0 {
			return nothing
		}
		name = name[at+len(string(r)):]
	}
	return scattered
}

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// best keeps of a list what fits best: all that begins with what has been typed, or else
// what has it inside, or else what has its letters. named returns the names of one, of
// which the one that fits is given to take.
func best[T any](list []T, typed string, named func(*T) []string, take func(item *T, name string)) {
	if typed == "" {
		for i := range list {
			take(&list[i], named(&list[i])[0])
		}
		return
	}
	level := nothing
	fits, which := make([]fit, len(list)), make([]string, len(list))
	for i := range list {
		fits[i] = nothing
		for _, name := range named(&list[i]) {
			if how := match(name, typed); how < fits[i] {
				fits[i], which[i] = how, name
			}
		}
		level = min(level, fits[i])
	}
	for i := range list {
		if fits[i] == level && level < nothing {
			take(&list[i], which[i])
		}
	}
}
