package gateway

import (
	"slices"
	"strings"
)

// tree has the routes by the segments of their patterns. It does not change once it is
// built.
type tree struct {
	root  node
	verbs []string // behind colons, the longest first
}

// node is a place in the tree: what may follow, and what may end there.
type node struct {
	literals map[string]*node
	one      *node
	rest     *node // any number of segments
	some     *node // one at least
	leaves   []leaf
}

// leaf is a pattern that ends at a node, with its routes by HTTP method.
type leaf struct {
	verb   string // behind the colon
	routes map[string]*Route
}

// add puts a route into the tree, and returns the one that is there already.
func (t *tree) add(p *pattern, r *Route) *Route {
	n := &t.root
	for _, s := range p.segments {
		n = n.child(s)
	}
	if p.verb != "" && !slices.Contains(t.verbs, p.verb) {
		t.verbs = append(t.verbs, p.verb)
		slices.SortStableFunc(t.verbs, func(a, b string) int { return len(b) - len(a) })
	}
	i := slices.IndexFunc(n.leaves, func(l leaf) bool { return l.verb == p.verb })
	if i < 0 {
		i = len(n.leaves)
		n.leaves = append(n.leaves, leaf{p.verb, map[string]*Route{}})
	}
	if other := n.leaves[i].routes[r.Rule.Verb]; other != nil {
		return other
	}
	n.leaves[i].routes[r.Rule.Verb] = r
	return nil
}

// child is the node of a segment, made where there is none.
func (n *node) child(s segment) *node {
	at := map[segmentKind]**node{segOne: &n.one, segRest: &n.rest, segSome: &n.some}[s.kind]
	if s.kind == segLiteral {
		if n.literals == nil {
			n.literals = map[string]*node{}
		}
		if n.literals[s.literal] == nil {
			n.literals[s.literal] = &node{}
		}
		return n.literals[s.literal]
	}
	if *at == nil {
		*at = &node{}
	}
	return *at
}

// found is a route that fits, or the methods of those whose path does.
type found struct {
	route   *Route
	params  []param
	allowed []string
}

// find looks for the route of a request; path is as it was sent, without the query. What
// is said in more words comes first: a literal before *, that before **, and a verb
// behind a colon before a segment with a colon in it.
func (t *tree) find(method, path string) found {
	var f found
	if !strings.HasPrefix(path, "/") || strings.Count(path, "/") > maxPathSegments {
		return f
	}
	parts := []string{}
	if path != "/" {
		parts = strings.Split(path[1:], "/")
	}
	s := search{method: method}
	for _, verb := range t.verbs {
		if before, ok := strings.CutSuffix(path, ":"+verb); ok && before != "" && !strings.HasSuffix(before, "/") {
			s.verb = verb
			last := slices.Clone(parts)
			last[len(last)-1] = strings.TrimSuffix(last[len(last)-1], ":"+verb)
			if s.in(&t.root, last, nil) {
				return s.result(last)
			}
		}
	}
	s.verb = ""
	if s.in(&t.root, parts, nil) {
		return s.result(parts)
	}
	slices.Sort(s.allowed)
	f.allowed = slices.Compact(s.allowed)
	return f
}

// maxPathSegments bounds what a client may have us look for.
const maxPathSegments = 1000

// search is one walk through the tree.
type search struct {
	method, verb string
	route        *Route
	spans        []int // of each segment of the pattern, how many parts of the path
	allowed      []string
}

// in reports whether the rest of a path leads to a route from a node. A pattern has **
// once, so that the work is bounded by the nodes times the parts.
func (s *search) in(n *node, parts []string, spans []int) bool {
	if len(parts) == 0 && s.ends(n, spans) {
		return true
	}
	if len(parts) > 0 {
		if literal, err := decodeSegment(parts[0], false); err == nil && n.literals[literal] != nil {
			if s.in(n.literals[literal], parts[1:], append(spans, 1)) {
				return true
			}
		}
		if n.one != nil && parts[0] != "" && s.in(n.one, parts[1:], append(spans, 1)) {
			return true
		}
	}
	for _, rest := range []struct {
		to    *node
		least int
	}{{n.rest, 0}, {n.some, 1}} {
		if rest.to == nil {
			continue
		}
		for took := len(parts); took >= rest.least; took-- {
			if s.in(rest.to, parts[took:], append(spans, took)) {
				return true
			}
		}
	}
	return false
}

// ends reports whether a route for the method ends at a node.
func (s *search) ends(n *node, spans []int) bool {
	for _, l := range n.leaves {
		if l.verb != s.verb {
			continue
		}
		r := l.routes[s.method]
		if r == nil {
			r = l.routes["*"]
		}
		if r == nil && s.method == "HEAD" {
			r = l.routes["GET"] // RFC 9110, 9.3.2
		}
		if r != nil {
			s.route, s.spans = r, slices.Clone(spans)
			return true
		}
		for verb := range l.routes {
			s.allowed = append(s.allowed, verb)
		}
	}
	return false
}

// result cuts the parameters out of the path.
func (s *search) result(parts []string) found {
	f := found{route: s.route}
	at := make([]int, len(s.spans)+1)
	for i, n := range s.spans {
		at[i+1] = at[i] + n
	}
	p := s.route.pattern
	for _, v := range p.vars {
		raw := strings.Join(parts[at[v.begin]:at[v.end]], "/")
		f.params = append(f.params, param{v.name, raw, v.isMulti(p)})
	}
	return f
}

// param is a parameter of the path, as it was sent.
type param struct {
	name, raw string
	multi     bool
}

// value is the decoded parameter.
func (p param) value() (string, error) { return decodeSegment(p.raw, p.multi) }
