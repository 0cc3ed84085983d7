package report

import (
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// document is a Result in JSON. All times are in nanoseconds.
type document struct {
	Version int `json:"version"`
	*bench.Result
	// Rate is of calls a second that went well. Summary has the times of the whole, and Stages
	// those of each stage.
	Rate    float64         `json:"rate"`
	Summary *summary        `json:"summary,omitempty"`
	Stages  []stageDocument `json:"stages,omitempty"`
}

// version is that of the form.
const version = 1

type stageDocument struct {
	Stage   string        `json:"stage"`
	Elapsed time.Duration `json:"elapsed"`
	bench.Tally
	Rate float64 `json:"rate"`
	summary
}

// summary is what histograms say in a few numbers.
type summary struct {
	Latency   *figures `json:"latency,omitempty"`
	Corrected *figures `json:"corrected,omitempty"`
	Messages  *figures `json:"messages,omitempty"`
	Failed    *figures `json:"failedLatency,omitempty"`
}

// figures are those of a histogram.
type figures struct {
	Count       int64            `json:"count"`
	Min         int64            `json:"min"`
	Mean        int64            `json:"mean"`
	Deviation   int64            `json:"deviation"`
	Max         int64            `json:"max"`
	Percentiles map[string]int64 `json:"percentiles"`
}

func figuresOf(h *histogram.H) *figures {
	if h.Count() == 0 {
		return nil
	}
	f := &figures{
		Count: h.Count(), Min: int64(h.Min()), Mean: int64(h.Mean()), Deviation: int64(h.Deviation()), Max: int64(h.Max()),
		Percentiles: map[string]int64{},
	}
	for _, p := range bench.Percentiles {
		f.Percentiles[percentileName(p)] = int64(h.Percentile(p))
	}
	return f
}

func percentileName(p float64) string { return "p" + strconv.FormatFloat(p, 'f', -1, 64) }

func summaryOf(t *bench.Times) summary {
	return summary{figuresOf(&t.Latency), figuresOf(&t.Corrected), figuresOf(&t.Messages), figuresOf(&t.Failed)}
}

func newDocument(r *bench.Result) (*document, error) {
	times, err := r.Times(nil)
	if err != nil {
		return nil, err
	}
	whole := summaryOf(times)
	d := &document{Version: version, Result: r, Rate: r.Rate(), Summary: &whole}
	stages, err := stagesOf(r)
	if err != nil {
		return nil, err
	}
	for _, s := range stages {
		d.Stages = append(d.Stages, stageDocument{s.stage.String(), s.elapsed, s.Tally, s.rate(), summaryOf(s.times)})
	}
	return d, nil
}

func writeJSON(w io.Writer, r *bench.Result) error {
	d, err := newDocument(r)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// stage is what one stage came to.
type stage struct {
	stage   bench.Stage
	elapsed time.Duration
	bench.Tally
	times *bench.Times
}

func (s *stage) rate() float64 { return bench.PerSecond(s.Calls, s.elapsed) }

// stagesOf are the stages of a load that has several.
func stagesOf(r *bench.Result) ([]stage, error) {
	if len(r.Plan.Stages) < 2 {
		return nil, nil
	}
	list := make([]stage, len(r.Plan.Stages))
	for i, s := range r.Plan.Stages {
		begin, end := time.Duration(-1), time.Duration(0)
		for _, w := range r.Windows {
			if w.Stage != i {
				continue
			}
			if begin < 0 {
				begin = w.Start
			}
			end = max(end, w.Start+w.Length)
			list[i].Add(w.Tally)
		}
		times, err := r.Times(func(w *bench.Window) bool { return w.Stage == i })
		if err != nil {
			return nil, err
		}
		list[i].stage, list[i].elapsed, list[i].times = s, max(end-max(begin, 0), 0), times
	}
	return list, nil
}
