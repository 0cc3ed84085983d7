package bench

import (
	"errors"
	"fmt"
	"time"
)

// Bounds of what is read.
const (
	maxElapsed   = 10 * 365 * 24 * time.Hour
	maxRead      = 100_000
	maxProcesses = 1_000_000
)

// errBounds is about a number that no load comes to.
var errBounds = errors.New("a result with numbers out of bounds")

// Check refuses a Result that no Run has made: it may come from a file.
func (r *Result) Check() error {
	switch {
	case r.Method == "" || len(r.Plan.Stages) == 0:
		return errors.New("not the result of a load")
	case len(r.Windows) > maxRead || len(r.Plan.Stages) > maxStages:
		return fmt.Errorf("a result with more than %d windows, or %d stages", maxRead, maxStages)
	case r.Elapsed < 0 || r.Elapsed > maxElapsed || r.Processes < 1 || r.Processes > maxProcesses || r.Start.Year() < 2000 || r.Start.Year() > 9999:
		return errBounds
	case r.Cut < 0 || r.Unmade < 0 || r.Waited < 0 || r.Connections < 0 || !r.isSane() || !r.Self.isSane():
		return errBounds
	}
	for _, s := range r.Plan.Stages {
		if !(s.From >= 0 && s.From <= MaxRate*maxProcesses && s.To >= 0 && s.To <= MaxRate*maxProcesses) || s.For < 0 || s.For > maxElapsed {
			return errBounds
		}
	}
	sum := Tally{}
	for i := range r.Windows {
		w := &r.Windows[i]
		if err := w.check(len(r.Plan.Stages)); err != nil {
			return err
		}
		sum.Add(w.Tally)
	}
	if sum != r.Tally {
		return errors.New("the windows do not add up to the whole: is the end missing?")
	}
	return nil
}

// check holds the times of a window against its counts.
func (w *Window) check(stages int) error {
	if w.Start < 0 || w.Start > maxElapsed || w.Length < 0 || w.Length > maxElapsed || w.Stage < 0 || w.Stage >= stages || !w.isSane() {
		return errBounds
	}
	var counts [4]int64
	for i, p := range w.packed() {
		h, err := p.Unpack()
		if err != nil {
			return err
		}
		counts[i] = h.Count()
	}
	if counts[0] != w.Calls || counts[1] > w.Calls || counts[3] != w.Failed {
		return fmt.Errorf("a window has %d calls, and times of %d: is the end missing?", w.Calls+w.Failed, counts[0]+counts[3])
	}
	return nil
}

func (t Tally) isSane() bool {
	for _, n := range []int64{t.Calls, t.Failed, t.Sent.Messages, t.Sent.Bytes, t.Received.Messages, t.Received.Bytes} {
		if n < 0 {
			return false
		}
	}
	return true
}

func (s *Self) isSane() bool {
	return s.CPU >= 0 && s.CPUs >= 0 && s.Busy >= 0 && s.Busy <= 1 && s.Lag >= 0 && s.Queue >= 0 && s.Elapsed >= 0 && s.Most >= 0
}
