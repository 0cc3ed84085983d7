package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote/trans/nphttp2/codes"
	"github.com/cloudwego/kitex/pkg/remote/trans/nphttp2/status"
)

// request is Request of streams.thrift and streams.proto.
type request struct {
	text                string
	replies, replyBytes int32
	data                []byte
	delayMs             int32
	failure             error // fail, biz or status
	panic               string
	hang, stop          bool
	id                  string
}

// ends reports whether the call ends with an error.
func (r *request) ends() bool { return r.failure != nil || r.panic != "" || r.hang }

// failWith is for the field fail.
func (r *request) failWith(text string) {
	if text != "" {
		r.failure = errors.New(text)
	}
}

func bizError(code int32, message string, extra map[string]string) error {
	return kerrors.NewBizStatusErrorWithExtra(code, message, extra)
}

func statusError(code int32, message string) error {
	return status.Err(codes.Code(code), message)
}

// reply is Reply of both.
type reply struct {
	text            string
	requests, bytes int32
	data            []byte
}

// call is a call of a method of Streams, whichever protocol carries it.
type call struct {
	recv     func(context.Context) (*request, error) // io.EOF after the last
	send     func(context.Context, *reply) error
	collects bool // one reply, after the last request

	id   string
	seen reply // the numbers so far
}

// serve answers a call, and notes how it ends.
func (o *outcomes) serve(ctx context.Context, c *call) error {
	outcome := "panic"
	defer func() { o.note(c.id, outcome) }()
	err := c.run(ctx)
	if outcome = "ok"; err != nil {
		outcome = err.Error()
	}
	return err
}

// single answers a call with one request and one reply, which is nil if the
// request wants none.
func (o *outcomes) single(ctx context.Context, r *request) (*reply, error) {
	var answer *reply
	c := &call{recv: once(r), collects: true, send: func(_ context.Context, r *reply) error {
		answer = r
		return nil
	}}
	err := o.serve(ctx, c)
	return answer, err
}

// once receives one request.
func once(r *request) func(context.Context) (*request, error) {
	return func(context.Context) (*request, error) {
		if r == nil {
			return nil, io.EOF
		}
		next := r
		r = nil
		return next, nil
	}
}

func (c *call) run(ctx context.Context) error {
	last := &request{}
	for !last.stop {
		r, err := c.recv(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := c.handle(ctx, r); err != nil {
			return err
		}
		last = r
	}
	if !c.collects {
		return nil
	}
	return c.answer(ctx, last)
}

// handle does what a request says.
func (c *call) handle(ctx context.Context, r *request) error {
	if r.id != "" {
		c.id = r.id
	}
	c.seen.requests++
	c.seen.bytes += int32(len(r.data))
	if err := sleep(ctx, r.delayMs); err != nil {
		return err
	}
	if !c.collects || r.ends() {
		if err := c.answer(ctx, r); err != nil {
			return err
		}
	}
	if r.panic != "" {
		panic(r.panic)
	}
	if r.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return r.failure
}

// answer sends the replies to a request.
func (c *call) answer(ctx context.Context, r *request) error {
	n := r.replies
	if n == 0 && !r.ends() {
		n = 1
	}
	for range n {
		answer := c.seen
		answer.text, answer.data = r.text, make([]byte, r.replyBytes)
		if err := c.send(ctx, &answer); err != nil {
			return err
		}
	}
	return nil
}

// sleep sleeps, but not on for a client that has gone.
func sleep(ctx context.Context, ms int32) error {
	if ms == 0 {
		return nil
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
