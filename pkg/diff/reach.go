package diff

import "slices"

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
	next    []*node
	sent    direction
	// methods are those that it travels in, by direction (request, reply).
	methods [2][]string
	visit   int
}

// ends are the two types of a pair.
type ends struct{ old, new any }

// reach are the pairs that methods, or types, lead to.
type reach struct {
	nodes  []*node // in the order they were met
	byEnds map[ends]*node
	visits int
}

func newReach() *reach { return &reach{byEnds: map[ends]*node{}} }

// from adds a pair that is sent in a direction, and all that follow from it. method may be
// empty.
func (r *reach) from(method string, d direction, old, new *record) {
	r.visits++
	queue := []*node{r.records(old, new)}
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if n.visit == r.visits {
			continue
		}
		n.visit = r.visits
		n.sent |= d
		for i, bit := range []direction{request, reply} {
			if d&bit != 0 && method != "" {
				n.methods[i] = append(n.methods[i], method)
			}
		}
		queue = append(queue, n.next...)
	}
}

// records is the pair of two records; what it leads to is made with it.
func (r *reach) records(old, new *record) *node {
	if n := r.byEnds[ends{old, new}]; n != nil {
		return n
	}
	n := &node{old: old, new: new}
	r.byEnds[ends{old, new}] = n
	r.nodes = append(r.nodes, n)
	n.matches = matched(old, new)
	for _, m := range n.matches {
		if now := m.same(); now != nil {
			r.types(n, m.old.typ, now.typ)
		}
	}
	return n
}

// types are the pairs in two types.
func (r *reach) types(n *node, old, new *typ) {
	switch {
	case old.record != nil && new.record != nil:
		if old.json != classObject && old.json == new.json {
			return // a well-known type, which is the same everywhere
		}
		n.next = append(n.next, r.records(old.record, new.record))
	case old.enum != nil && new.enum != nil:
		n.next = append(n.next, r.enums(old.enum, new.enum))
	}
	if old.key != nil && new.key != nil {
		r.types(n, old.key, new.key)
	}
	if old.elem != nil && new.elem != nil && old.wire == new.wire {
		r.types(n, old.elem, new.elem)
	}
}

func (r *reach) enums(old, new *enum) *node {
	n := r.byEnds[ends{old, new}]
	if n == nil {
		n = &node{oldEnum: old, newEnum: new}
		r.byEnds[ends{old, new}] = n
		r.nodes = append(r.nodes, n)
	}
	return n
}

// compare compares the types of all pairs.
func (r *reach) compare(list *[]Finding) {
	for _, n := range r.nodes {
		f := &finder{n, list}
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

	list *[]Finding
}

// effect says in which directions a change breaks the wire, and JSON.
type effect struct{ wire, json direction }

// add adds a finding if the pair is sent in a direction that it concerns.
func (f *finder) add(rule Rule, e effect, symbol, now, message string) {
	e.wire &= f.sent
	e.json &= f.sent
	if e.wire|e.json == 0 {
		return
	}
	found := Finding{Rule: rule, Symbol: symbol, Now: now, Message: symbol + message, Wire: e.wire != 0, JSON: e.json != 0}
	for i, bit := range []direction{request, reply} {
		if (e.wire|e.json)&bit != 0 {
			found.Methods = append(found.Methods, f.methods[i]...)
		}
	}
	slices.Sort(found.Methods)
	found.Methods = slices.Compact(found.Methods)
	*f.list = append(*f.list, found)
}
