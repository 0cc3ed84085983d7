package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cloudwego/kitex/pkg/generic"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/server/genericserver"
)

// genericEcho serves stream_echo.thrift as echoService does, but without generated
// code. EchoPingPong puts nothing in front.
func genericEcho(file string) (func(server.Server) error, error) {
	provider, err := generic.NewThriftFileProviderWithDynamicGo(file)
	if err != nil {
		return nil, err
	}
	g, err := generic.JSONThriftGeneric(provider)
	if err != nil {
		return nil, err
	}
	handler := &generic.ServiceV2{
		GenericCall: func(_ context.Context, _, _ string, request any) (any, error) { return request, nil },
		ClientStreaming: func(ctx context.Context, _, _ string, stream generic.ClientStreamingServer) error {
			return joinJSON(ctx, stream)
		},
		ServerStreaming: func(ctx context.Context, _, _ string, request any, stream generic.ServerStreamingServer) error {
			return repeatJSON(ctx, request, stream)
		},
		BidiStreaming: func(ctx context.Context, _, _ string, stream generic.BidiStreamingServer) error {
			return echoJSON(ctx, stream)
		},
	}
	return func(s server.Server) error { return genericserver.RegisterService(s, handler, g) }, nil
}

// text is the message of a JSON document.
func text(document any) (string, error) {
	var m struct{ Message string }
	err := json.Unmarshal([]byte(fmt.Sprint(document)), &m)
	return m.Message, err
}

// document is a message as JSON.
func document(text string) string {
	b, _ := json.Marshal(map[string]string{"message": text})
	return string(b)
}

func joinJSON(ctx context.Context, stream generic.ClientStreamingServer) error {
	var texts []string
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(ctx, document(strings.Join(texts, ", ")))
		}
		if err != nil {
			return err
		}
		next, err := text(req)
		if err != nil {
			return err
		}
		texts = append(texts, next)
	}
}

func repeatJSON(ctx context.Context, request any, stream generic.ServerStreamingServer) error {
	message, err := text(request)
	if err != nil {
		return err
	}
	for i := range 3 {
		if err := stream.Send(ctx, document(fmt.Sprintf("%s %d", message, i))); err != nil {
			return err
		}
	}
	return nil
}

func echoJSON(ctx context.Context, stream generic.BidiStreamingServer) error {
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(ctx, req); err != nil {
			return err
		}
	}
}
