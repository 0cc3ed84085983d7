package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/client/genericclient"
	"github.com/cloudwego/kitex/pkg/generic"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/server/genericserver"

	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
)

// echo is a Kitex server that remembers what it received, and answers what it is told.
type echo struct {
	mu       sync.Mutex
	received any
	reply    map[string]any
}

// startEcho serves an IDL with Kitex's map generic server.
func startEcho(t *testing.T, file string) (*echo, string) {
	t.Helper()
	provider, err := generic.NewThriftFileProvider(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := generic.MapThriftGeneric(provider)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{}
	handler := &generic.ServiceV2{GenericCall: func(_ context.Context, _, _ string, request any) (any, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.received = request
		return e.reply, nil
	}}
	s := server.NewServer(server.WithListener(l), server.WithExitWaitTime(time.Millisecond))
	if err := genericserver.RegisterService(s, handler, g); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Run() }()
	t.Cleanup(func() { _ = s.Stop() })
	return e, l.Addr().String()
}

// take is what was received since the last time, as text that can be compared.
func (e *echo) take() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	text := plain(e.received)
	e.received = nil
	return text
}

// plain is a value of Kitex as JSON, with keys of maps as text and bytes as text.
func plain(v any) string {
	text, err := json.Marshal(plainValue(v))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func plainValue(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := map[string]any{}
		for key, value := range v {
			m[fmt.Sprint(key)] = plainValue(value)
		}
		return m
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			m[key] = plainValue(value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainValue(v[i])
		}
		return list
	case []byte:
		return string(v)
	}
	return v
}

// exchange is one request as text, and how it ended.
type exchange struct {
	verb, url string
	headers   []string // "name: value"
	body      string
	reply     map[string]any
}

func (x *exchange) request(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequest(x.verb, "http://host"+x.url, bytes.NewReader([]byte(x.body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range x.headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// answer is what an HTTP client sees: the status, headers of the mapping, the body.
func showAnswer(status int, h http.Header, body string) string {
	if status == 0 {
		status = http.StatusOK // Kitex leaves it to whoever writes it
	}
	shown := fmt.Sprint(status)
	for _, name := range []string{"T", "Item_count", "X-Header", "X-List", "X-On", "X-Ratio", "Set-Cookie"} {
		if value := h.Get(name); value != "" {
			shown += " " + name + "=" + value
		}
	}
	return shown + " " + plainJSON(body)
}

// plainJSON is JSON with sorted keys and without white space; other text stays.
func plainJSON(text string) string {
	var value any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return text
	}
	out, _ := json.Marshal(value)
	return string(out)
}

// kitexCaller is an HTTP generic client.
type kitexCaller struct {
	client genericclient.Client
	raw    bool
}

func newKitexCaller(t *testing.T, file, address string, dynamic bool) *kitexCaller {
	t.Helper()
	var provider generic.DescriptorProvider
	var err error
	var options []generic.Option
	if dynamic {
		provider, err = generic.NewThriftFileProviderWithDynamicGo(file)
		options = append(options, generic.UseRawBodyForHTTPResp(true))
	} else {
		provider, err = generic.NewThriftFileProvider(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	g, err := generic.HTTPThriftGeneric(provider, options...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := genericclient.NewClient("service", g, client.WithHostPorts(address))
	if err != nil {
		t.Fatal(err)
	}
	return &kitexCaller{c, dynamic}
}

// call returns the answer, or "error".
func (k *kitexCaller) call(r *http.Request) string {
	request, err := generic.FromHTTPRequest(r)
	if err != nil {
		return "error " + err.Error()
	}
	reply, err := k.client.GenericCall(context.Background(), "", request)
	if err != nil {
		return "error " + err.Error()
	}
	h := reply.(*generic.HTTPResponse)
	if k.raw {
		return showAnswer(int(h.StatusCode), h.Header, string(h.RawBody))
	}
	return showAnswer(int(h.StatusCode), h.Header, plain(h.Body))
}

// ours is a gateway in front of a server.
func ours(t *testing.T, address string, files ...string) *gateway.Gateway {
	t.Helper()
	s, err := session.Open(context.Background(), session.Options{Target: address, Files: &load.Options{Files: files}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	g, err := gateway.New(context.Background(), s, gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func callOurs(g *gateway.Gateway, r *http.Request) string {
	w := httptest.NewRecorder()
	if err := g.Serve(w, r); err != nil {
		return "error " + err.Error()
	}
	return showAnswer(w.Code, w.Header(), w.Body.String())
}

// kitexCase is a request to both of Kitex's clients and to ours. Where ours is not the same
// as one of theirs, there is the reason; the test fails where there is no difference, too.
type kitexCase struct {
	name string
	exchange
	classic, dynamic string
}

func compareKitex(t *testing.T, file string, cases []kitexCase) {
	e, address := startEcho(t, file)
	classic, dynamic := newKitexCaller(t, file, address, false), newKitexCaller(t, file, address, true)
	g := ours(t, "ttheader://"+address, file)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e.mu.Lock()
			e.reply = c.reply
			e.mu.Unlock()
			run := func(call func(*http.Request) string) string {
				answer := call(c.request(t))
				received := e.take()
				if strings.HasPrefix(answer, "error ") {
					t.Log(answer)
					answer = "error"
				}
				return "received " + received + "\nanswer " + answer
			}
			got := run(func(r *http.Request) string { return callOurs(g, r) })
			for _, other := range []struct {
				name, reason, want string
			}{{"classic", c.classic, run(classic.call)}, {"dynamicgo", c.dynamic, run(dynamic.call)}} {
				switch same := got == other.want; {
				case !same && other.reason == "":
					t.Errorf("ours\n%s\nbut %s\n%s", got, other.name, other.want)
				case same && other.reason != "":
					t.Errorf("as %s, but a difference is listed: %s\n%s", other.name, other.reason, got)
				}
			}
		})
	}
}

func TestBizService(t *testing.T) {
	file, err := filepath.Abs("../../testdata/thrift/bizservice.thrift")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"text": "my test", "some": {"id": 1, "text": "text"}, "req_items_map": {"1": {"id": 1, "text": "text"}}}`
	compareKitex(t, file, []kitexCase{
		{name: "get", exchange: exchange{verb: "GET", url: "/life/client/1/1?v_int64=1&req_items=item1,item2,item3&cids=1,2,3&vids=1,2,3", headers: []string{"token: 1"},
			reply: map[string]any{"T": "t", "http_code": int32(200), "item_count": []any{int64(1), int64(2)}, "v_enum": int32(1),
				"rsp_items": map[any]any{int64(1): map[string]any{"item_id": int64(7), "text": "x"}}, "rsp_item_list": []any{map[string]any{"item_id": int64(8)}}}}},
		{name: "post with a body", exchange: exchange{verb: "POST", url: "/life/client/1/9?vids=a", headers: []string{"token: 2"}, body: body, reply: map[string]any{"T": "t"}}},
		{name: "post other", exchange: exchange{verb: "POST", url: "/life/client/1/9/other", body: body, reply: map[string]any{}}},
		{name: "status", exchange: exchange{verb: "GET", url: "/life/client/1/1", reply: map[string]any{"http_code": int32(404)}}},
		{name: "one element", exchange: exchange{verb: "GET", url: "/life/client/1/1?cids=5&vids=x", reply: map[string]any{}}},
		{name: "empty values", exchange: exchange{verb: "GET", url: "/life/client/1/1?cids=&v_int64=&vids=", reply: map[string]any{}}},
		{name: "no body", exchange: exchange{verb: "POST", url: "/life/client/2/3", reply: map[string]any{}}},
		{name: "escapes", exchange: exchange{verb: "GET", url: "/life/client/1/1?vids=a%20b%2Cc,d%26e", reply: map[string]any{"T": "é"}}},
		{name: "no route", exchange: exchange{verb: "GET", url: "/life/nobody", reply: map[string]any{}}},
		{name: "other method", exchange: exchange{verb: "DELETE", url: "/life/client/1/1", reply: map[string]any{}}},
		{name: "negative", exchange: exchange{verb: "GET", url: "/life/client/-1/-9223372036854775808?v_int64=7", reply: map[string]any{}}},
		{name: "no JSON", exchange: exchange{verb: "POST", url: "/life/client/1/1", body: "{", reply: map[string]any{}}},
	})
}

func TestPlaces(t *testing.T) {
	file, err := filepath.Abs("testdata/places.thrift")
	if err != nil {
		t.Fatal(err)
	}
	const names = "Kitex has numbers of enums only; the tool reads names, too, and writes them unless --enum number is given"
	const last = "Kitex's classic mapping takes the last annotation; dynamicgo tries them from left to right, as we do"
	const set = "Kitex's classic mapping has no sets in texts"
	const unknown = "Kitex skips unknown keys of a body; the tool refuses them, unless --unknown-fields ignore is given"
	const noneBody = "dynamicgo fills api.none from the body"
	const repeated = "Kitex takes the first of two values, and loses the other"
	const slash = "Kitex decodes the path before it looks for the route, and takes %2F for a separator"
	const overflow = "dynamicgo bends a number that is out of range"
	const noPlace = "Kitex's classic mapping drops fields of a reply that have a place in requests only; dynamicgo and we put them into the body"
	const cookie = "Kitex drops cookies of a reply"
	const zeroes = "Kitex writes zeroes for fields that are neither required nor optional; the tool leaves them out"
	plainField := `, "plain": ""}`
	none := map[string]any{}
	put := func(query string, body string, headers ...string) exchange {
		return exchange{verb: "PUT", url: "/places/n" + query, headers: headers, body: body + plainField, reply: none}
	}
	compareKitex(t, file, []kitexCase{
		{name: "cookie", exchange: put("", `{"big": 1`, "Cookie: session=abc; other=1")},
		{name: "bool and double", exchange: put("?on=true&ratio=1.5", `{"big": 1`)},
		{name: "enum number", exchange: put("?color=2", `{"big": 1`)},
		{name: "enum name", exchange: put("?color=BLUE", `{"big": 1`), classic: names, dynamic: names},
		{name: "first source", exchange: put("?either=q", `{"big": 1`, "X-Either: h"), classic: last},
		{name: "second source", exchange: put("", `{"big": 1`, "X-Either: h")},
		{name: "js_conv", exchange: put("", `{"big": "9007199254740993", "numbers": [1], "inner": {"id": "5", "text": "t"}`)},
		{name: "alias", exchange: put("", `{"other": "x"`)},
		{name: "default", exchange: put("?preset=", `{"big": 1`)},
		{name: "given default", exchange: put("?preset=p", `{"big": 1`)},
		{name: "bytes", exchange: put("?bytes=aGk=", `{"big": 1`)},
		{name: "set in a header", exchange: put("", `{"big": 1`, "X-Tags: a,b"), classic: set},
		{name: "none", exchange: put("", `{"hidden": "x"`), classic: unknown, dynamic: noneBody},
		{name: "unknown key", exchange: put("", `{"nobody": 1`), classic: unknown, dynamic: unknown},
		{name: "repeated", exchange: exchange{verb: "PUT", url: "/places/n?on=true&on=false", body: `{"plain": ""}`, reply: none}, classic: repeated, dynamic: repeated},
		{name: "left out", exchange: exchange{verb: "DELETE", url: "/places/n", reply: none}, classic: zeroes, dynamic: zeroes},
		{name: "rest", exchange: exchange{verb: "GET", url: "/files/a/b.txt", body: `{"plain": ""}`, reply: none}},
		{name: "escaped slash", exchange: exchange{verb: "PUT", url: "/places/a%2Fb", body: `{"plain": ""}`, reply: none}, classic: slash, dynamic: slash},
		{name: "escaped space", exchange: exchange{verb: "PUT", url: "/places/a%20b", body: `{"plain": ""}`, reply: none}},
		{name: "trailing slash", exchange: exchange{verb: "PUT", url: "/places/a/", body: `{"plain": ""}`, reply: none}},
		{name: "no name", exchange: exchange{verb: "PUT", url: "/places/", body: `{"plain": ""}`, reply: none}},
		{name: "out of range", exchange: put("", `{"numbers": [9223372036854775808]`), dynamic: overflow},
		{name: "no number", exchange: put("?ratio=x", `{"big": 1`)},
		{name: "wrong type", exchange: put("", `{"big": true`)},
		{name: "reply headers", exchange: exchange{verb: "PUT", url: "/places/n", body: `{"plain": ""}`, reply: map[string]any{
			"header": "h", "code": int32(201), "list": []any{"a", "b"}, "on": true, "ratio": 1.5, "hidden": "x",
		}}},
		{name: "reply body", exchange: exchange{verb: "PUT", url: "/places/n", body: `{"plain": ""}`, reply: map[string]any{
			"big": int64(5), "inner": map[string]any{"id": int64(6), "text": "t"}, "plain": "p", "renamed": "r",
		}}},
		{name: "reply enum", exchange: exchange{verb: "PUT", url: "/places/n", body: `{"plain": ""}`, reply: map[string]any{"color": int32(2)}}, classic: names, dynamic: names},
		{name: "reply of a query field", exchange: exchange{verb: "PUT", url: "/places/n", body: `{"plain": ""}`, reply: map[string]any{"query": "q"}}, classic: noPlace},
		{name: "reply cookie", exchange: exchange{verb: "PUT", url: "/places/n", body: `{"plain": ""}`, reply: map[string]any{"cookie": "c"}}, classic: cookie, dynamic: cookie},
	})
}
