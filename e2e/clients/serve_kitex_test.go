package clients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/client/callopt"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote"
	kitexthrift "github.com/cloudwego/kitex/pkg/remote/codec/thrift"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/transport"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/api"
	apiecho "github.com/idlcall/idlcall/e2e/peer/kitexgen/api/echo"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/calls"
	callsclient "github.com/idlcall/idlcall/e2e/peer/kitexgen/calls/calls"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/echo"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/echo/testservice"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// result is a body as Kitex encodes it.
func result(v any) ([]byte, error) {
	return kitexthrift.MarshalThriftData(context.Background(), nil, v)
}

// sameData answers with the bytes of the request.
func sameData(_ context.Context, s serve.ServerStream) error {
	body, err := s.Recv()
	if err != nil {
		return err
	}
	var args calls.CallsSameArgs
	if err := kitexthrift.UnmarshalThriftData(context.Background(), nil, "Same", body, &args); err != nil {
		return err
	}
	reply, err := result(&calls.CallsSameResult{Success: args.Data})
	if err != nil {
		return err
	}
	return s.Send(reply)
}

// throws is an exception that the IDL declares.
func throws(context.Context, serve.ServerStream) error {
	body, err := result(&calls.CallsThrowResult{Missing: &calls.NotFound{Key: "k"}})
	if err != nil {
		return err
	}
	return &serve.DeclaredError{Name: "NotFound", Body: body}
}

// beside answers Meta with what came with the call, and sends it a header.
func beside(_ context.Context, s serve.ServerStream) error {
	m := s.Method()
	seen := &calls.Seen{Transient: map[string]string{}, Persistent: map[string]string{}, Texts: map[string]string{"service": m.Service}, Numbers: map[int16]string{}}
	transient, persistent := s.Metainfo()
	for _, p := range transient {
		seen.Transient[p.Name] = p.Value
	}
	for _, p := range persistent {
		seen.Persistent[p.Name] = p.Value
	}
	body, err := result(&calls.CallsMetaResult{Success: seen})
	if err == nil {
		err = s.SendHeader(stream.Metadata{{Name: "BACK", Value: "b"}})
	}
	if err != nil {
		return err
	}
	return s.Send(body)
}

// kitexTransports are those of calls.
var kitexTransports = map[string]transport.Protocol{
	"buffered": transport.PurePayload, "framed": transport.Framed, "TTHeader": transport.TTHeader, "TTHeader framed": transport.TTHeaderFramed,
}

func kitexCalls(t *testing.T, address string, over transport.Protocol, o ...client.Option) callsclient.Client {
	t.Helper()
	c, err := callsclient.NewClient("calls", append(o, client.WithHostPorts(address), client.WithTransportProtocol(over),
		client.WithMetaHandler(transmeta.ClientTTHeaderHandler))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestServeKitexCalls: results and errors of every kind, in each of the transports.
func TestServeKitexCalls(t *testing.T) {
	recorded := make(chan bool, 1)
	address := serving(t, map[string]serve.Handler{
		"Same": sameData, "Throw": throws,
		"Fail": ending(errors.New("oh")), "FailType": ending(&serve.ApplicationError{Type: 7, Message: "bad"}),
		"Panic":  func(context.Context, serve.ServerStream) error { panic("oh") },
		"Biz":    ending(&serve.BizStatusError{Code: 404, Message: "no", Extra: map[string]string{"k": "v"}}),
		"Record": func(_ context.Context, s serve.ServerStream) error { recorded <- s.Method().Oneway; return nil },
	})
	for name, over := range kitexTransports {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c := kitexCalls(t, address, over)
			for _, data := range [][]byte{{}, []byte("a"), bytes.Repeat([]byte("x"), 3<<20)} {
				if got, err := c.Same(ctx, data); err != nil || !bytes.Equal(got, data) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
			if err := c.Record(ctx, "k"); err != nil || !<-recorded {
				t.Errorf("oneway: %v", err)
			}
			_, err := c.Throw(ctx, "NotFound")
			if e, ok := errors.AsType[*calls.NotFound](err); !ok || e.Key != "k" {
				t.Errorf("declared: %v", err)
			}
			kitexFailures(ctx, t, c, strings.HasPrefix(name, "TTHeader"))
			if got, err := c.Same(ctx, []byte("z")); err != nil || string(got) != "z" {
				t.Errorf("afterwards: %q, %v", got, err)
			}
		})
	}
}

// kitexFailures are those that are no results.
func kitexFailures(ctx context.Context, t *testing.T, c callsclient.Client, headed bool) {
	t.Helper()
	_, failed := c.Fail(ctx, "")
	_, typed := c.FailType(ctx, 7, "")
	_, panicked := c.Panic(ctx, "")
	_, unknown := c.Sleep(ctx, 1)
	for want, err := range map[string]error{"6 oh": failed, "7 bad": typed, "6 panic in the handler: oh": panicked} {
		e, ok := errors.AsType[*remote.TransError](err)
		if !ok || fmt.Sprintf("%d %s", e.TypeID(), strings.TrimSuffix(e.Error(), " [remote]")) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if e, ok := errors.AsType[*remote.TransError](unknown); !ok || e.TypeID() != 1 && e.TypeID() != 20 {
		t.Errorf("unknown method: %v", unknown)
	}
	item, err := c.Biz(ctx, 404, "", nil)
	if biz, ok := kerrors.FromBizStatusError(err); ok != headed || ok && (biz.BizStatusCode() != 404 || biz.BizMessage() != "no" || biz.BizExtra()["k"] != "v") {
		t.Errorf("business status: %v, %v", item, err)
	}
}

// TestServeKitexMeta: metainfo both ways, in TTHeader.
func TestServeKitexMeta(t *testing.T) {
	address := serving(t, map[string]serve.Handler{"Meta": beside})
	c := kitexCalls(t, address, transport.TTHeader)
	ctx := metainfo.WithBackwardValues(metainfo.WithPersistentValue(metainfo.WithValue(t.Context(), "T", "1"), "P", "2"))
	got, err := c.Meta(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text := got.Transient["T"] + got.Persistent["P"] + got.Texts["service"]; text != "12Calls" {
		t.Errorf("%s: %+v", text, got)
	}
	if back, _ := metainfo.RecvBackwardValue(ctx, "BACK"); back != "b" {
		t.Errorf("back: %q", back)
	}
}

// TestServeKitexTimeout: a call that takes too long ends at the client, and the server goes on.
func TestServeKitexTimeout(t *testing.T) {
	ended := make(chan error, 1)
	address := serving(t, map[string]serve.Handler{"Sleep": waiting(ended), "Same": sameData})
	c := kitexCalls(t, address, transport.TTHeader)
	if _, err := c.Sleep(t.Context(), 1, callopt.WithRPCTimeout(200*time.Millisecond)); !errors.Is(err, kerrors.ErrRPCTimeout) {
		t.Error(err)
	}
	if err := <-ended; err != context.DeadlineExceeded {
		t.Errorf("the handler saw %v", err)
	}
	if got, err := c.Same(t.Context(), []byte("z")); err != nil || string(got) != "z" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestServeKitexConcurrent: many calls side by side.
func TestServeKitexConcurrent(t *testing.T) {
	address := serving(t, map[string]serve.Handler{"Same": sameData})
	for name, over := range kitexTransports {
		t.Run(name, func(t *testing.T) {
			c := kitexCalls(t, address, over)
			var all sync.WaitGroup
			for i := range 100 {
				all.Go(func() {
					data := fmt.Appendf(nil, "call %d", i)
					if got, err := c.Same(t.Context(), data); err != nil || !bytes.Equal(got, data) {
						t.Errorf("%q, %v", got, err)
					}
				})
			}
			all.Wait()
		})
	}
}

// TestServeKitexProtobuf: calls of Protobuf, in a frame and in TTHeader.
func TestServeKitexProtobuf(t *testing.T) {
	address := serving(t, map[string]serve.Handler{"EchoPB": each})
	failing := serving(t, map[string]serve.Handler{"EchoPB": ending(&serve.ApplicationError{Type: 7, Message: "bad"})})
	for _, over := range []transport.Protocol{transport.Framed, transport.TTHeader, transport.TTHeaderFramed} {
		c, err := apiecho.NewClient("echo", client.WithHostPorts(address), client.WithTransportProtocol(over))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "hi", strings.Repeat("x", 1<<20)} {
			if r, err := c.EchoPB(t.Context(), &api.Request{Message: text}); err != nil || r.Message != text {
				t.Errorf("%v: %v", over, err)
			}
		}
		c, err = apiecho.NewClient("echo", client.WithHostPorts(failing), client.WithTransportProtocol(over))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.EchoPB(t.Context(), &api.Request{Message: "hi"})
		if err == nil || !strings.Contains(err.Error(), "bad") {
			t.Errorf("%v: %v", over, err)
		}
	}
}

// overStreams are the protocols of streams.
var overStreams = map[string]transport.Protocol{"TTHeader streaming": transport.TTHeaderStreaming, "gRPC": transport.GRPCStreaming}

func kitexStreams(t *testing.T, address string, over transport.Protocol) testservice.Client {
	t.Helper()
	c, err := testservice.NewClient("test", client.WithHostPorts(address), client.WithTransportProtocol(over),
		client.WithMetaHandler(transmeta.ClientHTTP2Handler))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestServeKitexStreams: all kinds of streams, side by side.
func TestServeKitexStreams(t *testing.T) {
	address := serving(t, map[string]serve.Handler{"Echo": each, "EchoClient": last, "EchoServer": thrice})
	for name, over := range overStreams {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c := kitexStreams(t, address, over)
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() { echoes(ctx, t, c) })
				all.Go(func() { repeats(ctx, t, c) })
			}
			all.Wait()
			s, err := c.EchoClient(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"a", "b"} {
				if err := s.Send(ctx, &echo.Request{Message: text}); err != nil {
					t.Fatal(err)
				}
			}
			if r, err := s.CloseAndRecv(ctx); err != nil || r.Message != "b" {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
}

// TestServeKitexStreamEndings: errors of streams.
func TestServeKitexStreamEndings(t *testing.T) {
	for _, tt := range []struct {
		end  error
		want string // a part of what the client says
		biz  bool
	}{
		{&stream.Status{Code: 5, Message: "gone"}, "gone", false},
		{&serve.ApplicationError{Type: 7, Message: "bad"}, "bad", false},
		{errors.New("any"), "any", false},
		{&serve.BizStatusError{Code: 404, Message: "no", Extra: map[string]string{"k": "v"}}, "no", true},
		{&serve.UnknownMethodError{Method: stream.Method{Service: "TestService", Name: "EchoServer"}}, "unknown method", false},
	} {
		address := serving(t, map[string]serve.Handler{"EchoServer": ending(tt.end)})
		for name, over := range overStreams {
			t.Run(name+"/"+tt.want, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				s, err := kitexStreams(t, address, over).EchoServer(ctx, &echo.Request{Message: "x"})
				if err == nil {
					_, err = s.Recv(ctx)
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want %q", err, tt.want)
				}
				biz, ok := kerrors.FromBizStatusError(err)
				if ok != tt.biz || ok && (biz.BizStatusCode() != 404 || biz.BizMessage() != "no" || biz.BizExtra()["k"] != "v") {
					t.Errorf("business status: %v", err)
				}
			})
		}
	}
}

// TestServeKitexStreamMeta: metainfo to the server, header and trailer back.
func TestServeKitexStreamMeta(t *testing.T) {
	seen := make(chan string, 1)
	address := serving(t, map[string]serve.Handler{"EchoServer": func(ctx context.Context, s serve.ServerStream) error {
		transient, persistent := s.Metainfo()
		seen <- fmt.Sprint(transient, persistent)
		if err := s.SendHeader(stream.Metadata{{Name: "head", Value: "h"}}); err != nil {
			return err
		}
		if err := s.SetTrailer(stream.Metadata{{Name: "tail", Value: "t"}}); err != nil {
			return err
		}
		return each(ctx, s)
	}})
	for name, over := range overStreams {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			ctx = metainfo.WithPersistentValue(metainfo.WithValue(ctx, "T", "1"), "P", "2")
			s, err := kitexStreams(t, address, over).EchoServer(ctx, &echo.Request{Message: "x"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := collect(func() (*echo.Response, error) { return s.Recv(ctx) }); err != nil {
				t.Fatal(err)
			}
			if text := <-seen; text != "[{T 1}] [{P 2}]" {
				t.Errorf("the server saw %s", text)
			}
			header, err := s.Header()
			if err != nil || header["head"] != "h" {
				t.Errorf("header %v, %v", header, err)
			}
			trailer, err := s.Trailer()
			if err != nil || trailer["tail"] != "t" {
				t.Errorf("trailer %v, %v", trailer, err)
			}
		})
	}
}

// TestServeKitexStreamGone: a stream that is cancelled ends at the handler, and others go on.
func TestServeKitexStreamGone(t *testing.T) {
	ended := make(chan error, 1)
	address := serving(t, map[string]serve.Handler{"Echo": each, "EchoServer": waiting(ended)})
	for name, over := range overStreams {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c := kitexStreams(t, address, over)
			short, stop := context.WithCancel(ctx)
			s, err := c.EchoServer(short, &echo.Request{Message: "x"})
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(200*time.Millisecond, stop)
			if _, err := s.Recv(short); err == nil {
				t.Error("a cancelled stream ended well")
			}
			if err := <-ended; err != context.Canceled {
				t.Errorf("the handler saw %v", err)
			}
			echoes(ctx, t, c)
		})
	}
}
