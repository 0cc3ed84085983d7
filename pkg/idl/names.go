package idl

import (
	"sort"
	"strings"
)

// splitMethod cuts a method's name in two: "pkg.Service" and "Method". The
// service is empty for a bare name.
func splitMethod(name string) (service, method string) {
	name = strings.TrimPrefix(name, "/")
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i], name[i+1:]
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// endsInName reports whether a full name is, or ends in, a shorter one: "v1.Foo"
// in "pkg.v1.Foo".
func endsInName(full, short string) bool {
	return full == short ||
		len(full) > len(short) && strings.HasSuffix(full, short) && full[len(full)-len(short)-1] == '.'
}

// matching are the names that end in a shorter one, sorted, each once.
func matching(all []string, short string) []string {
	var found []string
	for _, name := range all {
		if endsInName(name, short) {
			found = append(found, name)
		}
	}
	return sortedSet(found)
}

func sortedSet(names []string) []string {
	sort.Strings(names)
	out := names[:0]
	for i, n := range names {
		if i == 0 || n != names[i-1] {
			out = append(out, n)
		}
	}
	return out
}
