package cmd

import (
	"context"
	"io"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// drive makes the call, or with --each a call for every document.
func (o *callOptions) drive(ctx context.Context, m *session.Method, rpc stream.Call, next stream.Next, out *replies) error {
	x := o.exchange(ctx, out)
	if !o.request.each {
		x.Next = next
		return m.Run(ctx, rpc, x)
	}
	for !out.wanted.settled {
		body, err := await(ctx, next)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		x.Next = only(body)
		if err := m.Run(ctx, rpc, x); err != nil {
			return err
		}
	}
	return nil
}

// exchange is one call but for its input.
func (o *callOptions) exchange(ctx context.Context, out *replies) session.Exchange {
	x := session.Exchange{Pump: o.request.pump(), Opened: out.begin, Ended: out.end}
	x.Idle = func() error {
		o.conn.events.flush()
		return out.Flush()
	}
	x.Emit = func(body []byte) error {
		reply, err := out.Print(body)
		if err != nil {
			return err
		}
		return out.wanted.judge(ctx, reply)
	}
	return x
}

// await is next, but ends with the context even if the input does not.
func await(ctx context.Context, next stream.Next) ([]byte, error) {
	type result struct {
		body []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		body, err := next()
		read <- result{body, err}
	}()
	select {
	case r := <-read:
		return r.body, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// only supplies a single body.
func only(body []byte) stream.Next {
	given := false
	return func() ([]byte, error) {
		if given {
			return nil, io.EOF
		}
		given = true
		return body, nil
	}
}
