package cmd

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
)

// benchLive is the line on a terminal that tells how a load is getting on; one without a row tells
// nothing.
type benchLive struct {
	row  *statusRow
	plan bench.Plan
}

func newBenchLive(std streams, conn *connFlags, plan bench.Plan) *benchLive {
	l := &benchLive{plan: plan}
	if std.row == nil || conn.verbose > 0 || os.Getenv("TERM") == "dumb" || !isTerminal(std.err) {
		return l
	}
	l.row = std.row
	l.row.begin()
	return l
}

func (l *benchLive) watch(s bench.Snapshot) {
	if l.row == nil {
		return
	}
	width := cmp.Or(columnsOf(l.row.err), 80)
	text := []rune(l.text(s))
	l.row.draw(string(text[:min(len(text), width-1)]))
}

// text is one line.
func (l *benchLive) text(s bench.Snapshot) string {
	if s.Stage < 0 {
		return fmt.Sprintf("warming up %s", clock(l.plan.Warmup+s.Elapsed))
	}
	var b strings.Builder
	b.WriteString(clock(s.Elapsed))
	if total := l.plan.Length(); total > 0 {
		fmt.Fprintf(&b, " of %s", clock(total))
	}
	if len(l.plan.Stages) > 1 {
		fmt.Fprintf(&b, "  stage %s", l.plan.Stages[s.Stage])
	}
	fmt.Fprintf(&b, "  calls %d", s.Total.Calls)
	if l.plan.Calls > 0 {
		fmt.Fprintf(&b, " of %d", l.plan.Calls)
	}
	fmt.Fprintf(&b, "  %.0f/s", float64(s.Last.Calls)/max(s.Tick, time.Millisecond).Seconds())
	if s.P50 > 0 {
		fmt.Fprintf(&b, "  p50 %s  p99 %s", bench.ShowTime(s.P50), bench.ShowTime(s.P99))
	}
	fmt.Fprintf(&b, "  under way %d", s.Under)
	if s.Total.Failed > 0 {
		fmt.Fprintf(&b, "  failed %d", s.Total.Failed)
	}
	return b.String()
}

func (l *benchLive) end() {
	if l.row != nil {
		l.row.end()
	}
}
