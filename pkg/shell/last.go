package shell

import (
	"context"
	"strings"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// showLast prints the last reply, or what an expression makes of it.
func (s *Shell) showLast(ctx context.Context, rest string) error {
	if s.last == nil {
		return usage("there is no reply yet")
	}
	expression := strings.TrimSpace(strings.TrimPrefix(rest, "|"))
	if expression == "" {
		expression = "."
	}
	e, err := jq.Compile(expression, lastVariable)
	if err != nil {
		return err
	}
	for v, err := range e.Run(ctx, s.last, jq.Var{Name: lastVariable, JSON: s.last}) {
		if err != nil {
			return usage(":last: %v", err)
		}
		s.printJSON(terminal.EscapeJSON(v.AppendJSON(nil)))
	}
	return nil
}
