package main

import (
	"context"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/protobuf/streams"
)

// protoStreams is streams.proto.
type protoStreams struct{ *outcomes }

func (s *protoStreams) Collect(ctx context.Context, stream streams.Streams_CollectServer) error {
	return s.serve(ctx, &call{
		recv:     protoRequests(stream.Recv),
		send:     func(ctx context.Context, r *reply) error { return stream.SendAndClose(ctx, r.proto()) },
		collects: true,
	})
}

func (s *protoStreams) Expand(ctx context.Context, req *streams.Request, stream streams.Streams_ExpandServer) error {
	return s.serve(ctx, &call{
		recv: once(fromProto(req)),
		send: func(ctx context.Context, r *reply) error { return stream.Send(ctx, r.proto()) },
	})
}

func (s *protoStreams) Chat(ctx context.Context, stream streams.Streams_ChatServer) error {
	return s.serve(ctx, &call{
		recv: protoRequests(stream.Recv),
		send: func(ctx context.Context, r *reply) error { return stream.Send(ctx, r.proto()) },
	})
}

func (s *protoStreams) Single(ctx context.Context, req *streams.Request) (*streams.Reply, error) {
	answer, err := s.single(ctx, fromProto(req))
	return answer.proto(), err
}

func (s *protoStreams) Outcome(ctx context.Context, id *streams.CallId) (*streams.Ended, error) {
	outcome, err := s.outcomes.Outcome(ctx, id.GetId())
	return &streams.Ended{Outcome: outcome}, err
}

func (*protoStreams) Meta(ctx context.Context, req *streams.MetaRequest, stream streams.Streams_MetaServer) error {
	if err := sendMeta(stream, req.GetHeader(), req.GetTrailer()); err != nil {
		return err
	}
	seen := came(ctx)
	return stream.Send(ctx, &streams.Seen{
		Transient: seen.transient, Persistent: seen.persistent, Headers: seen.headers,
	})
}

func protoRequests(recv func(context.Context) (*streams.Request, error)) func(context.Context) (*request, error) {
	return func(ctx context.Context) (*request, error) {
		req, err := recv(ctx)
		if err != nil {
			return nil, err
		}
		return fromProto(req), nil
	}
}

func fromProto(q *streams.Request) *request {
	r := &request{
		text: q.GetText(), replies: q.GetReplies(), replyBytes: q.GetReplyBytes(), data: q.GetData(),
		delayMs: q.GetDelayMs(), panic: q.GetPanic(), hang: q.GetHang(), stop: q.GetStop(), id: q.GetId(),
	}
	r.failWith(q.GetFail())
	if biz := q.GetBiz(); biz != nil {
		r.failure = bizError(biz.GetCode(), biz.GetMessage(), biz.GetExtra())
	}
	if status := q.GetStatus(); status != nil {
		r.failure = statusError(status.GetCode(), status.GetMessage())
	}
	return r
}

func (r *reply) proto() *streams.Reply {
	if r == nil {
		return nil
	}
	return &streams.Reply{Text: r.text, Requests: r.requests, Bytes: r.bytes, Data: r.data}
}
