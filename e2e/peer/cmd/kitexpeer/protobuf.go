package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cloudwego/kitex/pkg/kerrors"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/api"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/protobuf/pbapi"
)

// answer is what the unary Protobuf methods do. The first word of a message may
// say what should happen: "fail", "panic", "biz" (status 404) or "sleep" (200 ms).
func answer(message string) (string, error) {
	switch word, rest, _ := strings.Cut(message, " "); word {
	case "fail":
		return "", errors.New(rest)
	case "panic":
		panic(rest)
	case "biz":
		return "", kerrors.NewBizStatusErrorWithExtra(404, rest, map[string]string{"k": "v"})
	case "sleep":
		time.Sleep(200 * time.Millisecond)
	}
	return "re:" + message, nil
}

// echoPB is echo_api.proto.
type echoPB struct{}

func (*echoPB) EchoPB(_ context.Context, req *api.Request) (*api.Response, error) {
	text, err := answer(req.Message)
	return &api.Response{Message: text}, err
}

// mockPB is pbapi.proto. Its streams are those of echoService.
type mockPB struct{}

func (*mockPB) UnaryTest(_ context.Context, req *pbapi.MockReq) (*pbapi.MockResp, error) {
	text, err := answer(req.Message)
	return &pbapi.MockResp{Message: text}, err
}

func (*mockPB) ClientStreamingTest(ctx context.Context, stream pbapi.Mock_ClientStreamingTestServer) error {
	var texts []string
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(ctx, &pbapi.MockResp{Message: strings.Join(texts, ", ")})
		}
		if err != nil {
			return err
		}
		texts = append(texts, req.Message)
	}
}

func (*mockPB) ServerStreamingTest(ctx context.Context, req *pbapi.MockReq, stream pbapi.Mock_ServerStreamingTestServer) error {
	for i := range 3 {
		if err := stream.Send(ctx, &pbapi.MockResp{Message: fmt.Sprintf("%s %d", req.Message, i)}); err != nil {
			return err
		}
	}
	return nil
}

func (*mockPB) BidirectionalStreamingTest(ctx context.Context, stream pbapi.Mock_BidirectionalStreamingTestServer) error {
	for {
		req, err := stream.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(ctx, &pbapi.MockResp{Message: req.Message}); err != nil {
			return err
		}
	}
}
