package run

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// maxKept bounds the replies that a step keeps, in bytes.
const maxKept = 64 << 20

// call calls the method of a step.
func (x *running) call(ctx context.Context, o *observed) {
	way, err := x.way(o.step)
	if err == nil {
		err = x.callBy(ctx, way, o)
	}
	if o.err = err; err == nil {
		return
	}
	o.why = x.why(way, err)
}

// why is an error of a call as text. What stands in the suite is named by its place, which
// a failure has anyway.
func (x *running) why(way *Way, err error) []string {
	place, ok := placeOf(err)
	switch {
	case !ok && way != nil && way.Explain != nil:
		return way.Explain(err)
	case !ok:
		return []string{err.Error()}
	}
	lines := []string{place.Message}
	for _, near := range place.Nearest {
		lines = append(lines, "hint: did you mean "+string(yamldoc.AppendString(nil, near))+"?")
	}
	return lines
}

// decoded says of an error that it is the reply that cannot be read.
func decoded(err error) error {
	if _, ok := errors.AsType[*format.DecodeError](err); ok {
		return fmt.Errorf("decode reply: %w", err)
	}
	return err
}

// way is how the step gets to its server.
func (x *running) way(s *suite.Step) (*Way, error) {
	layers, err := layersOf(x.Run, x.scope, s)
	if err != nil {
		return nil, err
	}
	return x.runner.Plan(layers)
}

func (x *running) callBy(ctx context.Context, way *Way, o *observed) error {
	s, err := x.runner.sessions.get(ctx, way)
	if err != nil {
		return err
	}
	name, err := x.scope.text(o.step.Method)
	if err != nil {
		return err
	}
	m, err := s.Method(ctx, name)
	if err != nil {
		return err
	}
	o.single = !m.Type.ServerStreams()
	rpc := m.RPC()
	if way.Header != nil {
		if rpc.Header, err = way.Header(ctx); err != nil {
			return err
		}
	}
	if way.Secrets != nil {
		x.hide(way.Secrets(rpc.Header))
	}
	if err := m.Prepare(rpc); err != nil {
		return err
	}
	if len(o.step.Script) > 0 {
		return x.play(ctx, m, rpc.Header, o)
	}
	requests, err := x.requests(o.step, m, way)
	if err != nil {
		return err
	}
	defer requests.close()
	return m.Detailed(x.exchange(ctx, m, rpc, way, requests.next, o))
}

// exchange is the RPC of a step.
func (x *running) exchange(ctx context.Context, m *session.Method, rpc stream.Call, way *Way, next stream.Next, o *observed) error {
	codec, err := m.Codec()
	if err != nil {
		return err
	}
	var opened stream.Stream
	kept := 0
	return m.Run(ctx, rpc, session.Exchange{
		Pump:   way.Pump,
		Next:   next,
		Opened: func(s stream.Stream) { opened = s },
		Emit: func(body []byte) error {
			reply, err := codec.Decode(nil, body)
			if err != nil {
				return decoded(err)
			}
			if kept += len(reply); kept > maxKept {
				return &SizeError{"the replies", maxKept}
			}
			o.replies = append(o.replies, reply)
			if o.step.MaxReplies > 0 && len(o.replies) >= o.step.MaxReplies {
				return stream.ErrEnough
			}
			return nil
		},
		Ended: func(err error) error {
			if kind := stream.OutcomeOf(err).Kind; err == nil || isAnswer(kind) {
				o.header, _ = opened.Header()
				o.trailer = opened.Trailer()
			}
			return err
		},
	})
}

// isAnswer reports whether it is the peer that ended a call.
func isAnswer(k stream.Kind) bool {
	switch k {
	case stream.KindStatus, stream.KindApplication, stream.KindDeclared, stream.KindBiz:
		return true
	}
	return false
}

// asEnd is nil for the end of input.
func asEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
