package cmd

import (
	"context"
	"io"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// drive makes the call, or with --each a call for every document.
func (o *callOptions) drive(ctx context.Context, s *handle, m *idl.Method, next stream.Next, out *replies) error {
	one := func(next stream.Next) error {
		s.rpc.Trace.Start(m.FullName(), m.Type)
		err := over(s.client.Transport(&m.Method), o.once(ctx, s, m, next, out))
		s.rpc.Trace.Finish(err)
		return err
	}
	if !o.request.each {
		return one(next)
	}
	for !out.wanted.settled {
		body, err := await(ctx, next)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := one(only(body)); err != nil {
			return err
		}
	}
	return nil
}

// once makes one call.
func (o *callOptions) once(ctx context.Context, s *handle, m *idl.Method, next stream.Next, out *replies) error {
	rpc, err := s.client.Open(ctx, s.rpc)
	if err != nil {
		return err
	}
	out.begin(rpc)
	pump := o.request.pump()
	pump.NoReply = m.Oneway
	pump.Idle = func() error {
		o.conn.events.flush()
		return out.Flush()
	}
	err = pump.Run(ctx, rpc, m.Type, next, func(body []byte) error {
		reply, err := out.Print(body)
		if err != nil {
			return err
		}
		return out.wanted.judge(ctx, reply)
	})
	return out.end(err)
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
