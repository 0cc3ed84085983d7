package h2

import (
	"bytes"
	"testing"
)

// FuzzInbox: whatever the sizes of what comes and of what is used, the receiver sees every
// byte once, in order, and what it keeps of one piece is before the next.
func FuzzInbox(f *testing.F) {
	f.Add([]byte{1, 2, 3}, byte(0))
	f.Add([]byte{200, 0, 255, 10, 90, 3, 3, 3}, byte(3))
	f.Add(bytes.Repeat([]byte{255, 7}, 40), byte(200))
	f.Add(bytes.Repeat([]byte{90, 255, 255}, 60), byte(255))
	f.Fuzz(func(t *testing.T, steps []byte, keep byte) {
		steps = steps[:min(len(steps), 60)]
		var b inbox
		var cur []byte
		off, sent, seen := 0, byte(0), byte(0)
		waits := 0
		for i, step := range steps {
			p := make([]byte, int(step)*int(step)/4+1) // up to a frame
			for j := range p {
				p[j], sent = sent, sent+1
			}
			if b.put(p); b.size != waits+len(p) {
				t.Fatalf("%d bytes wait, want %d", b.size, waits+len(p))
			}
			if waits = b.size; i%3 == 1 {
				continue // several come before the receiver does
			}
			for b.size > 0 {
				rest := len(cur) - off
				cur = b.take(cur, off)
				if len(cur) <= rest {
					t.Fatalf("%d bytes of %d are no more than before", len(cur), b.size)
				}
				off = len(cur) * (255 - int(keep)) / 255
				for _, c := range cur[:off] {
					if c != seen {
						t.Fatalf("step %d: %d, want %d", i, c, seen)
					}
					seen++
				}
			}
			waits = 0
		}
	})
}
