package rpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/rpc"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// options are those of a method of the demo server, with documents for requests.
func options(t testing.TB, method string, documents ...string) *rpc.Options {
	t.Helper()
	s, err := session.Open(t.Context(), session.Options{Target: session.Demo})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	m, err := s.Method(t.Context(), method)
	if err != nil {
		t.Fatal(err)
	}
	o := &rpc.Options{Methods: []*session.Method{m}, Call: m.RPC(), Codec: m.Codec}
	codec, err := m.Codec()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range documents {
		body, err := codec.Encode(nil, []byte(d))
		if err != nil {
			t.Fatal(err)
		}
		o.Requests.Bodies = append(o.Requests.Bodies, body)
		o.Requests.Documents = append(o.Requests.Documents, []byte(d))
	}
	o.Requests.Encode = func() (func(dst, document []byte) ([]byte, error), error) {
		codec, err := m.Codec()
		if err != nil {
			return nil, err
		}
		return codec.Encode, nil
	}
	return o
}

func load(t testing.TB, o *rpc.Options, callers int, calls int64) *bench.Result {
	t.Helper()
	plan := bench.Plan{Stages: []bench.Stage{{From: float64(callers), To: float64(callers)}}, Calls: calls}
	r, err := bench.Run(t.Context(), bench.Load{Plan: plan, Caller: o.Caller, Drain: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// messages is how many times of messages there are.
func messages(t testing.TB, r *bench.Result) int64 {
	t.Helper()
	times, err := r.Times(nil)
	if err != nil {
		t.Fatal(err)
	}
	return times.Messages.Count()
}

// TestKinds has a load of each kind, with the messages that it should have.
func TestKinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method                   string
		documents                []string
		messages                 int
		sent, received, measured int64 // of 20 calls
	}{
		"unary":       {"pb.StreamingService/UnaryEcho", []string{`{"message": "hi"}`}, 0, 20, 20, 0},
		"server":      {"ServerStream/Pow", []string{`{"number": 2}`}, 0, 20, 200, 200},
		"client":      {"ClientStream/Sum", []string{`{"data": 1}`, `{"data": 2}`}, 0, 40, 20, 40},
		"client long": {"ClientStream/Sum", []string{`{"data": 1}`}, 5, 100, 20, 100},
		"bidi":        {"stream.BidirectionalStreamServer/Sqrt", []string{`{"number": 1}`, `{"number": 2}`, `{"number": 3}`}, 0, 60, 60, 60},
		"thrift":      {"Shop/Add", []string{`{"a": 1, "b": 2}`}, 0, 20, 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, c.method, c.documents...)
			o.Requests.Messages = c.messages
			r := load(t, o, 3, 20)
			if r.Calls != 20 || r.Failed != 0 || r.Sent.Messages != c.sent || r.Received.Messages != c.received || messages(t, r) != c.measured {
				t.Errorf("%d calls, %v failed, sent %d, received %d, measured %d", r.Calls, r.Failures, r.Sent.Messages, r.Received.Messages, messages(t, r))
			}
		})
	}
}

// echoed are the replies of calls one after the other.
func echoed(t *testing.T, o *rpc.Options, calls int64) []string {
	t.Helper()
	var replies []string
	o.Expect = nil
	codec := o.Codec
	o.Codec = func() (format.Codec, error) {
		c, err := codec()
		return &keeping{c, &replies}, err
	}
	if r := load(t, o, 1, calls); r.Failed > 0 {
		t.Fatal(r.Failures)
	}
	return replies
}

// keeping keeps what is decoded.
type keeping struct {
	format.Codec
	replies *[]string
}

func (k *keeping) Decode(dst, body []byte) ([]byte, error) {
	text, err := k.Codec.Decode(dst, body)
	var reply struct{ Message string }
	if err == nil {
		err = json.Unmarshal(text, &reply)
	}
	*k.replies = append(*k.replies, reply.Message)
	return text, err
}

// TestLongBidi has more messages than replies may be waited for at a time: each is timed all the same.
func TestLongBidi(t *testing.T) {
	t.Parallel()
	o := options(t, "stream.BidirectionalStreamServer/Sqrt", `{"number": 4}`)
	o.Requests.Messages, o.Pump.Lockstep = 70_000, true
	r := load(t, o, 1, 1)
	times, err := r.Times(nil)
	if err != nil || r.Failed > 0 || times.Messages.Count() != 70_000 || times.Messages.Min() < time.Microsecond {
		t.Errorf("%d messages, the quickest in %v: %+v, %v", times.Messages.Count(), times.Messages.Min(), r.Failures, err)
	}
}

func TestInTurn(t *testing.T) {
	t.Parallel()
	o := options(t, "pb.StreamingService/UnaryEcho", `{"message": "a"}`, `{"message": "b"}`, `{"message": "c"}`)
	if got := strings.Join(echoed(t, o, 7), ""); got != "abcabca" {
		t.Errorf("requests came in the order %s", got)
	}
}

func TestRandom(t *testing.T) {
	t.Parallel()
	var documents []string
	for i := range 26 {
		documents = append(documents, fmt.Sprintf(`{"message": "%c"}`, 'a'+i))
	}
	order := func(seed uint64) string {
		o := options(t, "pb.StreamingService/UnaryEcho", documents...)
		o.Requests.Random, o.Requests.Seed = true, seed
		return strings.Join(echoed(t, o, 30), "")
	}
	if a, b, c := order(1), order(1), order(2); a != b || a == c || strings.HasPrefix(a, "abcd") {
		t.Errorf("orders %s, %s and %s", a, b, c)
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	compile := func(o *rpc.Options, text string) {
		var err error
		if o.Requests.Template, err = jq.Compile(text, rpc.Variables[:]...); err != nil {
			t.Fatal(err)
		}
	}
	o := options(t, "pb.StreamingService/UnaryEcho", `{"message": "m"}`)
	compile(o, `.message += "\($n) \($i) \($caller) \($random >= 0 and $random < 1) \($uuid | test("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"))"`)
	if got := echoed(t, o, 3); strings.Join(got, ",") != "m0 0 0 true true,m1 0 0 true true,m2 0 0 true true" {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]string{
		"empty": "makes nothing", "., .": "more than one document", `.message = 1`: "expected a string", `error("no")`: "no",
	} {
		o := options(t, "pb.StreamingService/UnaryEcho", `{"message": "m"}`)
		compile(o, text)
		r := load(t, o, 1, 2)
		if r.Failed != 2 || !strings.Contains(r.Failures[0].Example, want) {
			t.Errorf("%s: %+v", text, r.Failures)
		}
	}
}

func TestExpect(t *testing.T) {
	t.Parallel()
	o := options(t, "ServerStream/Pow", `{"number": 3}`)
	for text, failed := range map[string]int64{"length == 10": 0, "length == 9": 4, ".[0].x.y": 4} {
		var err error
		if o.Expect, err = jq.Compile(text); err != nil {
			t.Fatal(err)
		}
		if r := load(t, o, 1, 4); r.Failed != failed {
			t.Errorf("%s: %d failed: %+v", text, r.Failed, r.Failures)
		} else if failed > 0 && (r.Failures[0].Kind != "unmet" || !errors.As(r.First, new(*rpc.UnmetError))) {
			t.Errorf("%s: %+v", text, r.Failures)
		}
	}
}

func TestMaxReplies(t *testing.T) {
	t.Parallel()
	o := options(t, "ServerStream/Pow", `{"number": 3}`)
	o.MaxReplies = 4
	if r := load(t, o, 2, 10); r.Failed != 0 || r.Received.Messages != 40 {
		t.Errorf("%d replies, %+v", r.Received.Messages, r.Failures)
	}
}

type tooLateError struct{}

func (tooLateError) Error() string           { return "too late" }
func (tooLateError) Is(target error) bool    { return target == context.DeadlineExceeded }
func (tooLateError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindDeadline} }

func TestTimeout(t *testing.T) {
	t.Parallel()
	o := options(t, "pb.StreamingService/UnaryEcho", `{"message": "m"}`)
	o.Timeout, o.TimeoutError = time.Nanosecond, tooLateError{}
	r := load(t, o, 2, 5)
	if r.Failed != 5 || len(r.Failures) != 1 || r.Failures[0].Kind != "deadline" {
		t.Errorf("%+v", r.Failures)
	}
}

// TestConnections has callers on forks of a session.
func TestConnections(t *testing.T) {
	t.Parallel()
	o := options(t, "pb.StreamingService/UnaryEcho", `{"message": "m"}`)
	s, err := session.Open(t.Context(), session.Options{Target: session.Demo})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, err := s.Method(t.Context(), "pb.StreamingService/UnaryEcho")
	if err != nil {
		t.Fatal(err)
	}
	var dialed atomic.Int64
	o.Methods = nil
	for range 4 {
		f, err := s.Fork()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		o.Methods = append(o.Methods, f.Bind(m.Method))
	}
	o.Trace = func() *stream.Trace {
		return &stream.Trace{Dialed: func(string, string, time.Duration, error) { dialed.Add(1) }}
	}
	if _, err := o.Preconnect(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	if r := load(t, o, 8, 200); r.Failed != 0 || r.Calls != 200 {
		t.Errorf("%+v", r.Failures)
	}
	if n := dialed.Load(); n > 0 {
		t.Errorf("%d calls connected", n)
	}
}

func BenchmarkUnary(b *testing.B) {
	o := options(b, "pb.StreamingService/UnaryEcho", `{"message": "hi"}`)
	b.ReportAllocs()
	load(b, o, 50, int64(b.N))
}
