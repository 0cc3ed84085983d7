package rpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// caller makes one call after another.
type caller struct {
	*Options
	number int
	method *session.Method
	rpc    stream.Call
	codec  format.Codec // of replies
	source source
	reply  []byte // the text of the last one
}

func (c *caller) call(ctx context.Context, n int64, m *bench.Meter) error {
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.Timeout, c.TimeoutError)
		defer cancel()
	}
	t := c.rpc.Method.Type
	one := &rpc{caller: c, ctx: ctx, meter: *m, number: n, streams: t != stream.Unary}
	x := session.Exchange{Pump: c.Pump, Next: one.next, Emit: one.emit}
	x.Prompt = true
	if one.streams {
		one.last = time.Now()
	}
	err := c.method.Run(ctx, c.rpc, x)
	if err == nil && c.Expect != nil {
		err = one.judge(ctx)
	}
	return err
}

// rpc is one call.
type rpc struct {
	*caller
	ctx     context.Context //nolint:containedctx // of this call, for expressions
	meter   bench.Meter
	number  int64
	streams bool

	// Of the sending side.
	made  int
	begun time.Time // when the last request was handed over

	// Of the receiving side.
	replies int
	list    []byte    // of replies, for Expect: a JSON array but for its end
	last    time.Time // when the last reply came

	waiting waiting
}

// next supplies the requests.
func (r *rpc) next() ([]byte, error) {
	if r.streams {
		r.handedOver()
	}
	body, err := r.source.body(r.ctx, r.number, r.made)
	if err != nil {
		return nil, err
	}
	r.made++
	r.meter.Sent(len(body))
	if r.streams {
		r.begun = time.Now()
		if r.rpc.Method.Type == stream.Bidi {
			r.waiting.push(r.begun)
		}
	}
	return body, nil
}

// handedOver takes note of a request of a client stream: the transport has taken it, and what there
// was to wait for of the peer is over.
func (r *rpc) handedOver() {
	if r.made > 0 && r.rpc.Method.Type == stream.Client {
		r.meter.Message(time.Since(r.begun))
	}
}

// emit takes a reply. In a bidi stream the n-th is taken for that to the n-th request, as long as
// there is one; other replies are measured from the one before.
func (r *rpc) emit(body []byte) error {
	r.meter.Received(len(body))
	if r.streams && r.rpc.Method.Type.ServerStreams() {
		now := time.Now()
		since := r.last
		if sent, ok := r.waiting.pop(); ok {
			since = sent
		}
		r.meter.Message(now.Sub(since))
		r.last = now
	}
	r.replies++
	if !r.Undecoded {
		if err := r.decode(body); err != nil {
			return err
		}
	}
	if r.replies == r.MaxReplies {
		return stream.ErrEnough
	}
	return nil
}

func (r *rpc) decode(body []byte) (err error) {
	if r.reply, err = r.codec.Decode(r.reply[:0], body); err != nil || r.Expect == nil {
		return err
	}
	if len(r.list)+len(r.reply) > maxExpected {
		return errTooMuch
	}
	if len(r.list) == 0 {
		r.list = append(r.list, '[')
	} else {
		r.list = append(r.list, ',')
	}
	r.list = append(r.list, r.reply...)
	return nil
}

// maxExpected bounds the replies of one call that an expectation is about, in bytes.
const maxExpected = 16 << 20

var errTooMuch = errors.New("the replies of one call are too long for an expectation (16 MiB)")

// judge holds the replies against Expect.
func (r *rpc) judge(ctx context.Context) error {
	if len(r.list) == 0 {
		r.list = append(r.list, '[')
	}
	replies := append(r.list, ']')
	held, err := r.Expect.HoldsAll(ctx, replies)
	if held && err == nil {
		return nil
	}
	return &UnmetError{Expr: r.Expect.String(), Replies: string(replies[:min(len(replies), 300)]), Err: err}
}

// waiting are the times of requests whose replies have not come.
type waiting struct {
	mu    sync.Mutex
	sent  []time.Time
	first int  // of sent that waits
	lost  bool // there were too many: nobody knows any more which reply is whose
}

// maxWaiting is how many there may be: a server that has answered none of so many does not answer
// each.
const maxWaiting = 1 << 16

func (w *waiting) push(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost = w.lost || len(w.sent)-w.first >= maxWaiting; w.lost {
		w.sent, w.first = nil, 0
		return
	}
	if w.first > 0 && len(w.sent) == cap(w.sent) { // there is room where others have waited
		w.sent = append(w.sent[:0], w.sent[w.first:]...)
		w.first = 0
	}
	w.sent = append(w.sent, t)
}

func (w *waiting) pop() (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == len(w.sent) {
		return time.Time{}, false
	}
	w.first++
	return w.sent[w.first-1], true
}
