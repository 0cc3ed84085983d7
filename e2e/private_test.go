package e2e

import (
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idlcall/idlcall/e2e/peer"
)

// cmdPrivate is "private NAME [GROUP]": a Kitex server of streams.thrift, or of
// streams.proto if the group is streams-pb, for this script only, at $NAME, which
// kill, pause and continue act upon.
func cmdPrivate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: private NAME [GROUP]")
	}
	name, group, s := args[0], "streams", scriptOf(ts)
	if len(args) == 2 {
		group = args[1]
	}
	if s.private[name] != nil {
		ts.Fatalf("there is a private server %s already", name)
	}
	server, err := running.Private(group)
	ts.Check(err)
	ts.Defer(server.Close)
	s.private[name] = server
	s.name(server.Address, "$"+name)
	ts.Setenv(name, server.Address)
}

// signals are what scripts and dialogs can do to a private server.
var signals = map[string]func(*peer.Private) error{
	"kill":     (*peer.Private).Kill,     // from then on its address refuses connections
	"pause":    (*peer.Private).Pause,    // the kernel still accepts connections for it
	"continue": (*peer.Private).Continue, // after a pause
}

// cmdSignal is "kill NAME", "pause NAME" or "continue NAME".
func cmdSignal(verb string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: %s NAME", verb)
		}
		signal(ts, verb, args[0])
	}
}

func signal(ts *testscript.TestScript, verb, name string) {
	server, ok := scriptOf(ts).private[name]
	if !ok {
		ts.Fatalf("no private server %q", name)
	}
	ts.Check(signals[verb](server))
}
