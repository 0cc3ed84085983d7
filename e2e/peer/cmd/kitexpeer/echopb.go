package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/pb"
)

// echoStreams is streaming_pb.proto: the client's messages come back one by one,
// or joined by ", "; the server stream has its message three times.
type echoStreams struct{}

func (*echoStreams) StreamRequestEcho(ctx context.Context, stream pb.StreamingService_StreamRequestEchoServer) error {
	var texts []string
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(ctx, &pb.Response{Message: strings.Join(texts, ", ")})
		}
		if err != nil {
			return err
		}
		texts = append(texts, req.GetMessage())
	}
}

func (*echoStreams) StreamResponseEcho(ctx context.Context, req *pb.Request, stream pb.StreamingService_StreamResponseEchoServer) error {
	for range 3 {
		if err := stream.Send(ctx, &pb.Response{Message: req.GetMessage()}); err != nil {
			return err
		}
	}
	return nil
}

func (*echoStreams) BidirectionalEcho(ctx context.Context, stream pb.StreamingService_BidirectionalEchoServer) error {
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(ctx, &pb.Response{Message: req.GetMessage()}); err != nil {
			return err
		}
	}
}

func (*echoStreams) UnaryEcho(_ context.Context, req *pb.Request) (*pb.Response, error) {
	return &pb.Response{Message: req.GetMessage()}, nil
}
