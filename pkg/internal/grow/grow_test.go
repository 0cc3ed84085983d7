package grow

import "testing"

// TestFor: a buffer doubles at most, whatever is announced.
func TestFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                   string
		have, need, atLeast    int
		wantRoom, wantRoomLess int
	}{
		{"empty, nothing announced", 0, 0, 512, 512, 1 << 10},
		{"empty, much announced", 0, 1 << 40, 512, 512, 1 << 10},
		{"some, much announced", 10_000, 1 << 40, 512, 10_000, 20_000},
		{"some, little announced", 10_000, 10_100, 512, 512, 10_000},
		{"more than announced", 10_000, 5, 512, 512, 10_000},
	} {
		buf := For(make([]byte, tt.have), tt.need, tt.atLeast)
		if room := cap(buf) - len(buf); len(buf) != tt.have || room < tt.wantRoom || room >= tt.wantRoomLess {
			t.Errorf("%s: room for %d behind %d", tt.name, room, len(buf))
		}
	}
}
