package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Next supplies the next request body and io.EOF after the last. The body is
// valid until the following call.
type Next func() ([]byte, error)

// Emit takes one reply body, valid during the call. ErrEnough says that it was the
// last of interest.
type Emit func(body []byte) error

// ErrEnough is what an Emit returns to end an RPC early: the peer sees a
// cancellation, and Run returns no error.
var ErrEnough = errors.New("no more replies are wanted")

// Pump moves bodies through a Stream. The zero value sends as fast as it can,
// receives until the peer ends the RPC, and waits for ever; the context bounds
// the whole.
type Pump struct {
	// Lockstep waits for a reply before the next request (bidi only). One that
	// came before a request was sent is no reply to it.
	Lockstep bool
	// KeepOpen leaves our side open when the input ends; the RPC then ends
	// when the server ends it.
	KeepOpen bool
	// Interval is the least time between the starts of two sends.
	Interval time.Duration
	// SendTimeout and RecvTimeout bound one message each; 0 is no bound. The
	// one reply to a client that streams is due when the client has ended.
	SendTimeout, RecvTimeout time.Duration
	// NoReply is for methods without a reply (oneway): that none comes is no
	// error.
	NoReply bool
	// Prompt says that Next never waits: no goroutine of its own has to call it where the
	// method takes one document.
	Prompt bool
	// Idle, if set, is called before a Recv that would wait: the time to flush
	// what Emit has buffered.
	Idle func() error
}

// A bidi call that a bad document ends still shows the replies to the documents
// before it: the pump goes on receiving until nothing came for drainQuiet, at
// most drainMax.
const (
	drainQuiet = 200 * time.Millisecond
	drainMax   = 2 * time.Second
)

// CardinalityError says that the peer broke the method's type: it answered a
// single-reply method with none or with several messages.
type CardinalityError struct{ Got int }

func (e *CardinalityError) Error() string {
	if e.Got == 0 {
		return "the peer ended the call well but sent no reply"
	}
	return "the peer sent more than one reply to a method that returns one"
}

// ExtraInputError says that a method whose client side does not stream was
// given a second document.
type ExtraInputError struct{ Type Type }

func (e *ExtraInputError) Error() string {
	return fmt.Sprintf("a %s method takes one document, but the input has more", e.Type)
}

// Run drives one RPC to its end and closes the stream. With a streaming client
// side it returns when the receiving side ends, even while next still blocks.
// An error from next or emit abandons the RPC and is returned as it is, save for
// ErrEnough.
func (p Pump) Run(ctx context.Context, s Stream, t Type, next Next, emit Emit) error {
	r := &run{Pump: p, ctx: ctx, s: s, t: t, next: next, emit: emit}
	r.wait.due = t != Client
	defer s.Close(nil)
	if !t.ClientStreams() {
		if err := r.sendOnly(); err != nil {
			return r.explain(err)
		}
		return r.receive()
	}
	r.credit, r.done = make(chan struct{}, 1), make(chan struct{})
	defer close(r.done)
	go r.sendAll()
	return r.receive()
}

// run is the state of one Pump.Run.
type run struct {
	Pump
	ctx    context.Context
	s      Stream
	t      Type
	next   Next
	emit   Emit
	done   chan struct{} // closed when the receiving side has ended; for the sending side
	credit chan struct{} // lockstep: one token a reply
	only   []byte        // the reply of a method that returns one
	wait   recvWait
	begun  time.Time // when the last send began; of the sending side

	mu       sync.Mutex
	cause    error // why we abandoned the RPC, if we did
	draining bool
	replied  time.Time // when the last reply came; guarded by mu
}

// blame records why the RPC is going to be given up, the first time.
func (r *run) blame(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil {
		r.cause = cause
	}
}

// abandon records why the RPC is given up, and gives it up.
func (r *run) abandon(cause error) {
	r.blame(cause)
	_ = r.s.Close(cause)
}

// explain replaces the error that abandoning caused by its reason, unless the
// stream has more to say about that.
func (r *run) explain(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause != nil && !errors.Is(err, r.cause) {
		return r.cause
	}
	return err
}

// sendOnly sends the one request of a method whose client side does not
// stream. The input is read to its end first, so that nothing leaves when it
// is not exactly one document.
func (r *run) sendOnly() error {
	body, err := r.onlyBody()
	if err != nil {
		return err
	}
	err = r.timed("send", r.SendTimeout, func() error { return r.s.Send(body) })
	if err == nil {
		err = r.s.CloseSend()
	}
	if err == io.EOF {
		return nil // Recv says why
	}
	return err
}

// onlyBody reads the input in a goroutine of its own where it may have to wait: a context
// that ends must not wait for a terminal.
func (r *run) onlyBody() ([]byte, error) {
	if r.Prompt {
		return r.readOnly()
	}
	type result struct {
		body []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		body, err := r.readOnly()
		read <- result{body, err}
	}()
	select {
	case got := <-read:
		return got.body, got.err
	case <-r.ctx.Done():
		return nil, context.Cause(r.ctx)
	}
}

// readOnly reads the one document that the input may have; no input is an empty
// message.
func (r *run) readOnly() ([]byte, error) {
	body, err := r.next()
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	body = append([]byte(nil), body...)
	switch _, second := r.next(); second {
	case nil:
		return nil, &ExtraInputError{r.t}
	case io.EOF:
		return body, nil
	default:
		return nil, second
	}
}

// sendAll sends every request and then half-closes.
func (r *run) sendAll() {
	defer r.wait.begin()
	for n := 0; ; n++ {
		body, err := r.next()
		if err == io.EOF {
			if !r.KeepOpen {
				_ = r.s.CloseSend() // an error shows on the receiving side
			}
			return
		}
		if err != nil {
			r.blame(err) // whatever else may happen until it is abandoned
			r.drain()
			r.abandon(err)
			return
		}
		if !r.pace(n) {
			return
		}
		err = r.timed("send", r.SendTimeout, func() error { return r.s.Send(body) })
		if err == io.EOF {
			return // the receiving side sees why the peer has finished
		}
		if err != nil {
			r.abandon(err)
			return
		}
	}
}

// pace waits until request n may leave: for the interval and, in lockstep, for the
// reply to request n-1. It reports false when the RPC ended meanwhile.
func (r *run) pace(n int) bool {
	if n > 0 && r.Interval > 0 {
		select {
		case <-time.After(time.Until(r.begun.Add(r.Interval))):
		case <-r.done:
			return false
		}
	}
	if n > 0 && r.Lockstep && r.t == Bidi {
		select {
		case <-r.credit:
		case <-r.done:
			return false
		}
	}
	select {
	case <-r.credit: // of a reply that nobody had asked for
	default:
	}
	r.begun = time.Now()
	return true
}

// drain waits until the replies to what was sent have probably all come.
func (r *run) drain() {
	if !r.t.ServerStreams() {
		return
	}
	start := time.Now()
	r.mu.Lock()
	r.draining, r.replied = true, start
	r.mu.Unlock()
	for time.Since(start) < drainMax {
		r.mu.Lock()
		wait := drainQuiet - time.Since(r.replied)
		r.mu.Unlock()
		if wait <= 0 {
			return
		}
		select {
		case <-time.After(wait):
		case <-r.done:
			return
		}
	}
}

// receive emits replies until the RPC ends.
func (r *run) receive() error {
	for n := 0; ; n++ {
		if err := r.idle(); err != nil {
			return err
		}
		body, err := r.recv()
		if err != nil {
			return r.finish(n, r.explain(err))
		}
		if !r.t.ServerStreams() {
			if n > 0 {
				return &CardinalityError{n + 1}
			}
			r.only = append(make([]byte, 0, len(body)), body...)
			continue
		}
		if err := r.emit(body); err != nil {
			return unlessEnough(err)
		}
		r.note()
	}
}

// idle calls Idle unless the stream says that a reply is already there.
func (r *run) idle() error {
	if r.Idle == nil || r.s.Ready() {
		return nil
	}
	return r.Idle()
}

// finish judges the end of an RPC after n replies. The one reply of a method that
// does not stream counts only now that the RPC has ended well.
func (r *run) finish(n int, err error) error {
	switch {
	case err != io.EOF:
		return err
	case r.t.ServerStreams(), n == 0 && r.NoReply:
		return nil
	case n == 0:
		return &CardinalityError{0}
	}
	return unlessEnough(r.emit(r.only))
}

// unlessEnough is the error of an RPC that emit has ended.
func unlessEnough(err error) error {
	if err == ErrEnough {
		return nil
	}
	return err
}

// note tells the sending side that a reply came.
func (r *run) note() {
	if r.credit == nil {
		return
	}
	if r.Lockstep {
		select {
		case r.credit <- struct{}{}:
		default:
		}
	}
	r.mu.Lock()
	if r.draining {
		r.replied = time.Now()
	}
	r.mu.Unlock()
}
