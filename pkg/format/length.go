package format

import "google.golang.org/protobuf/encoding/protowire"

// beginLength reserves the length of what follows; endLength fills it in. One
// byte is enough for most; more moves the contents.
func beginLength(dst []byte) ([]byte, int) { return append(dst, 0), len(dst) }

func endLength(dst []byte, mark int) []byte {
	n := uint64(len(dst) - mark - 1)
	if n < 0x80 {
		dst[mark] = byte(n)
		return dst
	}
	extra := protowire.SizeVarint(n) - 1
	var room [9]byte
	dst = append(dst, room[:extra]...)
	copy(dst[mark+1+extra:], dst[mark+1:len(dst)-extra])
	protowire.AppendVarint(dst[:mark], n)
	return dst
}

// keySet finds duplicate map keys. The keys are spans of the output buffer; only
// large maps pay for copies of them.
type keySet struct {
	few  [16]struct{ from, size int }
	n    int
	many map[string]struct{}
}

// add reports whether the key at buf[from:from+size] is new.
func (s *keySet) add(buf []byte, from, size int) bool {
	key := buf[from : from+size]
	if s.n < len(s.few) {
		for _, f := range s.few[:s.n] {
			if string(buf[f.from:f.from+f.size]) == string(key) {
				return false
			}
		}
		s.few[s.n].from, s.few[s.n].size = from, size
		s.n++
		return true
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, 4*len(s.few))
		for _, f := range s.few {
			s.many[string(buf[f.from:f.from+f.size])] = struct{}{}
		}
	}
	if _, dup := s.many[string(key)]; dup {
		return false
	}
	s.many[string(key)] = struct{}{}
	return true
}
