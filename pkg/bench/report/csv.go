package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// csvPercentiles are few enough for a table.
var csvPercentiles = [...]float64{50, 90, 99, 99.9}

// writeCSV writes a row for each window and one for the whole, whose stage is "all". Starts and lengths are
// in seconds, times in milliseconds; what there is nothing of is empty.
func writeCSV(w io.Writer, r *bench.Result) error {
	out := csv.NewWriter(w)
	head := []string{"stage", "start", "length", "calls", "failed", "rate", "sent_messages", "sent_bytes", "received_messages", "received_bytes"}
	for _, kind := range []string{"", "corrected_", "message_"} {
		for _, p := range csvPercentiles {
			head = append(head, kind+percentileName(p))
		}
		head = append(head, kind+"max")
	}
	_ = out.Write(head) // errors are those of Flush
	for i := range r.Windows {
		win := &r.Windows[i]
		times, err := win.Times()
		if err != nil {
			return err
		}
		_ = out.Write(csvRow(r.Plan.Stages[win.Stage].String(), win.Start, win.Length, win.Tally, times))
	}
	times, err := r.Times(nil)
	if err != nil {
		return err
	}
	_ = out.Write(csvRow("all", 0, r.Elapsed, r.Tally, times))
	out.Flush()
	return out.Error()
}

func csvRow(stage string, start, length time.Duration, t bench.Tally, times *bench.Times) []string {
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	row := []string{
		stage, decimals(start.Seconds(), 3), decimals(length.Seconds(), 3), count(t.Calls), count(t.Failed), decimals(bench.PerSecond(t.Calls, length), 1),
		count(t.Sent.Messages), count(t.Sent.Bytes), count(t.Received.Messages), count(t.Received.Bytes),
	}
	for _, h := range []*histogram.H{&times.Latency, &times.Corrected, &times.Messages} {
		if h.Count() == 0 {
			row = append(row, make([]string, len(csvPercentiles)+1)...)
			continue
		}
		for _, p := range csvPercentiles {
			row = append(row, milliseconds(h.Percentile(p)))
		}
		row = append(row, milliseconds(h.Max()))
	}
	return row
}

func decimals(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }

func milliseconds(d time.Duration) string { return decimals(float64(d)/float64(time.Millisecond), 4) }
