package record

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// repeatable reports whether a call may end in the same way again: as the server said.
func repeatable(err error) bool {
	switch stream.OutcomeOf(err).Kind {
	case stream.KindOK, stream.KindStatus, stream.KindApplication, stream.KindBiz, stream.KindDeclared:
		return true
	}
	return false
}

// expect writes what a step has to come to.
func expect(b *strings.Builder, c *saved, end error) {
	o := stream.OutcomeOf(end)
	replies := c.messages(proxy.Server)
	m := &c.start.Method
	switch {
	case isLate(end):
		b.WriteString("    expect: {error: deadline}\n")
	case o.Kind == stream.KindStatus:
		fmt.Fprintf(b, "    expect:\n      status: {code: %d, message: {equals: %s}}\n", o.Code, quoted(o.Message))
	case o.Kind == stream.KindApplication:
		fmt.Fprintf(b, "    expect:\n      application-exception: {code: %d, message: {equals: %s}}\n", o.Code, quoted(o.Message))
	case o.Kind == stream.KindBiz:
		fmt.Fprintf(b, "    expect:\n      biz-status: {code: %d, message: {equals: %s}}\n", o.Code, quoted(o.Message))
	case o.Kind == stream.KindDeclared:
		fmt.Fprintf(b, "    expect:\n      exception: {type: %s, equals: %s}\n", plain(o.Name), value(o.Detail))
	case m.Type == stream.Bidi, m.Oneway:
	case m.Type.ServerStreams():
		fmt.Fprintf(b, "    expect:\n      equals: [%s]\n", strings.Join(replies, ", "))
	case len(replies) == 1:
		fmt.Fprintf(b, "    expect:\n      equals: %s\n", replies[0])
	}
}
