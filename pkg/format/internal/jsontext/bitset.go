package jsontext

// BitSet is a set of small numbers, such as the indexes of fields.
type BitSet struct {
	low  uint64
	high []uint64 // of 64 and above
}

// AddLow is Add for a number below 64, which is inlined: false may also mean that i is another.
func (s *BitSet) AddLow(i int) bool {
	added := uint64(1) << uint(i) &^ s.low // 0 from 64 on
	s.low |= added
	return added != 0
}

// Add reports whether i is new.
func (s *BitSet) Add(i int) bool {
	if s.Has(i) {
		return false
	}
	if i < 64 {
		s.low |= 1 << i
		return true
	}
	for len(s.high) < i/64 {
		s.high = append(s.high, 0)
	}
	s.high[i/64-1] |= 1 << (i % 64)
	return true
}

// Has reports whether i is in the set.
func (s *BitSet) Has(i int) bool {
	if i < 64 {
		return s.low>>i&1 == 1
	}
	return i/64 <= len(s.high) && s.high[i/64-1]>>(i%64)&1 == 1
}
