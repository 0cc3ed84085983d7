package run

import (
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Status is how a step went.
type Status string

// The statuses.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// Result is how a step went.
type Result struct {
	Step     *suite.Step
	Status   Status
	Reason   string // why it was skipped
	Failures []Failure
	Attempts int
	Took     time.Duration // of the last attempt
}

// Counts reports whether a result is one of those that are counted and shown: what
// prepares and clears up does so only where it fails.
func (r *Result) Counts() bool { return r.Step.Part == suite.PartStep || r.Status == Failed }

// Failure is one reason why a step failed, and the place in the file that wants it
// otherwise.
type Failure struct {
	File      string
	Line, Col int // from 1
	// Message is one line. Seen are further ones: what there was instead, and hints.
	Message string
	Seen    []string
	// Called says that the call itself failed, and nothing could be compared.
	Called bool
}

// Place is "file:line:column".
func (f *Failure) Place() string { return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Col) }

func failureAt(n *yamldoc.Node, message string, seen ...string) Failure {
	return Failure{File: n.File(), Line: n.Line, Col: n.Col, Message: message, Seen: seen}
}

// Tally counts results.
type Tally struct{ Passed, Failed, Skipped int }

// Add counts a result, if it counts.
func (t *Tally) Add(r *Result) {
	switch {
	case !r.Counts():
	case r.Status == Passed:
		t.Passed++
	case r.Status == Failed:
		t.Failed++
	default:
		t.Skipped++
	}
}

// Total is the number of results.
func (t Tally) Total() int { return t.Passed + t.Failed + t.Skipped }

// Reporter is told of one run after another, by one goroutine. An error ends all.
type Reporter interface {
	Begin(r *suite.Run) error
	Step(r *Result) error
	End(took time.Duration) error
	// Close follows the last run, also where not all steps were made.
	Close(t Tally) error
}
