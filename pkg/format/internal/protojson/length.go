package protojson

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

// tag is what stands before the value of a field.
type tag struct {
	b [5]byte
	n uint8
}

func newTag(num protowire.Number, wire protowire.Type) (t tag) {
	t.n = uint8(len(protowire.AppendTag(t.b[:0], num, wire)))
	return t
}

func (t *tag) append(dst []byte) []byte {
	if t.n == 1 {
		return append(dst, t.b[0])
	}
	return append(dst, t.b[:t.n]...)
}

// appendVarint is protowire.AppendVarint, without a call for one byte, which most take.
func appendVarint(dst []byte, v uint64) []byte {
	if v < 0x80 {
		return append(dst, byte(v))
	}
	return protowire.AppendVarint(dst, v)
}
