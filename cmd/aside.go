package cmd

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// aside opens RPCs whose events are not those of a call: reflection, which shares
// connection and Trace with the calls, and may be asked for a type in the middle of
// one. A Trace does not say whose an event is, but it is told in the goroutine that
// uses the stream.
func (e *events) aside(open idl.OpenFunc) idl.OpenFunc {
	if e == nil {
		return open
	}
	return func(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
		defer e.lookup()()
		s, err := open(ctx, rpc)
		if err != nil {
			return nil, err
		}
		return asideStream{s, e}, nil
	}
}

// lookup makes events those of reflection until the func it returns is called.
func (e *events) lookup() (done func()) {
	add := func(n int) {
		e.mu.Lock()
		e.lookups += n
		e.mu.Unlock()
	}
	add(1)
	return func() { add(-1) }
}

// asideStream is a stream of reflection.
type asideStream struct {
	stream.Stream

	events *events
}

func (s asideStream) Send(body []byte) error {
	defer s.events.lookup()()
	return s.Stream.Send(body)
}

func (s asideStream) CloseSend() error {
	defer s.events.lookup()()
	return s.Stream.CloseSend()
}

func (s asideStream) Recv() ([]byte, error) {
	defer s.events.lookup()()
	return s.Stream.Recv()
}

func (s asideStream) Header() (stream.Metadata, error) {
	defer s.events.lookup()()
	return s.Stream.Header()
}
