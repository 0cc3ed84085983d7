package stream

// Tee returns a Trace that tells all of several, in their order. Those that are nil
// do not count, and an event that nobody listens to costs nothing: its func stays
// nil.
func Tee(traces ...*Trace) *Trace {
	var all *Trace
	for _, t := range traces {
		switch {
		case t == nil:
		case all == nil:
			all = t
		default:
			all = tee(all, t)
		}
	}
	return all
}

func tee(a, b *Trace) *Trace {
	return &Trace{
		Started:    both2(a.Started, b.Started),
		Finished:   both(a.Finished, b.Finished),
		Retried:    both3(a.Retried, b.Retried),
		Dialed:     both4(a.Dialed, b.Dialed),
		Secured:    both2(a.Secured, b.Secured),
		SentHeader: both(a.SentHeader, b.SentHeader),
		Sent:       both2(a.Sent, b.Sent),
		HalfClosed: both0(a.HalfClosed, b.HalfClosed),
		FirstByte:  both0(a.FirstByte, b.FirstByte),
		GotHeader:  both(a.GotHeader, b.GotHeader),
		Received:   both2(a.Received, b.Received),
		GotTrailer: both(a.GotTrailer, b.GotTrailer),
		Warn:       both(a.Warn, b.Warn),
		Moved:      both2(a.Moved, b.Moved),
		Frame:      both2(a.Frame, b.Frame),
	}
}

// both0, both, both2, both3 and both4 call f and g, which may be nil, with the arguments
// that their names count.
func both0(f, g func()) func() {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func() { f(); g() }
}

func both[A any](f, g func(A)) func(A) {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(a A) { f(a); g(a) }
}

func both2[A, B any](f, g func(A, B)) func(A, B) {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(a A, b B) { f(a, b); g(a, b) }
}

func both3[A, B, C any](f, g func(A, B, C)) func(A, B, C) {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(a A, b B, c C) { f(a, b, c); g(a, b, c) }
}

func both4[A, B, C, D any](f, g func(A, B, C, D)) func(A, B, C, D) {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(a A, b B, c C, d D) { f(a, b, c, d); g(a, b, c, d) }
}
