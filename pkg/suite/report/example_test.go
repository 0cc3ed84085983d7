package report_test

import (
	"fmt"
	"os"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/report"
	"github.com/idlcall/idlcall/pkg/suite/run"
)

// A reporter is told of a run and of its steps.
func Example() {
	s, err := suite.Read("smoke.yaml", []byte("steps: [make up, make test]"), suite.Language{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var tally run.Tally
	to := &report.TAP{W: os.Stdout}
	for _, r := range (&suite.Pick{}).Runs([]*suite.Suite{s}) {
		_ = to.Begin(r)
		for _, step := range r.Steps {
			result := &run.Result{Step: step, Status: run.Passed}
			tally.Add(result)
			_ = to.Step(result)
		}
		_ = to.End(0)
	}
	_ = to.Close(tally)
	// Output:
	// TAP version 13
	// ok 1 - smoke / make up
	// ok 2 - smoke / make test
	// 1..2
}
