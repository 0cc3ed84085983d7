package jsontext

// Nesting keeps a template from showing a type inside itself, and from growing without
// end: where each type has several of the next, they double from level to level.
type Nesting[T comparable] struct {
	within map[T]bool // the types around the current place
	// Lacking says that what has just been written lacks something required, which
	// it cannot have since it would be inside itself. What may be empty around it
	// is, then.
	Lacking bool
}

// maxTemplate is the size above which what is nested stays empty.
const maxTemplate = 1 << 20

// Enter reports whether a type can be shown behind text of a size. If so, Leave is due
// after it.
func (n *Nesting[T]) Enter(t T, size int) bool {
	if n.within[t] || size > maxTemplate {
		return false
	}
	if n.within == nil {
		n.within = map[T]bool{}
	}
	n.within[t] = true
	return true
}

// Leave ends what Enter began.
func (n *Nesting[T]) Leave(t T) { delete(n.within, t) }

// Within reports whether a type is being shown.
func (n *Nesting[T]) Within(t T) bool { return n.within[t] }
