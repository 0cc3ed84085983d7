package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// overGRPC sends the streams of a Thrift client over HTTP/2 to h.
func overGRPC(t testing.TB, h http.HandlerFunc) func(*setup) {
	t.Helper()
	target := mustTarget(t, startH2C(t, h))
	return func(o *setup) { o.Targets, o.Transport = []call.Target{target}, call.GRPC }
}

// TestGRPCThriftRequest: path, headers and body of a Thrift method over HTTP/2.
func TestGRPCThriftRequest(t *testing.T) {
	t.Parallel()
	unary := *echoPingPong
	unary.Name, unary.Streaming = "EchoUnary", true
	for _, tt := range []struct {
		name   string
		method *stream.Method
		change func(*setup)
		body   string
		want   []string // path, content type, body, metainfo
	}{
		{"stream", echoOf(stream.Server), func(o *setup) { o.Transient.Add("A_KEY", "v") }, "0b0001000000016100",
			[]string{"/TestService/EchoServer", "application/grpc+thrift", "00000000090b0001000000016100", "v"}},
		{"unary", &unary, func(*setup) {}, hiBody, []string{"/TestService/EchoUnary", "application/grpc+thrift", "000000000e" + hiBody, ""}},
		{"package", echoOf(stream.Server), func(o *setup) { o.PathPackage = "a.b" }, "",
			[]string{"/a.b.TestService/EchoServer", "application/grpc+thrift", "000000000100", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			c := thriftClient(t, overGRPC(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = []string{r.URL.Path, r.Header.Get("content-type"), fmt.Sprintf("%x", body), r.Header.Get("rpc-transit-a-key")}
				w.Header().Set("content-type", "application/grpc+thrift")
				w.Header().Set(http.TrailerPrefix+"grpc-status", "0")
				_, _ = w.Write([]byte{0, 0, 0, 0, 1, 0})
			}), tt.change)
			reply, _, err := thriftCall(ctxFor(t), c, tt.method, nil, unhex(t, tt.body))
			if err != nil || fmt.Sprintf("%x", reply) != "00" || !slices.Equal(got, tt.want) {
				t.Errorf("got  %q, %x, %v\nwant %q", got, reply, err, tt.want)
			}
		})
	}
}

// TestGRPCThriftEndings: Kitex's statuses over HTTP/2.
func TestGRPCThriftEndings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		trailer []string
		want    string
		left    string // of the trailer
	}{
		{"business status", []string{"grpc-status", "13", "biz-status", "404", "biz-extra", `{"k":"v"}`, "grpc-message", "not found: %E4%B8%AD", "tk", "tv"}, "business status 404: not found: \u4e2d", "tk=tv"},
		{"without extra", []string{"grpc-status", "5", "biz-status", "-1", "grpc-message", "no"}, "business status -1: no", ""},
		{"status 0", []string{"grpc-status", "0", "biz-status", "404"}, "<nil>", "biz-status=404"},
		{"no number", []string{"grpc-status", "13", "biz-status", "x", "grpc-message", "boom"}, "status 13 INTERNAL: boom", "biz-status=x"},
		{"unknown method", []string{"grpc-status", "1", "grpc-message", "unknown method Nope"}, "status 1 CANCELLED: unknown method Nope", ""},
		{"unknown service", []string{"grpc-status", "20", "grpc-message", "unknown service Nope"}, "status 20: unknown service Nope", ""},
		{"status is no number", []string{"grpc-status", "x"}, "broke the protocol: grpc-status \"x\" is not a number", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := thriftClient(t, overGRPC(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("content-type", "application/grpc+thrift")
				for i := 0; i < len(tt.trailer); i += 2 {
					w.Header().Set(http.TrailerPrefix+tt.trailer[i], tt.trailer[i+1])
				}
				w.WriteHeader(http.StatusOK)
				w.(http.Flusher).Flush()
			}))
			s, err := c.Open(ctxFor(t), rpc(echoOf(stream.Server), nil))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(nil)
			if err := s.Send(nil); err != nil {
				t.Fatal(err)
			}
			if _, err = s.Recv(); err == io.EOF {
				err = nil
			}
			got := fmt.Sprint(err)
			if broken, ok := errors.AsType[*call.ProtocolError](err); ok {
				got = "broke the protocol: " + broken.Saw
			}
			if got != tt.want || flat(s.Trailer()) != tt.left {
				t.Errorf("got %s, trailer %q\nwant %s, %q", got, flat(s.Trailer()), tt.want, tt.left)
			}
		})
	}
}

// TestRoute: which transport carries a method where another was chosen.
func TestRoute(t *testing.T) {
	t.Parallel()
	unary := *echoPingPong
	unary.Streaming = true
	bidi, protoBidi := echoOf(stream.Bidi), &stream.Method{Type: stream.Bidi}
	for _, tt := range []struct {
		chosen call.Transport
		method *stream.Method
		want   call.Transport
	}{
		{call.TTHeader, echoPingPong, call.TTHeader}, {call.TTHeader, &unary, call.TTHeader}, {call.TTHeader, bidi, call.TTHeaderStreaming},
		{call.TTHeaderStreaming, echoPingPong, call.TTHeader}, {call.TTHeaderStreaming, &unary, call.TTHeader}, {call.TTHeaderStreaming, bidi, call.TTHeaderStreaming},
		{call.GRPC, echoPingPong, call.TTHeader}, {call.GRPC, notify, call.TTHeader}, {call.GRPC, &unary, call.GRPC}, {call.GRPC, bidi, call.GRPC}, {call.GRPC, protoBidi, call.GRPC}, {call.GRPC, protoUnary, call.GRPC},
		{call.Framed, bidi, call.Framed}, {call.Framed, echoPingPong, call.Framed}, {call.TTHeaderStreaming, protoBidi, call.TTHeaderStreaming},
	} {
		o := call.Options{Transport: tt.chosen}
		if got := route(&o, tt.method); got != tt.want {
			t.Errorf("%s of %s %s: %s, want %s", tt.chosen, tt.method.Name, tt.method.Type, got, tt.want)
		}
	}
}

// TestMixedService: one client carries the methods of a service over the transports
// that fit, and refuses options that only the other has a place for.
func TestMixedService(t *testing.T) {
	t.Parallel()
	c := thriftClient(t, over(call.GRPC, stream.Binary), func(o *setup) { o.Compress = "gzip" })
	for m, want := range map[*stream.Method]string{
		echoOf(stream.Server): "<nil>",
		echoPingPong:          `compression "gzip": transport ttheader has no place for it`,
	} {
		s, err := c.Open(ctxFor(t), rpc(m, nil))
		if fmt.Sprint(err) != want {
			t.Errorf("%s: %v", m.Name, err)
		}
		if err == nil {
			s.Close(nil)
		}
	}
	c.Close()
	if _, err := c.Open(ctxFor(t), rpc(echoPingPong, nil)); err != call.ErrClosed {
		t.Errorf("after Close: %v", err)
	}
}

// TestPathPackageRefused: a package has a place over HTTP/2 only, and Protobuf has its
// own.
func TestPathPackageRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, "h:1", func(o *setup) { o.PathPackage = "p" })
	if err := c.Prepare(rpc(echoPingPong, nil)); fmt.Sprint(err) != `path package "p": transport ttheader has no place for it` {
		t.Error(err)
	}
	if _, err := c.Open(ctxFor(t), rpc(protoUnary, nil)); fmt.Sprint(err) != `path package "p": it is Thrift's, and the method is Protobuf's` {
		t.Error(err)
	}
}

// TestMetainfoKeys: a key that HTTP changes is warned of, once for a client.
func TestMetainfoKeys(t *testing.T) {
	t.Parallel()
	var warnings []string
	c := thriftClient(t, over(call.GRPC, stream.Binary), func(o *setup) {
		o.Transient.Add("A-b", "v")
		o.Persistent.Add("FINE_1", "v")
		o.Trace = &stream.Trace{Warn: func(w string) { warnings = append(warnings, w) }}
	})
	for range 2 {
		s, err := c.Open(ctxFor(t), rpc(echoOf(stream.Server), nil))
		if err != nil {
			t.Fatal(err)
		}
		s.Close(nil)
	}
	want := []string{`metainfo "A-b" arrives as "A_B": a header keeps neither case nor the difference between - and _`}
	if !slices.Equal(warnings, want) {
		t.Errorf("%q", warnings)
	}
}
