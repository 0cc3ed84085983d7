package jsontext

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// KeySet finds duplicate map keys. It keeps 64 bits of a seeded hash of each key, so
// that a map of small entries does not take a multiple of its size: of a million
// different keys, two are taken for the same once in forty million documents.
type KeySet struct {
	seed  maphash.Seed
	few   [16]uint64
	n     int
	table []uint64 // open addressing; 0 is a free place
}

// Expect makes room for n keys at once.
func (s *KeySet) Expect(n int) {
	if n > len(s.few) && s.table == nil {
		s.rehash(n)
	}
}

// Add reports whether a key is new.
func (s *KeySet) Add(key []byte) bool {
	if s.n == 0 {
		s.seed = maphash.MakeSeed()
	}
	hash := max(maphash.Bytes(s.seed, key), 1)
	if s.table == nil {
		if slices.Contains(s.few[:s.n], hash) {
			return false
		}
		if s.n < len(s.few) {
			s.few[s.n] = hash
			s.n++
			return true
		}
		s.rehash(4 * len(s.few))
	}
	if s.n >= len(s.table)/8*7 {
		s.rehash(s.n / 2 * 3)
	}
	return s.insert(hash)
}

func (s *KeySet) insert(hash uint64) bool {
	high, _ := bits.Mul64(hash, uint64(len(s.table)))
	for i := int(high); ; {
		switch s.table[i] {
		case 0:
			s.table[i] = hash
			s.n++
			return true
		case hash:
			return false
		}
		if i++; i == len(s.table) {
			i = 0
		}
	}
}

// rehash makes the table large enough for n keys.
func (s *KeySet) rehash(n int) {
	old := s.table
	if old == nil {
		old = s.few[:s.n]
	}
	s.table, s.n = make([]uint64, n/7*8+16), 0
	for _, hash := range old {
		if hash != 0 {
			s.insert(hash)
		}
	}
}
