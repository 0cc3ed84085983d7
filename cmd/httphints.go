package cmd

import (
	"errors"
	"strings"

	"github.com/idlcall/idlcall/pkg/gateway"
)

// httpHints are those for a request that the IDL has no route or no value for.
func (l commandLine) httpHints(err error) []string {
	if e, ok := errors.AsType[*gateway.NoRouteError](err); ok {
		switch {
		case e.None:
			return []string{"methods of Thrift have annotations for it (api.get = '/path'), those of Protobuf the option google.api.http"}
		case len(e.Allowed) > 0:
			return []string{"-X " + e.Allowed[0] + " asks for it so"}
		}
		return []string{"--openapi shows the routes of the IDL"}
	}
	e, _ := errors.AsType[*gateway.RequestError](err)
	switch {
	case len(e.Nearest) > 0:
		return []string{"did you mean " + orList(e.Nearest) + "?"}
	case strings.Contains(e.Message, "takes no key"):
		return []string{"--unknown-fields ignore skips unknown keys"}
	case e.Place == "body" && strings.HasPrefix(e.Message, "it is no JSON"):
		return nonEmpty(l.unless("header", "a body is JSON unless -H 'content-type: ...' says otherwise; --data-urlencode makes a form"))
	}
	return nil
}
