package shell

import (
	"context"
	"fmt"
	"strings"
)

const helpText = `A line is what follows 'idlcall call TARGET', with the request as it is:
  Shop/Buy {"items": [{"name": "hat"}]}     the brackets may be open over lines
  Shop/Buy -f items[].name=hat              flags of call: '-' and Tab
  Shop/Buy ?                                asks for one field after the other
  Get {"id": $last.id}                      $last is the last reply
  Get -f id=$last.id                        and so it is here
  Watch {} | .price > 3                     what jq makes of each reply
  Sum < numbers.ndjson                      requests from a file
  Watch {} > replies.ndjson                 replies to a file; >> adds to it
Tab shows what may follow, Ctrl-R searches earlier lines, Ctrl-C ends a call, Ctrl-D leaves.

`

func (s *Shell) help(_ context.Context, rest string) error {
	name := strings.TrimPrefix(strings.TrimSpace(rest), ":")
	if name == "" {
		s.print(helpText + "Commands, which a few letters of are enough:")
		for _, c := range commands() {
			s.print(fmt.Sprintf("  :%-32s %s", strings.TrimSpace(c.name+" "+c.args), c.about))
		}
		return nil
	}
	c, ok := named(name)
	if !ok {
		return unknown(name)
	}
	s.print(fmt.Sprintf(":%s\n  %s; short :%s", strings.TrimSpace(c.name+" "+c.args), c.about, c.short))
	return nil
}
