package decode

import "github.com/idlcall/idlcall/pkg/proxy"

// parser takes what one side sends apart.
type parser interface {
	// parse looks at b, which begins where it left off. used is how much of it is done with,
	// and may be more than there is: the rest is stepped over when it comes. Where it is 0,
	// need is how many bytes have to be there before it is worth asking again.
	parse(b []byte) (used, need int, err error)
	// lost says that n bytes behind b passed unseen, and how many of b and of those behind
	// them may be stepped over to go on; false where nothing can be made of what follows.
	lost(b []byte, n int64) (skip int64, ok bool)
	// ended says that the side sends nothing more, and left b unfinished.
	ended(b []byte)
}

// side is one direction of a connection.
type side struct {
	from proxy.Side
	p    parser // nil while it is not known what is spoken
	buf  []byte // that p has not taken
	need int
	skip int64
}

// keptBuffer is the size of a buffer that is kept for the next message.
const keptBuffer = 64 << 10

// feed hands bytes to the parser.
func (s *side) feed(b []byte) error {
	n := min(s.skip, int64(len(b)))
	s.skip, b = s.skip-n, b[n:]
	if len(b) == 0 {
		return nil
	}
	if len(s.buf) > 0 {
		s.buf = append(s.buf, b...)
		b = s.buf
	}
	for len(b) > 0 && len(b) >= s.need {
		used, need, err := s.p.parse(b)
		switch {
		case err != nil:
			s.buf = b
			return err
		case used == 0:
			s.need = max(need, len(b)+1)
			continue
		}
		s.need = 0
		n := min(used, len(b))
		s.skip, b = int64(used-n), b[n:]
	}
	s.keep(b)
	return nil
}

// keep remembers what is for later: b, which may be a part of buf.
func (s *side) keep(b []byte) {
	if len(b) == 0 && cap(s.buf) > keptBuffer {
		s.buf = nil
		return
	}
	s.buf = append(s.buf[:0], b...)
}

// lost steps over bytes that were not seen, where that can be done.
func (s *side) lost(n int64) bool {
	k := min(s.skip, n)
	s.skip, n = s.skip-k, n-k
	if n == 0 {
		return true
	}
	if s.p == nil {
		return false
	}
	skip, ok := s.p.lost(s.buf, n)
	s.buf, s.need = s.buf[:0], 0
	s.skip = skip
	return ok
}
