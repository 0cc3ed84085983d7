package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/base"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/echo"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/kitex/test/defaults"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/kitex/test/echotypes"
	example "github.com/idlcall/idlcall/e2e/peer/kitexgen/kitex/test/server"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/multi"
)

// echoTypes is echo_types.thrift.
type echoTypes struct{}

func (*echoTypes) Echo(_ context.Context, req *echotypes.EchoRequest) (*echotypes.EchoRequest, error) {
	return req, nil
}

// exampleService is example_service.thrift. The status message names the caller
// and the log id of the request's Base.
type exampleService struct{}

func (*exampleService) ExampleMethod(_ context.Context, req *example.ExampleReq) (*example.ExampleResp, error) {
	resp := &base.BaseResp{StatusMessage: "ok"}
	if b := req.Base; b != nil {
		resp.StatusMessage = fmt.Sprintf("ok caller=%q log=%q", b.Caller, b.LogID)
		resp.Extra = b.Extra
	}
	return &example.ExampleResp{Msg: req.Msg, BaseResp: resp}, nil
}

// defaultsService is defaults.thrift as the server sees it: without defaults.
type defaultsService struct{}

// Probe lists the ids of the fields that were on the wire.
func (*defaultsService) Probe(_ context.Context, req *defaults.Request) (*defaults.Seen, error) {
	var ids []string
	for i, given := range []bool{
		req.A != nil, req.B != nil, req.C != nil, req.D != nil, req.E != nil, req.F != nil,
	} {
		if given {
			ids = append(ids, fmt.Sprint(i+1))
		}
	}
	return &defaults.Seen{Wire: strings.Join(ids, ","), Back: &defaults.Request{}}, nil
}

func (*defaultsService) Empty(context.Context) (*defaults.Request, error) {
	return &defaults.Request{}, nil
}

// chat is each service of multi.thrift; its name is in front of the reply.
type chat string

func (c *chat) Chat(_ context.Context, req *multi.Message) (*multi.Message, error) {
	return &multi.Message{Text: string(*c) + ": " + req.Text}, nil
}

func newChat(name string) *chat {
	c := chat(name)
	return &c
}

// echoService is stream_echo.thrift: the client's messages come back one by one,
// or joined by ", "; EchoServer sends three.
type echoService struct{}

func (*echoService) Echo(ctx context.Context, stream echo.TestService_EchoServer) error {
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(ctx, &echo.Response{Message: req.Message}); err != nil {
			return err
		}
	}
}

func (*echoService) EchoClient(ctx context.Context, stream echo.TestService_EchoClientServer) error {
	var texts []string
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(ctx, &echo.Response{Message: strings.Join(texts, ", ")})
		}
		if err != nil {
			return err
		}
		texts = append(texts, req.Message)
	}
}

func (*echoService) EchoServer(ctx context.Context, req *echo.Request, stream echo.TestService_EchoServerServer) error {
	for i := range 3 {
		if err := stream.Send(ctx, &echo.Response{Message: fmt.Sprintf("%s %d", req.Message, i)}); err != nil {
			return err
		}
	}
	return nil
}

func (*echoService) EchoUnary(_ context.Context, req *echo.Request) (*echo.Response, error) {
	return &echo.Response{Message: req.Message}, nil
}

// EchoPingPong puts "re:" in front.
func (*echoService) EchoPingPong(_ context.Context, req *echo.Request) (*echo.Response, error) {
	return &echo.Response{Message: "re:" + req.Message}, nil
}
