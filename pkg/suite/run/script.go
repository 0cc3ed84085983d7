package run

import (
	"context"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
)

// player plays the script of a stream.
type player struct {
	*running

	o      *observed
	method *session.Method
	stream *session.Stream
	sent   bool
	closed bool // our side
	ended  bool // the call
	kept   int
}

// play makes a call in the order of its script. What is left when the script is at its end
// is received, too: the server ends the call.
func (x *running) play(ctx context.Context, m *session.Method, header stream.Metadata, o *observed) error {
	var options []session.CallOption
	for _, p := range header {
		options = append(options, session.Header(p.Name, p.Value))
	}
	s, err := m.Stream(ctx, options...)
	if err != nil {
		return err
	}
	defer s.Close()
	p := &player{running: x, o: o, method: m, stream: s}
	for i := range o.step.Script {
		o.action = o.step.Script[i].Node
		err := p.act(ctx, &o.step.Script[i])
		if err != nil || p.ended || len(o.failures) > 0 {
			return p.finish(err)
		}
	}
	o.action = nil
	return p.finish(p.rest())
}

// finish takes note of what came beside the messages.
func (p *player) finish(err error) error {
	if err == nil && p.ended || isAnswer(stream.OutcomeOf(err).Kind) {
		p.o.header, _ = p.stream.Header()
		p.o.trailer = p.stream.Trailer()
	}
	return err
}

func (p *player) act(ctx context.Context, a *suite.Action) error {
	switch {
	case a.Send != nil:
		return p.send(a)
	case a.Expect != nil:
		return p.expect(ctx, a)
	case a.Close:
		p.closed = true
		return asEnd(p.stream.CloseSend())
	case a.Cancel:
		p.ended = true
		p.stream.Close()
		return nil
	case a.End:
		return p.end(a)
	}
	if !sleep(ctx, a.Pause) {
		return context.Cause(ctx)
	}
	return nil
}

func (p *player) send(a *suite.Action) error {
	if p.sent && !p.method.Type.ClientStreams() {
		return oneRequest(p.method, a.Send)
	}
	p.sent = true
	document, err := p.scope.appendNode(nil, a.Send)
	if err != nil {
		return &RequestError{a.Send.Errorf("%w", err), err}
	}
	err = p.stream.Send(document)
	switch {
	case err == io.EOF:
		// The server has ended the call, which is told where that is received.
		return nil
	case isValue(err):
		return blame(a.Send, err)
	}
	return err
}

// recv is the next reply, nil where the call has ended well.
func (p *player) recv() ([]byte, error) {
	reply, err := p.stream.Recv()
	if err == io.EOF {
		p.ended = true
		return nil, nil
	}
	if err != nil {
		p.ended = true
		return nil, err
	}
	if p.kept += len(reply); p.kept > maxKept {
		return nil, &SizeError{"the replies", maxKept}
	}
	p.o.replies = append(p.o.replies, reply)
	return reply, nil
}

func (p *player) fail(list ...Failure) { p.o.failures = append(p.o.failures, list...) }

// expect waits for a reply and judges it.
func (p *player) expect(ctx context.Context, a *suite.Action) error {
	reply, err := p.recv()
	if err != nil {
		return err
	}
	if reply == nil {
		p.fail(failureAt(a.Node, fmt.Sprintf("want a reply, but the server ended the call after %d", len(p.o.replies))))
		return nil
	}
	p.fail(judgeJQ(ctx, p.scope, p.o, a.Expect.JQ, reply)...)
	p.fail(judgeJSON(p.scope, a.Expect.Equals, a.Expect.Contains, reply)...)
	if len(p.o.failures) == 0 {
		p.fail(p.capture(ctx, p.o, a.Expect.Captures, reply)...)
	}
	return nil
}

// end wants no further reply.
func (p *player) end(a *suite.Action) error {
	reply, err := p.recv()
	if err == nil && reply != nil {
		p.fail(failureAt(a.Node, "want the end of the call, got a reply", "got: "+cut(string(reply))))
	}
	return err
}

// rest half-closes, unless that is done, and receives what is left.
func (p *player) rest() error {
	if !p.closed {
		if err := asEnd(p.stream.CloseSend()); err != nil {
			return err
		}
	}
	for {
		if reply, err := p.recv(); reply == nil {
			return err
		}
	}
}
