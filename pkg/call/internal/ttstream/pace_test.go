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
		p := newPace(0)
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

// TestPaceAdapts waits longer while less comes than a peer may send at once, and less long where it is more.
func TestPaceAdapts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(0)
		read := func(messages, bytes int) time.Duration {
			p.messages, p.bytes = messages, bytes
			begin := time.Now()
			p.wait()
			return time.Since(begin)
		}
		for read(1, 100) == 0 { // until they are too many
		}
		begin, last := time.Now(), gatherTime
		for last < longestGather {
			next := read(50, 5000)
			if next <= last || next > time.Since(begin)/3+gatherTime {
				t.Fatalf("%v after %v, when %v were waited for", next, last, time.Since(begin))
			}
			last = next
		}
		if next := read(50, enough+1); next != longestGather {
			t.Errorf("%v where enough came", next)
		}
		for last > gatherTime {
			next := read(50, 2*enough+1)
			if next >= last {
				t.Fatalf("%v after %v, when more came than enough", next, last)
			}
			last = next
		}
		if next := read(1, 100); next != 0 {
			t.Errorf("%v where nothing came of it", next)
		}
	})
}

// TestPaceSlowsDown ends waits when messages come more slowly than at first, long before a person would see that.
func TestPaceSlowsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(0)
		come := func(every time.Duration) time.Duration { // a message, and what came during the last wait
			time.Sleep(every)
			p.messages = 1 + int(p.waited/every)
			p.bytes = 10 * p.messages
			p.wait()
			return p.waited
		}
		for come(10*time.Microsecond) < longestGather {
		}
		if come(700 * time.Microsecond); p.waited != 0 {
			t.Errorf("it waits for %v", p.waited)
		}
	})
}

// TestPaceOfShortSilence lets nothing gather for so long that the peer would be taken for silent.
func TestPaceOfShortSilence(t *testing.T) {
	t.Parallel()
	for silence, want := range map[time.Duration]time.Duration{
		time.Millisecond: 0, 7 * time.Millisecond: 0, 16 * time.Millisecond: 2 * time.Millisecond, time.Second: longestGather,
	} {
		synctest.Test(t, func(t *testing.T) {
			p, most := newPace(silence), time.Duration(0)
			for range 1000 {
				time.Sleep(time.Microsecond)
				p.messages, p.bytes = 1+int(p.waited/time.Microsecond), 100
				p.wait()
				most = max(most, p.waited)
			}
			if most != want {
				t.Errorf("silence of %v: waits of up to %v, want %v", silence, most, want)
			}
		})
	}
}
