package cmd

import (
	"context"
	"io"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// drive makes the call, or with --each or --repeat many of them.
func (o *callOptions) drive(ctx context.Context, std streams, m *session.Method, rpc stream.Call) error {
	if o.readsStdin(m.Method) && (isTerminal(std.in) || std.inside.asks()) {
		o.conn.progress.end() // who types has the last line
	}
	out := o.outlet(std)
	var err error
	if o.request.many() {
		err = o.driveMany(ctx, std, m, rpc, out)
	} else {
		err = o.driveOne(ctx, std, m, rpc, out)
	}
	if closed := out.close(err == nil); err == nil {
		err = closed
	}
	return err
}

func (o *callOptions) driveOne(ctx context.Context, std streams, m *session.Method, rpc stream.Call, out io.Writer) error {
	codec, err := o.codec(m)
	if err != nil {
		return err
	}
	in, err := o.input(std, m, codec)
	if err != nil {
		return err
	}
	defer in.close()
	std.life.drive(m.Type != stream.Unary || o.conn.verbose > 0 || o.eventsFile != "")
	return m.Run(ctx, rpc, o.exchange(newReplies(ctx, std, out, m, codec, o), in))
}

// exchange is one RPC of the bodies that the input has.
func (o *callOptions) exchange(out *replies, in input) session.Exchange {
	x := session.Exchange{Pump: o.request.pump(), Next: in.next, Emit: out.emit, Opened: out.begin, Ended: out.end}
	x.Prompt = in.isWhole
	x.Idle = func() error {
		o.conn.events.flush()
		return out.Flush()
	}
	return x
}

// codec is one for an RPC at a time.
func (o *callOptions) codec(m *session.Method) (format.Codec, error) {
	if o.isRaw() {
		return format.NewRawCodec(o.request.raw), nil
	}
	return m.Codec()
}

// await is next, but ends with the context even if the input does not.
func await[T any](ctx context.Context, next func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	read := make(chan result, 1)
	go func() {
		value, err := next()
		read <- result{value, err}
	}()
	select {
	case r := <-read:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// only supplies a single body.
func only(body []byte) input {
	given := false
	return input{isWhole: true, next: func() ([]byte, error) {
		if given {
			return nil, io.EOF
		}
		given = true
		return body, nil
	}}
}
