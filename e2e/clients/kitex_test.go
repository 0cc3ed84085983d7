package clients

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/transport"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/echo"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/echo/testservice"
)

// TestKitex streams with Kitex's generated client, over both protocols.
func TestKitex(t *testing.T) {
	for name, over := range map[string]transport.Protocol{
		"ttheader-streaming": transport.TTHeaderStreaming, "grpc": transport.GRPCStreaming,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			c, err := testservice.NewClient("demo", client.WithHostPorts(demo(t)), client.WithTransportProtocol(over))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time on a connection that has served
				echoes(ctx, t, c)
				joins(ctx, t, c)
				repeats(ctx, t, c)
			}
			gone(ctx, t, c)
		})
	}
}

// TestKitexCalls makes calls that do not stream.
func TestKitexCalls(t *testing.T) {
	for name, over := range map[string]transport.Protocol{
		"buffered": transport.PurePayload, "framed": transport.Framed, "ttheader": transport.TTHeader,
		"ttheader-framed": transport.TTHeaderFramed, "grpc": transport.GRPC,
	} {
		t.Run(name, func(t *testing.T) {
			c, err := testservice.NewClient("demo", client.WithHostPorts(demo(t)), client.WithTransportProtocol(over))
			if err != nil {
				t.Fatal(err)
			}
			for call, f := range map[string]func() (*echo.Response, error){
				"EchoUnary": func() (*echo.Response, error) {
					return c.EchoUnary(t.Context(), &echo.Request{Message: "hi"})
				},
				"EchoPingPong": func() (*echo.Response, error) {
					return c.EchoPingPong(t.Context(), &echo.Request{Message: "hi"})
				},
			} {
				if name == "grpc" && call == "EchoPingPong" {
					continue // idlcall's demo has it on Thrift's transports, as -t grpc does
				}
				if r, err := f(); err != nil || r.Message != "hi" {
					t.Errorf("%s: %v, %v", call, r, err)
				}
			}
		})
	}
}

// collect receives to the end of a stream.
func collect(recv func() (*echo.Response, error)) ([]string, error) {
	var texts []string
	for {
		r, err := recv()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return texts, err
		}
		texts = append(texts, r.Message)
	}
}

func echoes(ctx context.Context, t *testing.T, c testservice.Client) {
	t.Helper()
	s, err := c.Echo(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a", strings.Repeat("b", 100_000), ""}
	for _, text := range want {
		if err := s.Send(ctx, &echo.Request{Message: text}); err != nil {
			t.Fatal(err)
		}
		if r, err := s.Recv(ctx); err != nil || r.Message != text {
			t.Fatalf("%v, %v", r, err)
		}
	}
	if err := s.CloseSend(ctx); err != nil {
		t.Fatal(err)
	}
	if rest, err := collect(func() (*echo.Response, error) { return s.Recv(ctx) }); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

func joins(ctx context.Context, t *testing.T, c testservice.Client) {
	t.Helper()
	s, err := c.EchoClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"a", "b", "c"} {
		if err := s.Send(ctx, &echo.Request{Message: text}); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := s.CloseAndRecv(ctx); err != nil || r.Message != "a b c" {
		t.Errorf("%v, %v", r, err)
	}
}

func repeats(ctx context.Context, t *testing.T, c testservice.Client) {
	t.Helper()
	s, err := c.EchoServer(ctx, &echo.Request{Message: "x"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := collect(func() (*echo.Response, error) { return s.Recv(ctx) })
	if want := []string{"x", "x", "x"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// gone cancels a stream, after which another works.
func gone(ctx context.Context, t *testing.T, c testservice.Client) {
	t.Helper()
	short, cancel := context.WithCancel(ctx)
	s, err := c.Echo(short)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(short, &echo.Request{Message: "a"}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := collect(func() (*echo.Response, error) { return s.Recv(short) }); err == nil {
		t.Error("a cancelled stream ended well")
	}
	echoes(ctx, t, c)
}
