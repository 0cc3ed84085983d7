package rpc

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Options say which RPCs a load makes. Methods, Call, Codec and Requests are required.
type Options struct {
	// Methods are one method over several connections, which callers take in turn.
	Methods []*session.Method
	Call    stream.Call
	Pump    stream.Pump
	// Trace, if set, makes the Trace of a caller, in the place of that of Call.
	Trace func() *stream.Trace
	// Codec makes a codec, for one goroutine at a time.
	Codec    func() (format.Codec, error)
	Requests Requests
	// Timeout bounds each call; TimeoutError is its cause then.
	Timeout      time.Duration
	TimeoutError error
	// MaxReplies ends a call, well, after so many replies; 0 is no limit.
	MaxReplies int
	// Undecoded has replies counted without a look at their fields. A declared exception of
	// Thrift is no failure then.
	Undecoded bool
	// Expect, if set, fails each call of which it is not true, given the list of its replies.
	Expect *jq.Expr
}

// Caller returns the call of a caller.
func (o *Options) Caller(number int) (bench.Call, error) {
	c := &caller{Options: o, number: number, method: o.Methods[number%len(o.Methods)]}
	var err error
	if c.codec, err = o.Codec(); err != nil {
		return nil, err
	}
	if c.source, err = o.Requests.source(o, number); err != nil {
		return nil, err
	}
	if c.rpc = o.Call; o.Trace != nil {
		c.rpc.Trace = o.Trace()
	}
	return c.call, nil
}

// Preconnect connects for so many callers. atOnce is how many calls the peers take at once on all
// connections together, where they are shared; 0 is any number.
func (o *Options) Preconnect(ctx context.Context, callers int) (atOnce int, err error) {
	var wg sync.WaitGroup
	errs, limits := make([]error, len(o.Methods)), make([]int, len(o.Methods))
	for i, m := range o.Methods {
		wg.Go(func() {
			limits[i], errs[i] = m.Preconnect(ctx, o.Call, (callers+len(o.Methods)-1-i)/len(o.Methods))
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return 0, errs[i]
	}
	for _, n := range limits {
		if n == 0 {
			return 0, nil
		}
		atOnce += n
	}
	return atOnce, nil
}

// UnmetError is an expectation that replies did not meet.
type UnmetError struct {
	Expr    string
	Replies string // a JSON array
	Err     error  // of the expression itself, or nil
}

func (e *UnmetError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("expectation %s: %v", e.Expr, e.Err)
	}
	return fmt.Sprintf("expectation not met: %s, of %s", e.Expr, e.Replies)
}

func (e *UnmetError) Unwrap() error { return e.Err }

// Outcome is KindUnmet.
func (*UnmetError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUnmet} }
