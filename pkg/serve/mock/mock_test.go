package mock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/mock"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

func open(t testing.TB, texts ...string) idl.Schema {
	t.Helper()
	var o load.Options
	for i, text := range texts {
		name := fmt.Sprintf("f%d.proto", i)
		if !strings.Contains(text, "syntax") {
			name = fmt.Sprintf("f%d.thrift", i)
		}
		o.Strings = append(o.Strings, load.Text{Name: name, Text: text})
	}
	schema, err := load.Files(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = schema.Close(nil) })
	return schema
}

// rpc is a serve.ServerStream with JSON bodies, which Connect has.
type rpc struct {
	method          string
	typ             stream.Type
	requests        []string
	at              int
	replies         []string
	header, trailer stream.Metadata
	sentHeader      stream.Metadata
}

func (r *rpc) Method() stream.Method {
	return stream.Method{Service: "shop.Shop", Name: r.method, Type: r.typ, Protocol: stream.JSON}
}
func (*rpc) Peer() serve.Peer {
	return serve.Peer{Addr: &net.UnixAddr{Name: "peer"}, Transport: "test"}
}
func (r *rpc) Header() stream.Metadata { return r.header }
func (*rpc) Metainfo() (transient, persistent stream.Metadata) {
	return stream.Metadata{{Name: "T", Value: "1"}}, nil
}
func (*rpc) Stop() {}

func (r *rpc) Recv() ([]byte, error) {
	if r.at == len(r.requests) {
		return nil, io.EOF
	}
	r.at++
	return []byte(r.requests[r.at-1]), nil
}

func (r *rpc) SendHeader(md stream.Metadata) error { r.sentHeader = md; return nil }
func (r *rpc) SetTrailer(md stream.Metadata) error { r.trailer = md; return nil }

func (r *rpc) Send(body []byte) error {
	r.replies = append(r.replies, string(body))
	return nil
}

// play answers one RPC by a script, and tells its replies and its end.
func play(ctx context.Context, m *mock.Mock, r *rpc) string {
	asked := r.Method()
	handle, err := m.Find(&asked)
	if err == nil {
		err = handle(ctx, r)
	}
	text := strings.Join(r.replies, " ")
	if err != nil {
		o := stream.OutcomeOf(err)
		text = strings.TrimSpace(fmt.Sprintf("%s !%d %s", text, o.Code, o.Message))
	}
	return text
}

func scripted(t *testing.T, o mock.Options, rules string) *mock.Mock {
	t.Helper()
	script, err := mock.Read("rules.yaml", []byte("rules:\n"+rules))
	if err != nil {
		t.Fatal(err)
	}
	m := mock.New(o)
	if err := m.Use(t.Context(), open(t, shop), script); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestRules: what a rule answers to requests, in every streaming kind.
func TestRules(t *testing.T) {
	t.Parallel()
	all := []string{`{"id":"1"}`, `{"id":"2"}`, `{"id":"3"}`}
	for _, tt := range []struct {
		name, rules, method string
		requests            []string
		want                string
	}{
		{"no rule", `- {method: Watch, reply: {}}`, "Find", all[:1], `{"id":"1"}`},
		{"reply", `- {method: Find, reply: {name: hat}}`, "Find", all[:1], `{"name":"hat"}`},
		{"of all services", `- {method: "*", reply: {left: 1}}`, "Find", all[:1], `{"left":1}`},
		{"of the service", `- {method: Shop/*, reply: {left: 1}}`, "Find", all[:1], `{"left":1}`},
		{"the first that fits", "- {method: Find, when: .request.id == 2, reply: {left: 2}}\n- {method: Find, when: .request.id == 1, reply: {left: 1}}", "Find", all[:1], `{"left":1}`},
		{"metadata", `- {method: Find, when: '.header.a == ["1", "2"] and .transient.T == "1" and .peer == "peer"', reply: {left: 1}}`, "Find", all[:1], `{"left":1}`},
		{"compute", `- {method: Find, compute: "{id: (.request.id + 9007199254740992), name: .method}"}`, "Find", all[:1], `{"id":"9007199254740993","name":"shop.Shop/Find"}`},
		{"compute nothing", `- {method: Find, compute: empty}`, "Find", all[:1], `!0 rules.yaml:2:27: compute: the expression has no output, where the method has one reply`},
		{"compute what does not fit", `- {method: Find, compute: "{idd: 1}"}`, "Find", all[:1], `!0 encode the reply: unknown field "idd" in shop.Item`},
		{"compute fails", `- {method: Find, compute: error("no")}`, "Find", all[:1], `!0 rules.yaml:2:27: compute: error: no`},
		{"only a header", `- {method: Find, header: {a: b}}`, "Find", all[:1], `{"id":"1"}`},
		{"status", `- {method: Find, status: ALREADY_EXISTS}`, "Find", all[:1], `!6`},
		{"status and message", `- {method: Find, status: {code: 7, message: no}}`, "Find", all[:1], `!7 no`},
		{"two requests", `- {method: Find, reply: {}}`, "Find", all[:2], `!12 the method takes one request, but there are more`},
		{"no request", `- {method: Find, reply: {}}`, "Find", nil, `!12 the method takes one request, but there is none`},
		{"a stream", `- {method: Watch, replies: [{left: 1}, {left: 2}], repeat: 2}`, "Watch", all[:1], `{"left":1} {"left":2} {"left":1} {"left":2}`},
		{"a stream of nothing", `- {method: Watch, replies: []}`, "Watch", all[:1], ``},
		{"a stream of nothing for ever", `- {method: Watch, replies: [], repeat: forever}`, "Watch", all[:1], ``},
		{"a stream, computed", `- {method: Watch, compute: "range(3) | {left: .}"}`, "Watch", all[:1], `{} {"left":1} {"left":2}`},
		{"a stream that fails", `- {method: Watch, reply: {left: 1}, status: ABORTED}`, "Watch", all[:1], `{"left":1} !10`},
		{"client stream, usual", `- {method: Watch, reply: {}}`, "Sum", all, `{"id":"3"}`},
		{"client stream", `- {method: Sum, initial-state: 0, each: {state: .state + .request.id}, compute: "{id: .state, left: .count}"}`, "Sum", all, `{"id":"6","left":3}`},
		{"client stream without requests", `- {method: Sum, initial-state: 0, each: {state: .state + .request.id}, compute: "{id: .state}"}`, "Sum", nil, `{}`},
		{"client stream that is refused", `- {method: Sum, each: [{when: .request.id == 2, status: OUT_OF_RANGE}], reply: {}}`, "Sum", all, `!11`},
		{"bidi, usual", `- {method: Watch, reply: {}}`, "Chat", all, `{"id":"1"} {"id":"2"} {"id":"3"}`},
		{"bidi, each", `- {method: Chat, each: "{left: .request.id}", reply: {name: bye}}`, "Chat", all, `{"left":1} {"left":2} {"left":3} {"name":"bye"}`},
		{"bidi, with a first request that counts", `- {method: Chat, when: .request.id == 1, each: "{left: .count}"}`, "Chat", all, `{"left":1} {"left":2} {"left":3}`},
		{"bidi, some answered", `- {method: Chat, each: [{when: .request.id == 2, reply: {left: 2}}]}`, "Chat", all, `{"left":2}`},
		{"bidi, by itself", `- {method: Chat, replies: [{left: 1}, {left: 2}]}`, "Chat", all, `{"left":1} {"left":2}`},
		{"bidi, ended in the middle", `- {method: Chat, each: [{when: .request.id == 2, status: {code: 9, message: two}}, {state: .count}]}`, "Chat", all, `!9 two`},
	} {
		m := scripted(t, mock.Options{}, tt.rules)
		typ := stream.Bidi
		r := &rpc{method: tt.method, typ: typ, requests: tt.requests, header: stream.Metadata{{Name: "a", Value: "1"}, {Name: "a", Value: "2"}}}
		if got := play(t.Context(), m, r); got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestTimes: a rule that counts is used up, also by calls at the same time.
func TestTimes(t *testing.T) {
	t.Parallel()
	m := scripted(t, mock.Options{}, "- {method: Find, times: 30, reply: {left: 1}}\n- {method: Find, reply: {left: 2}}")
	var mu sync.Mutex
	var all sync.WaitGroup
	count := map[string]int{}
	for range 100 {
		all.Go(func() {
			got := play(t.Context(), m, &rpc{method: "Find", typ: stream.Bidi, requests: []string{"{}"}})
			mu.Lock()
			defer mu.Unlock()
			count[got]++
		})
	}
	all.Wait()
	if count[`{"left":1}`] != 30 || count[`{"left":2}`] != 70 {
		t.Error(count)
	}
}

// TestWaiting: delays and intervals take their time, and end with the RPC.
func TestWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := scripted(t, mock.Options{}, "- {method: Watch, delay: 1s, replies: [{left: 1}, {left: 2}], interval: 10s, repeat: 2}\n- {method: Find, delay: 1h}")
		begun := time.Now()
		play(t.Context(), m, &rpc{method: "Watch", typ: stream.Bidi, requests: []string{"{}"}})
		if took := time.Since(begun); took != 31*time.Second {
			t.Errorf("took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun = time.Now()
		got := play(ctx, m, &rpc{method: "Find", typ: stream.Bidi, requests: []string{"{}"}})
		if took := time.Since(begun); got != "!4 context deadline exceeded" || took > time.Minute+time.Second {
			t.Errorf("%s after %v", got, took)
		}
	})
}

// TestLog: every call is told, with what it was, also one of no method.
func TestLog(t *testing.T) {
	t.Parallel()
	var told []string
	m := scripted(t, mock.Options{Log: func(e *mock.Entry) {
		text, _ := json.Marshal([]any{e.Method, e.Rule, e.Requests, e.Replies, e.Received, e.Sent, e.Outcome.Code})
		told = append(told, string(text))
	}}, `- {method: Chat, name: chat, each: "{left: .count}", status: {code: 5, message: bye}}`)
	play(t.Context(), m, &rpc{method: "Chat", typ: stream.Bidi, requests: []string{`{"id":"1"}`, `{}`}})
	play(t.Context(), m, &rpc{method: "Missing", typ: stream.Bidi})
	many := make([]string, 200)
	for i := range many {
		many[i] = `{}`
	}
	play(t.Context(), m, &rpc{method: "Sum", typ: stream.Bidi, requests: many})
	want := []string{
		`["shop.Shop/Chat","chat",[{"id":1},{}],[{"left":1},{"left":2}],2,2,5]`,
		`["shop.Shop/Missing","",null,null,0,0,1]`,
	}
	if len(told) != 3 || told[0] != want[0] || told[1] != want[1] || strings.Count(told[2], "{}") != 101 || !strings.HasSuffix(told[2], ",200,1,0]") {
		t.Errorf("%s", strings.Join(told, "\n"))
	}
}

// TestUse: a script that does not fit changes nothing.
func TestUse(t *testing.T) {
	t.Parallel()
	m := scripted(t, mock.Options{}, `- {method: Find, reply: {left: 1}}`)
	bad, err := mock.Read("bad.yaml", []byte(`rules: [{method: Find, reply: {lfet: 1}}]`))
	if err != nil {
		t.Fatal(err)
	}
	err = m.Use(t.Context(), open(t, shop), bad)
	if _, ok := errors.AsType[*yamldoc.Error](err); !ok {
		t.Errorf("%v", err)
	}
	if got := play(t.Context(), m, &rpc{method: "Find", typ: stream.Bidi, requests: []string{"{}"}}); got != `{"left":1}` {
		t.Error(got)
	}
}

// FuzzRead: no text is more than an error.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"rules:\n- {method: Find, when: .a, reply: {left: 1}}", "rules: [{method: Sum, each: [.], status: {code: 5, details: [{}]}}]",
		"rules: [{method: '*', drop: true, header: {a: [b, 1]}, times: 1, probability: 0.5}]", "rules: [{method: x, biz-status: {code: 1, extra: {a: b}}}]",
	} {
		f.Add(text)
	}
	schema := open(f, shop)
	f.Fuzz(func(t *testing.T, text string) {
		script, err := mock.Read("rules.yaml", []byte(text))
		if err == nil {
			_ = mock.New(mock.Options{}).Use(t.Context(), schema, script)
		}
	})
}
