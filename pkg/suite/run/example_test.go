package run_test

import (
	"context"
	"fmt"
	"os"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/suite/report"
	"github.com/idlcall/idlcall/pkg/suite/run"
)

const powers = `
name: powers
vars: {number: 3}
steps:
  - name: the first two
    method: ServerStream/Pow
    request: {number: "${number}"}
    max-replies: 2
    expect: {equals: [{number: 1}, {number: 3}]}
    capture: {last: ".[-1].number | tonumber"}
  - name: the sum of two numbers
    method: ClientStream/Sum
    requests: [{data: "${last}"}, {data: 4}]
    expect: {contains: {sum: 8}}
`

// A suite runs against a server; here, against the one inside the process.
func Example() {
	s, err := suite.Read("powers.yaml", []byte(powers), suite.Language{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := run.Runner{Plan: func(run.Layers) (*run.Way, error) {
		return &run.Way{Open: func(ctx context.Context) (*session.Session, error) {
			return session.Open(ctx, session.Options{Target: session.Demo})
		}}, nil
	}}
	tally, err := r.Run(context.Background(), (&suite.Pick{}).Runs([]*suite.Suite{s}), &report.Text{W: os.Stdout})
	fmt.Println(tally, err)
	// Output:
	// powers (powers.yaml)
	//   ok    the first two
	//   FAIL  the sum of two numbers
	//         powers.yaml:14:30: .sum: want 8, got "7"
	//           got: {"sum":"7"}
	// 1 passed, 1 failed, 0 skipped
	// {1 1 0} <nil>
}
