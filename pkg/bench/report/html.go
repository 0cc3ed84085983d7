package report

import (
	_ "embed" // the page
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// page draws what stands in the place of {{data}}: JSON, which has no < as encoding/json writes it, and
// so no end of a script.
//
//go:embed page.html
var page string

// pageData is what the page shows. Times are in milliseconds, starts and lengths in seconds.
type pageData struct {
	Title    string       `json:"title"`
	Method   string       `json:"method"`
	Load     string       `json:"load"`
	Warning  string       `json:"warning,omitempty"`
	Totals   [][]string   `json:"totals"`
	Times    [][]string   `json:"times"`
	Windows  []pageWindow `json:"windows"`
	Curves   []pageCurve  `json:"curves"`
	Nines    float64      `json:"nines"`
	Bars     [][3]float64 `json:"bars"`
	Stages   [][]string   `json:"stages"`
	Failures [][]string   `json:"failures"`
}

type pageWindow struct {
	Start  float64 `json:"start"`
	Length float64 `json:"length"`
	Rate   float64 `json:"rate"`
	Failed float64 `json:"failed"` // a second
	P50    float64 `json:"p50"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// pageCurve has points of a percentile and its time.
type pageCurve struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

func writeHTML(w io.Writer, r *bench.Result) error {
	data, err := newPageData(r)
	if err != nil {
		return err
	}
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	before, after, _ := strings.Cut(page, "{{data}}")
	for _, part := range []string{before, string(text), after} {
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
	}
	return nil
}

func newPageData(r *bench.Result) (*pageData, error) {
	times, err := r.Times(nil)
	if err != nil {
		return nil, err
	}
	title, loads, _ := strings.Cut(headline(r), "\n")
	loads = strings.ReplaceAll(loads, "\n", " ")
	d := &pageData{Title: title, Method: r.Method, Load: fmt.Sprintf("%s. %s", loads, r.Start.UTC().Format(time.RFC3339)), Totals: pageTotals(r)}
	d.Warning = doubt(r, &times.Latency)
	columns := columnsOf(r, times)
	d.Times = pageTimes(columns)
	for _, c := range columns {
		curve := pageCurve{Name: c.name, Points: curve(c.h)}
		d.Curves = append(d.Curves, curve)
		if n := len(curve.Points); n > 0 {
			d.Nines = max(d.Nines, 1/(1-curve.Points[n-1][0]/100))
		}
	}
	if len(columns) > 0 {
		d.Bars = pageBars(columns[len(columns)-1].h)
	}
	if d.Windows, err = pageWindows(r); err != nil {
		return nil, err
	}
	if d.Stages, err = pageStages(r); err != nil {
		return nil, err
	}
	d.Failures = [][]string{{"kind", "calls", "first after", "example"}}
	for _, f := range r.Failures {
		d.Failures = append(d.Failures, []string{f.Label(), fmt.Sprint(f.Count), bench.ShowTime(f.First), f.Example})
	}
	return d, nil
}

// pageTotals are the lines of the text.
func pageTotals(r *bench.Result) [][]string {
	var b strings.Builder
	totals(&b, r)
	var rows [][]string
	for line := range strings.Lines(b.String()) {
		fields := strings.Fields(line)
		rows = append(rows, []string{fields[0], fields[1], strings.Join(fields[2:], " ")})
	}
	cpu := fmt.Sprintf("%s of %s", decimals(r.Self.Used()*float64(r.Self.CPUs), 2), plural(int64(r.Self.CPUs), "CPU"))
	return append(rows, []string{"idlcall", cpu, "late by " + bench.ShowTime(r.Self.Late())})
}

func pageTimes(columns []column) [][]string {
	if len(columns) == 0 {
		return nil
	}
	var b strings.Builder
	table(&b, columns)
	var rows [][]string
	for line := range strings.Lines(b.String()) {
		fields := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(line, "a call", "call"), "a message", "message"))
		rows = append(rows, fields)
	}
	return rows
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func pageWindows(r *bench.Result) ([]pageWindow, error) {
	var list []pageWindow
	for i := range r.Windows {
		w := &r.Windows[i]
		if w.Length < 50*time.Millisecond && len(r.Windows) > 1 {
			continue // too short for a rate
		}
		times, err := w.Times()
		if err != nil {
			return nil, err
		}
		h := times.Due()
		if h.Count() == 0 {
			h = &times.Messages
		}
		length := max(w.Length.Seconds(), 1e-9)
		list = append(list, pageWindow{
			w.Start.Seconds(), w.Length.Seconds(), float64(w.Calls) / length, float64(w.Failed) / length,
			inMilliseconds(h.Percentile(50)), inMilliseconds(h.Percentile(90)), inMilliseconds(h.Percentile(99)), inMilliseconds(h.Max()),
		})
	}
	return list, nil
}

// curve has points close enough for a line, and no more nines than there are times.
func curve(h *histogram.H) [][2]float64 {
	var points [][2]float64
	for step := 0; ; step++ {
		rest := math.Pow(10, -float64(step)/20) // 1 - p
		if rest*float64(h.Count()) < 1 {
			return points
		}
		p := 100 * (1 - rest)
		points = append(points, [2]float64{p, inMilliseconds(h.Percentile(p))})
	}
}

// pageBars are how many times lie between bounds that grow by a tenth.
func pageBars(h *histogram.H) [][3]float64 {
	const grow = 1.1
	var bars [][3]float64
	for _, b := range h.Bars() {
		at := inMilliseconds(b.To)
		if n := len(bars); n == 0 || at > bars[n-1][1] {
			from := inMilliseconds(max(b.From, 1))
			if n > 0 {
				from = max(bars[n-1][1], from/grow)
			}
			bars = append(bars, [3]float64{from, max(from*grow, at), 0})
		}
		bars[len(bars)-1][2] += float64(b.Count)
	}
	return bars
}

func pageStages(r *bench.Result) ([][]string, error) {
	stages, err := stagesOf(r)
	if err != nil || len(stages) == 0 {
		return [][]string{}, err
	}
	rows := [][]string{{"stage", "calls/s", "failed", "p50", "p99", "max"}}
	for _, s := range stages {
		h := s.times.Due()
		rows = append(rows, []string{
			load(s.stage), decimals(s.rate(), 1), fmt.Sprint(s.Failed),
			bench.ShowTime(h.Percentile(50)), bench.ShowTime(h.Percentile(99)), bench.ShowTime(h.Max()),
		})
	}
	return rows, nil
}
