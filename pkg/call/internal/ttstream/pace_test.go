package ttstream

import (
	"testing"
	"testing/synctest"
	"time"
)

// waited is how long a reader waits in all for reads that come at an interval, each with so many
// messages.
func waited(t *testing.T, reads, messages int, interval time.Duration) (sum time.Duration) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		var p pace
		for range reads {
			time.Sleep(interval)
			p.messages = messages
			begin := time.Now()
			p.wait()
			sum += time.Since(begin)
		}
	})
	return sum
}

func TestPace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		messages int
		interval time.Duration
		waits    bool
	}{
		"one by one, fast":      {1, 10 * time.Microsecond, true},
		"one by one, not fast":  {1, 200 * time.Microsecond, false},
		"many at once":          {5, 10 * time.Microsecond, false},
		"one now and then":      {1, time.Second, false},
		"nothing but heads":     {0, 10 * time.Microsecond, true},
		"as many as is too few": {fewMessages, 10 * time.Microsecond, true},
	} {
		if sum := waited(t, 100, c.messages, c.interval); (sum > 0) != c.waits {
			t.Errorf("%s: it waits for %v", name, sum)
		}
	}
	// Where waiting brings nothing, that is tried once in a while only.
	if sum := waited(t, 100, 1, 10*time.Microsecond); sum > 100/quickReads*gatherTime {
		t.Errorf("it waits for %v of 100 reads", sum)
	}
}
