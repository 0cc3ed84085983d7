package diff

import (
	"cmp"
	"slices"
)

// direction is who writes a message: a client of OLD its requests, a server of NEW its
// replies.
type direction uint8

const (
	request direction = 1 << iota
	reply

	both = request | reply
)

// node is a pair of types, one of OLD and what NEW has in its place: two records or two
// enums. The pairs that they lead to follow.
type node struct {
	old, new         *record
	oldEnum, newEnum *enum

	matches []match // of two records
	next    []edge
	prev    []*node
	via     via
	// wire and json are the directions in which it is sent, in the one and the other.
	wire, json direction
	// roots are the methods that it is the message of, by direction (request, reply).
	roots [2][]methodID
	// methods are those that it travels in, by the directions that count; nil before it
	// is asked for.
	methods [both + 1][]string
	visit   int
}

// via is where a pair was met first: in two fields of another pair, or, where that is nil, in
// a method or as a type.
type via struct {
	in       *node
	old, now *member
}

// edge leads to a pair of types.
type edge struct {
	to *node
	// wireOnly says that JSON has a form of its own for one of the two.
	wireOnly bool
}

// methodID is the place of a method in reach.methods; noMethod stands for none.
type methodID int

const noMethod methodID = -1

// ends are the two types of a pair.
type ends struct{ old, new any }

// reach are the pairs that methods, or types, lead to.
type reach struct {
	nodes   []*node // in the order they were met
	byEnds  map[ends]*node
	methods [][2]string // what OLD and NEW call them
	sorted  []methodID  // by their names in OLD
	lists   map[string][]string
	visits  int
}

func newReach() *reach { return &reach{byEnds: map[ends]*node{}, lists: map[string][]string{}} }

// method adds a method.
func (r *reach) method(name, now string) methodID {
	r.methods = append(r.methods, [2]string{name, now})
	return methodID(len(r.methods) - 1)
}

// from adds a pair that is sent in a direction, and all that follow from it.
func (r *reach) from(m methodID, d direction, old, new *record) {
	n := r.records(via{}, old, new)
	n.wire |= d
	n.json |= d
	for i, bit := range []direction{request, reply} {
		if d&bit != 0 && m != noMethod {
			n.roots[i] = append(n.roots[i], m)
		}
	}
}

// spread takes the directions of pairs to all that they lead to.
func (r *reach) spread() {
	queue := slices.Clone(r.nodes)
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, e := range n.next {
			wire, json := e.to.wire|n.wire, e.to.json|n.json
			if e.wireOnly {
				json = e.to.json
			}
			if wire != e.to.wire || json != e.to.json {
				e.to.wire, e.to.json = wire, json
				queue = append(queue, e.to)
			}
		}
	}
}

// methodsOf are the methods that a pair travels in, in some directions, sorted. Pairs that
// travel in the same methods share the list.
func (r *reach) methodsOf(n *node, d direction) []string {
	if n.methods[d] != nil {
		return n.methods[d]
	}
	used := make([]byte, len(r.methods))
	r.visits++
	n.visit = r.visits
	for queue := []*node{n}; len(queue) > 0; {
		user := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for i, bit := range []direction{request, reply} {
			for _, m := range user.roots[i] {
				used[m] |= byte(d & bit)
			}
		}
		for _, p := range user.prev {
			if p.visit != r.visits {
				p.visit = r.visits
				queue = append(queue, p)
			}
		}
	}
	n.methods[d] = r.list(used)
	return n.methods[d]
}

// list are the names of the methods whose byte is not 0.
func (r *reach) list(used []byte) []string {
	key := string(used)
	if list, made := r.lists[key]; made {
		return list
	}
	list := []string{}
	for _, m := range r.sorted {
		if used[m] != 0 {
			list = append(list, r.methods[m][0])
		}
	}
	r.lists[key] = list
	return list
}

// user is what led to a pair, as OLD (0) or NEW (1) calls it: a field, or a method; "" where
// it was none.
func (r *reach) user(n *node, which int) string {
	if n.via.in != nil {
		return [...]*member{n.via.old, n.via.now}[which].symbol()
	}
	for _, roots := range n.roots {
		if len(roots) > 0 {
			return r.methods[roots[0]][which]
		}
	}
	return ""
}

// records is the pair of two records; what it leads to is made with it.
func (r *reach) records(v via, old, new *record) *node {
	if n := r.byEnds[ends{old, new}]; n != nil {
		return n
	}
	n := &node{old: old, new: new, via: v}
	r.byEnds[ends{old, new}] = n
	r.nodes = append(r.nodes, n)
	n.matches = matched(old, new)
	for _, m := range n.matches {
		if now := m.same(); now != nil {
			r.types(via{n, m.old, now}, m.old.typ, now.typ)
		}
	}
	return n
}

// types are the pairs in the types of two fields.
func (r *reach) types(v via, old, new *typ) {
	switch {
	case old.record != nil && new.record != nil:
		if old.json != classObject && old.json == new.json {
			return // a well-known type, which is the same everywhere
		}
		v.in.lead(r.records(v, old.record, new.record), old.json != classObject || new.json != classObject)
	case old.enum != nil && new.enum != nil:
		v.in.lead(r.enums(v, old.enum, new.enum), false)
	}
	if old.key != nil && new.key != nil {
		r.types(v, old.key, new.key)
	}
	if old.elem != nil && new.elem != nil && old.wire == new.wire {
		r.types(v, old.elem, new.elem)
	}
}

// lead adds an edge.
func (n *node) lead(to *node, wireOnly bool) {
	n.next = append(n.next, edge{to, wireOnly})
	to.prev = append(to.prev, n)
}

func (r *reach) enums(v via, old, new *enum) *node {
	n := r.byEnds[ends{old, new}]
	if n == nil {
		n = &node{oldEnum: old, newEnum: new, via: v}
		r.byEnds[ends{old, new}] = n
		r.nodes = append(r.nodes, n)
	}
	return n
}

// compare compares the types of all pairs.
func (r *reach) compare(list *[]Finding) {
	r.spread()
	for m := range r.methods {
		r.sorted = append(r.sorted, methodID(m))
	}
	slices.SortFunc(r.sorted, func(a, b methodID) int { return cmp.Compare(r.methods[a][0], r.methods[b][0]) })
	for _, n := range r.nodes {
		f := &finder{n, r, list}
		if n.oldEnum != nil {
			f.enum()
		} else {
			f.record()
		}
	}
}

// finder makes findings of a pair.
type finder struct {
	*node

	reach *reach
	list  *[]Finding
}

// effect says in which directions a change breaks the wire, and JSON.
type effect struct{ wire, json direction }

// add adds a finding if the pair is sent in a direction that it concerns.
func (f *finder) add(rule Rule, e effect, symbol, now, message string) {
	e.wire &= f.wire
	e.json &= f.json
	if e.wire|e.json == 0 {
		return
	}
	*f.list = append(*f.list, Finding{
		Rule: rule, Symbol: symbol, Now: now, Message: symbol + message, Wire: e.wire != 0, JSON: e.json != 0,
		Methods: f.reach.methodsOf(f.node, e.wire|e.json), in: f.node,
	})
}
