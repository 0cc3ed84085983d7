package cmd

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/stream"
)

// progress tells on a terminal how a call that lasts is getting on: messages, bytes on the
// wire, rates and time. A nil *progress tells nothing. Until progressAfter it is a timer and
// counters.
type progress struct {
	row *statusRow

	calls, sent, received atomic.Int64
	// Bytes of connections, which tell how far one large message is, and of messages, which
	// are all there is over a connection that another RPC was made for.
	bytesSent, bytesReceived       atomic.Int64
	messagesSent, messagesReceived atomic.Int64
	streams                        atomic.Bool // one of the calls does

	mu      sync.Mutex
	start   time.Time
	timer   *time.Timer // nil before the first call
	ended   bool
	samples []sample // the last, oldest first
}

// sample is what had been done at a time.
type sample struct {
	at              time.Time
	messages, bytes int64
}

const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
	// progressWindow is over how many draws rates are measured.
	progressWindow = 30
	// progressLarge is how many bytes make a call without streams worth a line.
	progressLarge = 1 << 20
)

// newProgress returns nil where there is no terminal for it, or something else tells on it
// what happens.
func newProgress(std streams, conn *connFlags) *progress {
	told := conn.verbose > 0 || conn.errorFormat == "json" || conn.events != nil && isTerminal(conn.events.w)
	if std.row == nil || told || os.Getenv("TERM") == "dumb" || !isTerminal(std.err) {
		return nil
	}
	return &progress{row: std.row}
}

// trace counts.
func (p *progress) trace() *stream.Trace {
	if p == nil {
		return nil
	}
	return &stream.Trace{
		Started: p.started,
		Sent: func(_, wire int) {
			p.sent.Add(1)
			p.messagesSent.Add(int64(wire))
		},
		Received: func(_, wire int) {
			p.received.Add(1)
			p.messagesReceived.Add(int64(wire))
		},
		Moved: func(received, sent int) {
			p.bytesReceived.Add(int64(received))
			p.bytesSent.Add(int64(sent))
		},
	}
}

func (p *progress) started(_ string, t stream.Type) {
	p.calls.Add(1)
	if t.ClientStreams() || t.ServerStreams() {
		p.streams.Store(true)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil || p.ended {
		return
	}
	p.start = time.Now()
	p.row.begin()
	p.timer = time.AfterFunc(progressAfter, p.tick)
}

// tick draws, and sees to the next one.
func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	if text := p.text(time.Now()); text != "" {
		width := cmp.Or(columnsOf(p.row.err), 80)
		p.row.draw(text[:min(len(text), width-1)]) // in the last column, some terminals go on to the next line
	}
	p.timer.Reset(progressEvery)
}

// text is the line, of ASCII; empty where there is nothing to tell.
func (p *progress) text(now time.Time) string {
	calls, sent, received := p.calls.Load(), p.sent.Load(), p.received.Load()
	out, in := max(p.bytesSent.Load(), p.messagesSent.Load()), max(p.bytesReceived.Load(), p.messagesReceived.Load())
	if !p.streams.Load() && calls < 2 && out+in < progressLarge {
		return ""
	}
	p.samples = append(p.samples, sample{now, sent + received, out + in})
	if len(p.samples) > progressWindow {
		p.samples = p.samples[1:]
	}
	first := p.samples[0]
	if len(p.samples) < progressWindow {
		first = sample{at: p.start}
	}
	seconds := now.Sub(first.at).Seconds()
	var b strings.Builder
	b.WriteString(clock(now.Sub(p.start)))
	if calls > 1 {
		fmt.Fprintf(&b, "  calls %d", calls)
	}
	fmt.Fprintf(&b, "  sent %d, %s  received %d, %s", sent, bench.ShowBytes(float64(out)), received, bench.ShowBytes(float64(in)))
	fmt.Fprintf(&b, "  %.0f/s, %s/s", float64(sent+received-first.messages)/seconds, bench.ShowBytes(float64(out+in-first.bytes)/seconds))
	return b.String()
}

// end leaves no trace of it. There is no progress after that.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil && !p.ended {
		p.timer.Stop()
		p.row.end()
	}
	p.ended = true
}

// clock is a time as clocks have it: 0:07, 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
