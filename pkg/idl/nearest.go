package idl

import (
	"sort"
	"strings"
)

// MaxNearest is how many suggestions a message has room for.
const MaxNearest = 3

// Nearest returns the candidates that a mistyped name probably meant, best
// first, at most MaxNearest. Names are compared whole and by their last element, so
// "Ehco" finds "pkg.Service/Echo"; case and underscores, which people mix up,
// are free.
func Nearest(name string, all []string) []string {
	type candidate struct {
		name string
		cost int
	}
	var found []candidate
	wanted := fold(name)
	for _, n := range all {
		folded := fold(n)
		if cost := unlikeness(wanted, lastName(wanted), folded, lastName(folded)); cost >= 0 {
			found = append(found, candidate{n, cost})
		}
	}
	sort.Slice(found, func(i, j int) bool {
		if found[i].cost != found[j].cost {
			return found[i].cost < found[j].cost
		}
		return found[i].name < found[j].name
	})
	var out []string
	for _, c := range found {
		if len(out) == MaxNearest {
			break
		}
		if len(out) == 0 || out[len(out)-1] != c.name {
			out = append(out, c.name)
		}
	}
	return out
}

// lastName is what follows the last dot or slash.
func lastName(name string) string { return name[strings.LastIndexAny(name, "./")+1:] }

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// unlikeness of two folded names; negative if they are not alike.
func unlikeness(wanted, wantedLast, name, last string) int {
	switch {
	case wanted == name:
		return 0
	case wantedLast == last:
		// The packages or services differ: the same one elsewhere.
		return 1 + distance(wanted, name, 40)
	}
	allowed := max(1, (1+len(wantedLast))/3)
	if d := distance(wantedLast, last, allowed); d <= allowed {
		return 10*d + min(distance(wanted, name, 40), 40)
	}
	allowed = 1 + len(wanted)/5
	if d := distance(wanted, name, allowed); d <= allowed {
		return 20 * d
	}
	if len(wantedLast) >= 3 && (strings.Contains(last, wantedLast) || len(last) >= 3 && strings.Contains(wantedLast, last)) {
		return 200 + max(len(last), len(wantedLast))
	}
	return -1
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between two names (optimal string alignment); above limit it is
// limit+1.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > 200 || len(b) > 200 {
		return limit + 1
	}
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > limit {
			return limit + 1
		}
		before, prev, row = prev, row, before
	}
	return min(prev[len(b)], limit+1)
}
