package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/cloudwego/kitex/pkg/generic"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/server/genericserver"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/api/echo"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/calls/calls"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/echo/testservice"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/kitex/test/defaults/defaults"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/kitex/test/echotypes/echotypes"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/kitex/test/server/exampleservice"
	multiexample "github.com/idlcall/idlcall/e2e/peer/kitexgen/multi/exampleservice"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/multi/first"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/multi/second"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/numbers/bidirectionalstreamserver"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/numbers/clientstream"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/numbers/serverstream"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/pb/streamingservice"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/protobuf/pbapi/mock"
	protostreams "github.com/idlcall/idlcall/e2e/peer/kitexgen/protobuf/streams/streams"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/streams/streams"
)

// newServer makes a server with some services. It neither waits at its end nor
// limits connections or requests.
func newServer(register func(server.Server) error, options ...server.Option) func(net.Listener) error {
	return func(l net.Listener) error {
		all := append([]server.Option{server.WithListener(l), server.WithExitWaitTime(time.Millisecond)}, options...)
		s := server.NewServer(all...)
		if err := register(s); err != nil {
			return err
		}
		go func() {
			if err := s.Run(); err != nil {
				fmt.Fprintln(os.Stderr, "kitexpeer:", err)
			}
		}()
		return nil
	}
}

// registerAll registers services whose method names do not collide.
func registerAll(s server.Server) error {
	return errors.Join(
		calls.RegisterService(s, newCallsHandler()),
		echotypes.RegisterService(s, &echoTypes{}),
		exampleservice.RegisterService(s, &exampleService{}),
		defaults.RegisterService(s, &defaultsService{}),
	)
}

func registerEcho(s server.Server) error { return testservice.RegisterService(s, &echoService{}) }

// registerMulti registers three services with the same method; ExampleService
// answers where the request names none.
func registerMulti(s server.Server) error {
	return errors.Join(
		first.RegisterService(s, newChat("First")),
		second.RegisterService(s, newChat("Second")),
		multiexample.RegisterService(s, newChat("ExampleService"), server.WithFallbackService()),
	)
}

func registerProtobuf(s server.Server) error {
	return errors.Join(echo.RegisterService(s, &echoPB{}), mock.RegisterService(s, &mockPB{}))
}

func registerStreams(s server.Server) error {
	return errors.Join(
		streams.RegisterService(s, &thriftStreams{newOutcomes()}),
		testservice.RegisterService(s, &echoService{}),
	)
}

func registerProtoStreams(s server.Server) error {
	return errors.Join(
		protostreams.RegisterService(s, &protoStreams{newOutcomes()}),
		streamingservice.RegisterService(s, &echoStreams{}),
		clientstream.RegisterService(s, &sum{}),
		serverstream.RegisterService(s, &pow{}),
		bidirectionalstreamserver.RegisterService(s, &sqrt{}),
	)
}

// jsonGeneric serves generic.thrift without generated code.
func jsonGeneric(file string) (func(server.Server) error, error) {
	provider, err := generic.NewThriftFileProviderWithDynamicGo(file)
	if err != nil {
		return nil, err
	}
	g, err := generic.JSONThriftGeneric(provider)
	if err != nil {
		return nil, err
	}
	handler := &generic.ServiceV2{GenericCall: func(_ context.Context, _, method string, request any) (any, error) {
		switch method {
		case "Same", "Name":
			return request, nil
		case "Fail":
			return nil, fmt.Errorf("%v", request)
		case "Biz":
			return nil, kerrors.NewBizStatusError(404, fmt.Sprint(request))
		}
		return nil, nil
	}}
	return func(s server.Server) error { return genericserver.RegisterService(s, handler, g) }, nil
}

// registerBinary serves every method of every service: its result is its first
// argument, whatever that is.
func registerBinary(s server.Server) error {
	return genericserver.RegisterUnknownServiceOrMethodHandler(s, &genericserver.UnknownServiceOrMethodHandler{
		DefaultHandler: func(_ context.Context, _, _ string, request any) (any, error) {
			body, ok := request.([]byte)
			if ok && len(body) >= 3 {
				body[1], body[2] = 0, 0 // the id of the field
			}
			return body, nil
		},
	})
}
