package report

import (
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
)

// Tee tells several reporters. The first error ends it.
type Tee []suite.Reporter

func (t Tee) all(tell func(suite.Reporter) error) error {
	for _, r := range t {
		if err := tell(r); err != nil {
			return err
		}
	}
	return nil
}

// Begin tells all.
func (t Tee) Begin(r *suite.Run) error {
	return t.all(func(to suite.Reporter) error { return to.Begin(r) })
}

// Step tells all.
func (t Tee) Step(r *suite.Result) error {
	return t.all(func(to suite.Reporter) error { return to.Step(r) })
}

// End tells all.
func (t Tee) End(took time.Duration) error {
	return t.all(func(to suite.Reporter) error { return to.End(took) })
}

// Close closes all.
func (t Tee) Close(n suite.Tally) error {
	return t.all(func(to suite.Reporter) error { return to.Close(n) })
}
