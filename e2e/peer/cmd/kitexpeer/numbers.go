package main

import (
	"context"
	"errors"
	"io"
	"math"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/numbers"
)

// sum is client_stream.proto.
type sum struct{}

func (*sum) Sum(ctx context.Context, stream numbers.ClientStream_SumServer) error {
	var total int64
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(ctx, &numbers.ClientStreamResp{Sum: total})
		}
		if err != nil {
			return err
		}
		total += req.GetData()
	}
}

// pow is server_stream.proto: the powers from 0 to 9.
type pow struct{}

func (*pow) Pow(ctx context.Context, req *numbers.ServerStreamReq, stream numbers.ServerStream_PowServer) error {
	power := int64(1)
	for range 10 {
		if err := stream.Send(ctx, &numbers.ServerStreamResp{Number: power}); err != nil {
			return err
		}
		power *= req.GetNumber()
	}
	return nil
}

// sqrt is bidirectional_stream.proto.
type sqrt struct{}

func (*sqrt) Sqrt(ctx context.Context, stream numbers.BidirectionalStreamServer_SqrtServer) error {
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(ctx, &numbers.AllStreamResp{Sqrt: math.Sqrt(req.GetNumber())}); err != nil {
			return err
		}
	}
}
