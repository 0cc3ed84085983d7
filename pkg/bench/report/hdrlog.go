package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// The log of the HDR histogram tools, version 1.3 (org.HdrHistogram.HistogramLogWriter): comments
// after #, of which some have a meaning, and lines of start and length in seconds, the longest time
// in milliseconds, and a histogram of nanoseconds. What histograms do not say is in a comment
// of ours, which other tools skip.
const (
	logVersion   = "#[Histogram log format version 1.3]"
	logLegend    = `"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"`
	resultPrefix = "#[idlcall bench "
	resultSuffix = "]"
)

// The tags of lines.
const (
	tagLatency   = "latency"
	tagCorrected = "corrected"
	tagMessages  = "messages"
	tagFailed    = "failed"
)

// taggedOf are the histograms of a window with their tags.
func taggedOf(w *bench.Window) [4]struct {
	tag string
	h   *histogram.Packed
} {
	return [...]struct {
		tag string
		h   *histogram.Packed
	}{{tagLatency, &w.Latency}, {tagCorrected, &w.Corrected}, {tagMessages, &w.Messages}, {tagFailed, &w.FailedLatency}}
}

func writeLog(w io.Writer, r *bench.Result) error {
	bare := *r
	bare.Windows = append([]bench.Window(nil), r.Windows...)
	for i := range bare.Windows {
		for _, t := range taggedOf(&bare.Windows[i]) {
			*t.h = ""
		}
	}
	rest, err := json.Marshal(&bare)
	if err != nil {
		return err
	}
	start := float64(r.Start.UnixNano()) / 1e9
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s\n%s%s%s\n", logVersion, resultPrefix, rest, resultSuffix)
	fmt.Fprintf(out, "#[StartTime: %.3f (seconds since epoch), %s]\n#[BaseTime: %.3f (seconds since epoch)]\n%s\n", start, r.Start.UTC().Format(time.RFC3339), start, logLegend)
	for i := range r.Windows {
		win := &r.Windows[i]
		for _, t := range taggedOf(win) {
			if *t.h == "" {
				continue
			}
			h, err := t.h.Unpack()
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "Tag=%s,%.6f,%.6f,%.3f,%s\n", t.tag, win.Start.Seconds(), win.Length.Seconds(), float64(h.Max())/float64(time.Millisecond), *t.h)
		}
	}
	return out.Flush()
}
