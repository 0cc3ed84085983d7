package h2

import "slices"

// inbox is what has come of an answer and has not been taken yet, in pieces: there is memory
// for what waits, and hardly a byte is copied a second time. The receiver takes a piece at a
// time. What it has not used of the one before, as the beginning of a message, is put before
// it, for which each piece has some room.
type inbox struct {
	pieces []piece // from first on, in the order in which they came; the last may grow
	first  int
	size   int      // of all that waits
	held   []byte   // the memory of the piece that the receiver has, nil where it has none
	spare  [][]byte // of those that it has given back
	joined []byte   // memory of several pieces together, which it has given back

	few  [2]piece
	room [smallAnswer]byte
}

// piece is data[from:].
type piece struct {
	data []byte
	from int
}

const (
	// smallAnswer is how many bytes of an answer need no memory of their own.
	smallAnswer = 128
	// firstPiece and largestPiece are sizes of pieces, which double; a quarter is room for
	// what comes before.
	firstPiece   = 1 << 10
	largestPiece = 64 << 10
	// keepJoined is the size of several pieces together whose memory is used again.
	keepJoined = 1 << 20
)

// put adds bytes behind all others.
func (b *inbox) put(p []byte) {
	b.size += len(p)
	if b.pieces == nil {
		b.pieces = b.few[:0]
		if len(p) <= smallAnswer {
			b.pieces = append(b.pieces, piece{append(b.room[:0], p...), 0})
			return
		}
	}
	for len(p) > 0 {
		last := len(b.pieces) - 1
		if last < b.first || len(b.pieces[last].data) == cap(b.pieces[last].data) {
			b.grow(len(p))
			last = len(b.pieces) - 1
		}
		in := &b.pieces[last]
		n := min(len(p), cap(in.data)-len(in.data))
		in.data, p = append(in.data, p[:n]...), p[n:]
	}
}

// grow adds an empty piece, into which n bytes are to go.
func (b *inbox) grow(n int) {
	var buf []byte
	if last := len(b.spare) - 1; last >= 0 {
		buf, b.spare = b.spare[last], b.spare[:last]
	} else {
		before := cap(b.held)
		if len(b.pieces) > b.first {
			before = cap(b.pieces[len(b.pieces)-1].data)
		}
		buf = make([]byte, min(max(firstPiece, 2*before, 2*n), largestPiece))
	}
	if b.first == len(b.pieces) {
		b.pieces, b.first = b.pieces[:0], 0
	}
	from := len(buf) / 4
	if b.size > StreamWindow { // more waits only where it is put together
		from = 0
	}
	b.pieces = append(b.pieces, piece{buf[:from], from})
}

// take returns cur[off:], the rest of what it returned before, with a piece behind it, or,
// where that has no room for the rest, with all that there is.
func (b *inbox) take(cur []byte, off int) []byte {
	rest := cur[off:]
	next := b.pieces[b.first]
	if len(rest) > next.from {
		return b.join(cur, off)
	}
	b.pieces[b.first] = piece{}
	b.first++
	b.size -= len(next.data) - next.from
	next.from -= copy(next.data[next.from-len(rest):], rest)
	if b.held == nil && cap(cur) <= keepJoined {
		b.joined = cur[:0]
	}
	b.giveBack(b.held)
	b.held = next.data
	return next.data[next.from:]
}

// join appends all pieces to cur[off:].
func (b *inbox) join(cur []byte, off int) []byte {
	if b.held == nil {
		cur = cur[:copy(cur, cur[off:])]
	} else {
		cur = append(b.joined[:0], cur[off:]...)
		b.giveBack(b.held)
		b.held, b.joined = nil, nil
	}
	cur = slices.Grow(cur, b.size)
	for i, p := range b.pieces[b.first:] {
		cur = append(cur, p.data[p.from:]...)
		b.giveBack(p.data)
		b.pieces[b.first+i] = piece{}
	}
	b.pieces, b.first, b.size = b.pieces[:0], 0, 0
	return cur
}

// giveBack keeps the memory of a piece for another, as much of it as a window needs.
func (b *inbox) giveBack(data []byte) {
	if cap(data) == largestPiece && len(b.spare) < StreamWindow/largestPiece {
		b.spare = append(b.spare, data[:largestPiece])
	}
}
