package suite

import (
	"regexp"
	"slices"
)

// Pick says which steps run. The zero value is all.
type Pick struct {
	Tags, SkipTags []string       // a step has any of Tags, none of SkipTags
	Match          *regexp.Regexp // of "suite/step", where not nil
}

// Runs are the suites with each row of their matrix, and the steps that are picked: with
// those come the steps whose captures they need. A suite without any does not run.
func (p *Pick) Runs(suites []*Suite) []*Run {
	var runs []*Run
	for _, s := range suites {
		for i := range s.Matrix {
			run := &Run{Suite: s, Row: &s.Matrix[i]}
			if run.Steps = p.steps(run); len(run.Steps) > 0 {
				runs = append(runs, run)
			}
		}
	}
	return runs
}

func (p *Pick) steps(run *Run) []*Step {
	needed := map[string]bool{}
	var picked []*Step
	for _, s := range slices.Backward(run.Suite.Steps) {
		captures := slices.ContainsFunc(s.AllCaptures(), func(c Capture) bool { return needed[c.Name] })
		if !captures && !p.has(run, s) {
			continue
		}
		picked = append(picked, s)
		for _, name := range s.Needs {
			needed[name] = true
		}
	}
	slices.Reverse(picked)
	return picked
}

func (p *Pick) has(run *Run, s *Step) bool {
	tagged := func(tags []string) bool {
		return slices.ContainsFunc(s.Tags, func(t string) bool { return slices.Contains(tags, t) })
	}
	switch {
	case len(p.Tags) > 0 && !tagged(p.Tags):
		return false
	case tagged(p.SkipTags):
		return false
	}
	return p.Match == nil || p.Match.MatchString(run.Title()+"/"+s.Name)
}

// Run is a suite with one row of its matrix.
type Run struct {
	Suite *Suite
	Row   *Row
	Steps []*Step // of Suite.Steps, those that were picked
}

// Title is the name of the suite, with the row in brackets where there is a matrix.
func (r *Run) Title() string {
	if r.Row.Title == "" {
		return r.Suite.Name
	}
	return r.Suite.Name + " [" + r.Row.Title + "]"
}

// All are the steps of a run, with what comes before and after.
func (r *Run) All() []*Step {
	var list []*Step
	for _, part := range [][]*Step{r.Suite.Setup, r.Steps, r.Suite.Teardown} {
		list = append(list, part...)
	}
	return list
}
