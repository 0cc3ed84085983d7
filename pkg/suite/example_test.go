package suite_test

import (
	"errors"
	"fmt"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// A mistake in a file has a place, and names that are like an unknown one.
func ExampleRead() {
	language := suite.Language{Settings: []string{"target", "transport"}}
	s, err := suite.Read("users.yaml", []byte(`
target: localhost:50051
steps:
  - {name: create, method: Users/Create, request: {name: bob}, capture: {id: .id}}
  - {name: read, method: Users/Read, request: {id: "${id}"}, expect: .name == "bob"}
`), language)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, run := range (&suite.Pick{}).Runs([]*suite.Suite{s}) {
		for _, step := range run.Steps {
			fmt.Println(run.Title(), step.Name, step.Needs)
		}
	}

	_, err = suite.Read("users.yaml", []byte("trget: localhost:50051\nsteps: [make up]\n"), language)
	mistake, _ := errors.AsType[*yamldoc.Error](err)
	fmt.Println(mistake, mistake.Nearest)
	// Output:
	// users create []
	// users read [id]
	// users.yaml:1:1: unknown key "trget" [target]
}
