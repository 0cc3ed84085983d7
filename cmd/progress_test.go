package cmd

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/stream"
)

func TestProgressText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		typ     stream.Type
		calls   int
		sent    int
		written int
		want    string
	}{
		{"a stream", stream.Bidi, 1, 30, 1500, "0:03  sent 30, 1.5 kB  received 1, 7 B  10/s, 502 B/s"},
		{"many calls", stream.Unary, 3, 3, 0, "0:03  calls 3  sent 3, 3 B  received 1, 7 B  1/s, 3 B/s"},
		{"a large upload", stream.Unary, 1, 0, 30e6, "0:03  sent 0, 30.0 MB  received 1, 7 B  0/s, 10.0 MB/s"},
		{"a call that only lasts", stream.Unary, 1, 1, 1000, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &progress{row: newStatusRow(&bytes.Buffer{}, &bytes.Buffer{})}
			defer p.end()
			trace := p.trace()
			for range test.calls {
				trace.Start("m", test.typ)
			}
			for range test.sent {
				trace.Send(1, 1)
			}
			trace.Receive(1, 1)
			trace.Move(7, test.written)
			if got := p.text(time.Now().Add(3 * time.Second)); got != test.want {
				t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			}
		})
	}
}

// TestProgressRates: they are of the last seconds, not of all the time.
func TestProgressRates(t *testing.T) {
	t.Parallel()
	p := &progress{start: time.Unix(0, 0)}
	p.streams.Store(true)
	text := ""
	for i := range 2 * progressWindow {
		if i < progressWindow {
			p.received.Add(1000)
		}
		text = p.text(p.start.Add(time.Hour + time.Duration(i)*progressEvery))
	}
	if want := "1:00:05  sent 0, 0 B  received 30000, 0 B  0/s, 0 B/s"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}

// TestProgressTimes: nothing is drawn in the first second, or after the end.
func TestProgressTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var tty lockedText
		p := &progress{row: newStatusRow(&bytes.Buffer{}, &tty)}
		p.trace().Start("m", stream.Bidi)
		time.Sleep(progressAfter - time.Millisecond)
		synctest.Wait()
		if tty.String() != "" {
			t.Errorf("in the first second: %q", tty.String())
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if want := "\r0:01  sent 0, 0 B  received 0, 0 B  0/s, 0 B/s\x1b[J\r"; tty.String() != want {
			t.Errorf("got %q, want %q", tty.String(), want)
		}
		tty.Reset()
		p.end()
		if tty.String() != "\r\x1b[J" {
			t.Errorf("at the end: %q", tty.String())
		}
		tty.Reset()
		p.end()
		p.trace().Start("m", stream.Bidi)
		time.Sleep(time.Minute)
		if tty.String() != "" {
			t.Errorf("after the end: %q", tty.String())
		}
	})
	(*progress)(nil).end()
	if (*progress)(nil).trace() != nil {
		t.Error("who tells nothing listens")
	}
}

// lockedText takes what a timer's goroutine writes.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lockedText) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// TestStatusRow: what is written takes the row's place, and the row waits for the end of a
// line, and for silence.
func TestStatusRow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var tty bytes.Buffer
		r := newStatusRow(&tty, &tty)
		write := func(text string) {
			if n, err := r.err.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("got %d, %v", n, err)
			}
		}
		expect := func(when, want string) {
			t.Helper()
			if tty.String() != want {
				t.Errorf("%s: got %q, want %q", when, tty.String(), want)
			}
			tty.Reset()
		}
		r.draw("x")
		expect("before it begins", "")
		r.begin()
		r.draw("row")
		expect("drawn", "\rrow\x1b[J\r")
		write("half a ")
		expect("written over", "\r\x1b[Jhalf a ")
		time.Sleep(rowQuiet)
		r.draw("row")
		expect("in a line", "")
		write("line\n")
		r.draw("row")
		expect("too early", "line\n")
		time.Sleep(rowQuiet)
		r.draw("row")
		expect("drawn again", "\rrow\x1b[J\r")
		r.leave()
		expect("left", "\r\x1b[J")
		r.draw("row")
		r.end()
		expect("ended", "\rrow\x1b[J\r\r\x1b[J")
		r.draw("row")
		write("after\n")
		expect("after the end", "after\n")
	})
}

func TestClockAndBytes(t *testing.T) {
	t.Parallel()
	var got []string
	for _, d := range []time.Duration{0, 59 * time.Second, time.Minute, time.Hour + time.Second} {
		got = append(got, clock(d))
	}
	for _, n := range []float64{0, 999, 999.6, 1234, 99949, 99951, 999499, 999501, 5e9, 2e15} {
		got = append(got, bench.ShowBytes(n))
	}
	if want := "0:00 0:59 1:00 1:00:01 0 B 999 B 1.0 kB 1.2 kB 99.9 kB 100 kB 999 kB 1.0 MB 5.0 GB 2000 TB"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}
