package protoprint

import (
	"cmp"
	"slices"
)

// item is something in a body that can be written in one piece.
type item struct {
	print func()
	// span is where the source had it; nil if that is unknown.
	span []int32
	// first items come before all others, since these depend on them; early ones
	// where their place is unknown, and others last then.
	first, early bool
	// places are those of the descriptor that a compiler fills from this item.
	places []place
}

// place is an index in one of a descriptor's lists.
type place struct {
	list  int32
	index int
}

// ordered puts items in the order of the source, as far as a compiler then
// numbers everything as the descriptor does: that comes first, since locations
// may be missing or wrong.
func ordered(items []item) []item {
	slices.SortStableFunc(items, func(a, b item) int {
		if c := cmp.Compare(a.class(), b.class()); c != 0 || a.span == nil || b.span == nil {
			return c
		}
		return slices.Compare(a.span, b.span)
	})
	if numbered(items) {
		return items
	}
	return renumbered(items)
}

func (it *item) class() int {
	switch {
	case it.first:
		return -1
	case it.span != nil:
		return 1
	case it.early:
		return 0
	}
	return 2
}

// numbered reports whether all indices rise.
func numbered(items []item) bool {
	last := map[int32]int{}
	for _, it := range items {
		for _, pl := range it.places {
			if before, ok := last[pl.list]; ok && before > pl.index {
				return false
			}
			last[pl.list] = pl.index
		}
	}
	return true
}

// renumbered writes before each item those that have to be before it. Where
// items wait for each other, which no source can make happen, they stay.
func renumbered(items []item) []item {
	type owned struct {
		place
		item int
	}
	var all []owned
	for i, it := range items {
		for _, pl := range it.places {
			all = append(all, owned{pl, i})
		}
	}
	slices.SortStableFunc(all, func(a, b owned) int {
		return cmp.Or(cmp.Compare(a.list, b.list), cmp.Compare(a.index, b.index))
	})
	waits := make([][]int, len(items))
	for i, o := range all {
		if i > 0 && all[i-1].list == o.list && all[i-1].item != o.item {
			waits[o.item] = append(waits[o.item], all[i-1].item)
		}
	}
	out := make([]item, 0, len(items))
	seen := make([]bool, len(items))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, j := range waits[i] {
			visit(j)
		}
		out = append(out, items[i])
	}
	for i := range items {
		visit(i)
	}
	return out
}
