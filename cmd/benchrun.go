package cmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/rpc"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

func runBench(ctx context.Context, std streams, o *benchOptions) error {
	ctx, stop := std.life.bound(ctx, 0)
	defer stop()
	reports, err := o.reports.parse()
	if err != nil {
		return err
	}
	thresholds, err := o.thresholds()
	if err != nil {
		return err
	}
	if err := o.load.check(); err != nil {
		return err
	}
	result, err := o.measure(ctx, std)
	if err != nil {
		return err
	}
	if err := writeReports(std, reports, result); err != nil {
		return err
	}
	return judged(ctx, result, thresholds)
}

// judged is the error of a load that was made and told of.
func judged(ctx context.Context, r *bench.Result, thresholds []*bench.Threshold) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	crossed, err := bench.Check(r, thresholds)
	switch {
	case err != nil:
		return err
	case len(crossed) > 0:
		return &bench.ThresholdError{Crossed: crossed}
	case r.Calls == 0 && r.Failed > 0:
		return &noCallsError{Failed: r.Failed, First: r.First}
	}
	return nil
}

// noCallsError says that no call of a load went well.
type noCallsError struct {
	Failed int64
	First  error
}

func (e *noCallsError) Error() string {
	return fmt.Sprintf("all %d calls failed; the first: %v", e.Failed, e.First)
}

func (e *noCallsError) Unwrap() error { return e.First }

// Outcome is that of the first.
func (e *noCallsError) Outcome() stream.Outcome {
	o := stream.OutcomeOf(e.First)
	return stream.Outcome{Kind: o.Kind, Code: o.Code, Name: o.Name}
}

// measure opens a session, and makes the load.
func (o *benchOptions) measure(ctx context.Context, std streams) (*bench.Result, error) {
	values, err := o.call.options(std)
	if err != nil {
		return nil, err
	}
	s, err := o.call.open(ctx, std, values)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	md, err := o.call.conn.metadata(ctx, std, o.call.request.rpcHeaders...)
	if err != nil {
		return nil, err
	}
	method, err := o.call.resolve(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := o.checkMethod(s, method); err != nil {
		return nil, err
	}
	plan, err := o.load.plan(s.Shares(&method.Method.Method))
	if err != nil {
		return nil, err
	}
	rpcs, err := o.rpcs(ctx, std, method, md)
	if err != nil {
		return nil, err
	}
	std.life.drive(true)
	closeAll, err := o.connect(ctx, std, s, rpcs, &plan)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	if err := o.load.startAt.wait(ctx, std); err != nil {
		return nil, err
	}
	return o.run(ctx, std, s, rpcs, plan)
}

// checkMethod refuses flags that the method or its transport has no place for.
func (o *benchOptions) checkMethod(s *session.Session, m *session.Method) error {
	if err := o.call.checkRequest(m.Method); err != nil {
		return err
	}
	if err := o.call.checkRaw(m.Method); err != nil {
		return err
	}
	switch {
	case o.load.messages > 0 && !m.Type.ClientStreams():
		return usage("--messages: %s is a %s method: its client side does not stream", m.FullName(), m.Type)
	case o.load.connections > 0 && !s.Shares(&m.Method.Method):
		return usage("--connections: calls over %s have a connection each (-c says how many there are at once)", s.Transport(&m.Method.Method))
	case o.load.vary.given() && o.call.isRaw():
		return usage("--vary: with --raw a request has no fields")
	}
	return nil
}

// rpcs are the RPCs of the load, over one connection yet.
func (o *benchOptions) rpcs(ctx context.Context, std streams, m *session.Method, md stream.Metadata) (*rpc.Options, error) {
	call := m.RPC()
	call.Header = md
	if err := m.Prepare(call); err != nil {
		return nil, err
	}
	timeout := time.Duration(o.call.request.timeout)
	r := &rpc.Options{
		Methods: []*session.Method{m}, Call: call, Pump: o.call.request.pump(),
		Codec:   func() (format.Codec, error) { return o.call.codec(m) },
		Timeout: timeout, TimeoutError: &deadlineError{timeout.String()},
		MaxReplies: o.call.request.maxReplies, Undecoded: o.load.noDecode || o.call.isRaw(), Expect: o.call.request.expect.Expr,
	}
	if call.Trace != nil {
		r.Trace = func() *stream.Trace { return o.call.conn.trace(std) }
	}
	var err error
	r.Requests, err = o.requests(ctx, std, m)
	return r, err
}

// maxRequests bounds the requests of a load, in bytes.
const maxRequests = 1 << 30

// requests reads the documents of -d. Without --vary they are encoded once.
func (o *benchOptions) requests(ctx context.Context, std streams, m *session.Method) (rpc.Requests, error) {
	r := rpc.Requests{Random: o.load.order == orderRandom, Seed: o.load.seed, Messages: o.load.messages, Template: o.load.vary.Expr}
	codec, err := o.call.codec(m)
	if err != nil {
		return r, err
	}
	encode := encoder(codec.Encode)
	if r.Template != nil {
		encode = asItIs
		r.Encode = func() (func(dst, document []byte) ([]byte, error), error) {
			codec, err := o.call.codec(m)
			if err != nil {
				return nil, err
			}
			return codec.Encode, nil
		}
	}
	o.call.request.each = !m.Type.ClientStreams() && o.call.request.dataGiven
	in, err := o.call.inputOf(std, m, codec, encode)
	if err != nil {
		return r, err
	}
	defer in.close()
	list, err := await(ctx, func() ([][]byte, error) { return readAll(in.next) })
	switch {
	case err != nil:
		return r, err
	case len(list) == 0:
		return r, &dataError{fmt.Errorf("request data: there is no document")}
	}
	if r.Template != nil {
		r.Documents = list
	} else {
		r.Bodies = list
	}
	return r, nil
}

// asItIs has documents for bodies.
func asItIs(dst, document []byte) ([]byte, error) { return append(dst, document...), nil }

// readAll reads all bodies.
func readAll(next stream.Next) ([][]byte, error) {
	var list [][]byte
	total := 0
	for {
		body, err := next()
		switch {
		case err == io.EOF:
			return list, nil
		case err != nil:
			return nil, err
		}
		if total += len(body); total > maxRequests {
			return nil, &dataError{fmt.Errorf("request data: more than %d MiB", maxRequests>>20)}
		}
		list = append(list, bytes.Clone(body))
	}
}

// connect spreads the load over connections, and makes them.
func (o *benchOptions) connect(ctx context.Context, std streams, s *session.Session, r *rpc.Options, plan *bench.Plan) (closeAll func(), err error) {
	var forks []*session.Session
	closeAll = func() {
		for _, f := range forks {
			_ = f.Close()
		}
	}
	targets := s.Targets()
	n := max(o.load.connections, len(targets))
	if n > 1 {
		method := r.Methods[0]
		r.Methods = nil
		for i := range n {
			f, err := s.Fork(targets[i%len(targets)])
			if err != nil {
				return closeAll, err
			}
			forks = append(forks, f)
			r.Methods = append(r.Methods, f.Bind(method.Method))
		}
	}
	callers := 1
	if first := plan.Stages[0]; !first.Rate {
		callers = max(int(first.From), 1)
	}
	atOnce, err := r.Preconnect(ctx, callers)
	if atOnce == 0 || err != nil {
		return closeAll, err
	}
	plan.InFlight = min(plan.InFlight, atOnce) // what waits for room has not begun
	if most := plan.Callers(); most > atOnce {
		fmt.Fprintf(std.err, "warning: the server takes %d calls at once on %s: other callers wait for room, which is part of their time\n",
			atOnce, map[bool]string{true: "the connection", false: "all connections"}[len(r.Methods) == 1])
	}
	return closeAll, nil
}

// Calls under way at the end of the load may last so long; streams need not end at all.
const (
	drainCalls   = 5 * time.Second
	drainStreams = time.Second
)

// run makes the load.
func (o *benchOptions) run(ctx context.Context, std streams, s *session.Session, r *rpc.Options, plan bench.Plan) (*bench.Result, error) {
	m := r.Methods[0]
	drain := drainCalls
	if m.Type.ServerStreams() {
		drain = drainStreams
	}
	live := newBenchLive(std, &o.call.conn, plan)
	defer live.end()
	result, err := bench.Run(ctx, bench.Load{Plan: plan, Caller: r.Caller, Drain: drain, Endless: m.Type.ServerStreams(), Hopeless: isHopeless, Watch: live.watch})
	if err != nil {
		return nil, err
	}
	result.Target, result.Method, result.Kind = o.call.target, m.FullName(), kindWord(m)
	result.Transport = s.Transport(&m.Method.Method).String()
	if s.Shares(&m.Method.Method) {
		result.Connections = len(r.Methods)
	}
	return result, nil
}

func kindWord(m *session.Method) string {
	if m.Oneway {
		return "oneway"
	}
	return m.Type.String()
}

// isHopeless reports whether a first call failed so that all others would: there is no server, or
// there are no requests.
func isHopeless(err error) bool {
	switch stream.OutcomeOf(err).Kind {
	case stream.KindUsage, stream.KindData, stream.KindIDL:
		return true
	}
	return isUnreachable(err)
}

// wait waits for the time to begin.
func (s *startTime) wait(ctx context.Context, std streams) error {
	if s.text == "" {
		return nil
	}
	left := time.Until(s.at)
	if left < 0 {
		return usage("--start-at %s: that was %s ago", s.text, (-left).Round(time.Second/10))
	}
	fmt.Fprintf(std.err, "* the load begins at %s, in %s\n", s.at.Format(time.RFC3339), left.Round(time.Second/10))
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
