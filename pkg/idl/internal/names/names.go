package names

import (
	"sort"
	"strings"
)

// Join puts a scope before a name.
func Join(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

// Cut cuts "a.b.Name" in "a.b" and "Name".
func Cut(name string) (scope, last string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// Parent is the scope of a name: what is before its last dot.
func Parent(name string) string {
	return name[:max(0, strings.LastIndexByte(name, '.'))]
}

// Last is what is behind the last dot of a name.
func Last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// EndsIn reports whether a full name is, or ends in, a shorter one: "v1.Foo" in
// "pkg.v1.Foo".
func EndsIn(full, short string) bool {
	return full == short ||
		len(full) > len(short) && strings.HasSuffix(full, short) && full[len(full)-len(short)-1] == '.'
}

// Matching are the names that end in a shorter one, sorted, each once.
func Matching(all []string, short string) []string {
	var found []string
	for _, name := range all {
		if EndsIn(name, short) {
			found = append(found, name)
		}
	}
	return Sorted(found)
}

// Sorted sorts names in place and drops repetitions.
func Sorted(names []string) []string {
	sort.Strings(names)
	out := names[:0]
	for i, n := range names {
		if i == 0 || n != names[i-1] {
			out = append(out, n)
		}
	}
	return out
}

// Distinct drops repetitions in place and keeps the order.
func Distinct(names []string) []string {
	seen := map[string]bool{}
	out := names[:0]
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}
