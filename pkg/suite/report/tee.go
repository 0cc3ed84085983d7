package report

import (
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/run"
)

// Tee tells several reporters. The first error ends it.
type Tee []run.Reporter

func (t Tee) all(tell func(run.Reporter) error) error {
	for _, r := range t {
		if err := tell(r); err != nil {
			return err
		}
	}
	return nil
}

// Begin tells all.
func (t Tee) Begin(r *suite.Run) error {
	return t.all(func(to run.Reporter) error { return to.Begin(r) })
}

// Step tells all.
func (t Tee) Step(r *run.Result) error {
	return t.all(func(to run.Reporter) error { return to.Step(r) })
}

// End tells all.
func (t Tee) End(took time.Duration) error {
	return t.all(func(to run.Reporter) error { return to.End(took) })
}

// Close closes all.
func (t Tee) Close(n run.Tally) error {
	return t.all(func(to run.Reporter) error { return to.Close(n) })
}
