package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/run"
)

// JSON writes a line for each step, those that prepare and clear up too, and one with the
// numbers.
type JSON struct {
	W io.Writer

	of *suite.Run
}

type stepJSON struct {
	Suite    string        `json:"suite"`
	Row      string        `json:"row,omitempty"`
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Part     suite.Part    `json:"part"`
	Step     string        `json:"step"`
	Tags     []string      `json:"tags,omitempty"`
	Status   run.Status    `json:"status"`
	Reason   string        `json:"reason,omitempty"`
	Attempts int           `json:"attempts,omitempty"`
	MS       float64       `json:"ms"`
	Failures []failureJSON `json:"failures,omitempty"`
}

type failureJSON struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Col     int      `json:"column"`
	Message string   `json:"message"`
	Seen    []string `json:"seen,omitempty"`
}

type tallyJSON struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Begin writes nothing.
func (j *JSON) Begin(r *suite.Run) error { j.of = r; return nil }

// Step is a line.
func (j *JSON) Step(r *run.Result) error {
	s := stepJSON{
		Suite: j.of.Suite.Name, Row: j.of.Row.Title, File: r.Step.Node.File(), Line: r.Step.Node.Line,
		Part: r.Step.Part, Step: r.Step.Name, Tags: r.Step.Tags, Status: r.Status, Reason: r.Reason,
		Attempts: r.Attempts, MS: float64(r.Took.Microseconds()) / 1000,
	}
	for _, f := range r.Failures {
		s.Failures = append(s.Failures, failureJSON{f.File, f.Line, f.Col, f.Message, f.Seen})
	}
	return j.line(s)
}

// End writes nothing.
func (j *JSON) End(time.Duration) error { return nil }

// Close is a line with the numbers.
func (j *JSON) Close(n run.Tally) error {
	return j.line(struct {
		Summary tallyJSON `json:"summary"`
	}{tallyJSON{n.Passed, n.Failed, n.Skipped}})
}

func (j *JSON) line(value any) error {
	e := json.NewEncoder(j.W)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}
