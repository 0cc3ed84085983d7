package cmd

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// many makes calls, some of them at once.
type many struct {
	*callOptions
	std    streams
	method *session.Method
	cancel context.CancelCauseFunc
	stop   func()      // reading the input
	over   func() bool // the command itself is
	line   commandLine

	mu      sync.Mutex
	made    int   // calls that have ended
	failed  int   // of them
	first   error // of the first that failed
	fatal   error // there is nothing more to call for
	stopped bool  // no further call is to be made
}

// driveMany makes a call for each job, at most --parallel at once. A call that fails is
// told when it is its turn, and stops no other.
func (o *callOptions) driveMany(ctx context.Context, std streams, method *session.Method, rpc stream.Call, out io.Writer) error {
	next, in, err := o.jobs(std, method)
	if err != nil {
		return err
	}
	defer in.close()
	std.life.drive(true)
	command := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	m := &many{callOptions: o, std: std, method: method, cancel: cancel, line: std.inside.line(o.flags)}
	m.line.told = map[string]bool{}
	m.over = func() bool { return command.Err() != nil }
	turns, release := newTurns(ctx, out, m.ended)
	defer release()
	callers, err := m.callers(ctx, rpc)
	if err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	m.stop = stop
	s := &supply{many: m, ctx: reading, jobs: next, turns: turns, wait: m.pace(reading)}
	var all sync.WaitGroup
	for _, c := range callers[1:] {
		all.Go(func() { c.work(ctx, s) })
	}
	callers[0].work(ctx, s)
	all.Wait()
	return m.result(s.err)
}

// callers are as many as there may be calls at once.
func (m *many) callers(ctx context.Context, rpc stream.Call) ([]*caller, error) {
	callers := make([]*caller, m.request.parallel)
	for i := range callers {
		c := &caller{many: m, rpc: rpc}
		if i > 0 {
			c.rpc.Trace = m.conn.trace(m.std)
		}
		codec, err := m.codec(m.method)
		if err != nil {
			return nil, err
		}
		c.replies = newReplies(ctx, m.std, c, m.method, codec, m.callOptions)
		callers[i] = c
	}
	return callers, nil
}

// supply gives jobs to callers that have made their last one, until there are no more, or
// reading them has come to an end. A caller that keeps its goroutine keeps its stack, too:
// a new one for each call grew it each time, for a fifth of all CPU.
type supply struct {
	*many
	ctx   context.Context //nolint:containedctx // reading ends with it
	jobs  jobs
	turns *turns
	wait  func() // until the next call may begin

	mu   sync.Mutex
	over bool
	err  error // with which reading ended, nil where nothing more was wanted
}

// take has c take the next job, with its turn; false is the end of all.
func (s *supply) take(c *caller) (job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.isStopped() || c.replies.wanted.settled {
		s.over = true
		return job{}, false
	}
	j, err := s.jobs.await(s.ctx)
	if s.isStopped() || err != nil {
		s.over, s.err = true, err
		return job{}, false
	}
	s.wait()
	c.turn = s.turns.take(j.document)
	return j, true
}

// pace returns what waits until the next call may begin: --interval after the one before. A
// stream of the client paces its own messages.
func (m *many) pace(ctx context.Context) (wait func()) {
	interval := time.Duration(m.request.interval)
	if interval == 0 || m.method.Type.ClientStreams() {
		return func() {}
	}
	var next time.Time
	return func() {
		select {
		case <-ctx.Done(): // the call ends at once
		case <-time.After(time.Until(next)):
		}
		next = time.Now().Add(interval)
	}
}

// caller makes one call after another.
type caller struct {
	*many
	rpc     stream.Call
	replies *replies
	turn    *turn // of the call that is made
}

// Write is how replies reach their turn.
func (c *caller) Write(p []byte) (int, error) { return c.turn.Write(p) }

// work makes calls for as long as there are jobs.
func (c *caller) work(ctx context.Context, s *supply) {
	for j, ok := s.take(c); ok; j, ok = s.take(c) {
		c.call(ctx, j)
	}
}

func (c *caller) call(ctx context.Context, j job) {
	defer j.close()
	c.replies.document = j.document
	c.turn.end(c.method.Run(ctx, c.rpc, c.exchange(c.replies, j.input)))
}

// ended takes note of a call, in the order of the input.
func (m *many) ended(document int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made++
	if err == nil || m.fatal != nil {
		return
	}
	if m.endsAll(err) {
		m.fatal, m.stopped = err, true
		m.cancel(err)
		return // and so does reading
	}
	err = m.method.Detailed(err)
	if m.failed++; m.first == nil {
		m.first = err
	}
	if m.request.failFast || isUnreachable(err) || m.over() {
		m.stopped = true
		m.stop()
	}
	report(m.std.err, m.conn.errorFormat, &documentError{document, err}, m.line)
}

// endsAll reports whether the error of a call is one of the whole command. When its time is
// up, each call that has not ended is told, since one after it may have.
func (m *many) endsAll(err error) bool {
	switch stream.OutcomeOf(err).Kind {
	case stream.KindUsage:
		return !is[*filterError](err)
	case stream.KindInterrupted, stream.KindData:
		return true
	case stream.KindDeadline:
		return isOutput(err)
	}
	return isOutput(err) || m.over()
}

// isUnreachable reports whether no connection came about: the next call would meet the
// same.
func isUnreachable(err error) bool { return is[*call.ConnectError](err) && call.NotServed(err) }

func (m *many) isStopped() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stopped
}

// result is the error of the command. read is that with which the input ended.
func (m *many) result(read error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.fatal
	if err == nil && read != io.EOF && !m.stopped {
		err = read
	}
	if m.failed == 0 {
		return err
	}
	if err != nil {
		report(m.std.err, m.conn.errorFormat, err, m.line)
	}
	return &failedCallsError{First: m.first, Failed: m.failed, Made: m.made, Stopped: m.stopped}
}

// documentError is the error of the call for one document of many.
type documentError struct {
	document int
	err      error
}

func (e *documentError) Error() string { return fmt.Sprintf("document %d: %v", e.document, e.err) }
func (e *documentError) Unwrap() error { return e.err }

// failedCallsError says that some of many calls failed, each of which has been told.
type failedCallsError struct {
	First        error
	Failed, Made int
	Stopped      bool // before the end of the input
}

func (e *failedCallsError) Error() string {
	text := fmt.Sprintf("%d of %d calls failed", e.Failed, e.Made)
	if e.Stopped {
		text += "; no further ones were made"
	}
	return text
}

// Outcome is that of the first. It is not unwrapped: what there is to say of it has been
// said.
func (e *failedCallsError) Outcome() stream.Outcome {
	o := stream.OutcomeOf(e.First)
	return stream.Outcome{Kind: o.Kind, Code: o.Code, Name: o.Name}
}
