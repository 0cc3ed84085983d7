package main

import (
	"context"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/streams"
)

// thriftStreams is streams.thrift.
type thriftStreams struct{ *outcomes }

func (s *thriftStreams) Collect(ctx context.Context, stream streams.Streams_CollectServer) error {
	return s.serve(ctx, &call{
		recv:     thriftRequests(stream.Recv),
		send:     func(ctx context.Context, r *reply) error { return stream.SendAndClose(ctx, r.thrift()) },
		collects: true,
	})
}

func (s *thriftStreams) Expand(ctx context.Context, req *streams.Request, stream streams.Streams_ExpandServer) error {
	return s.serve(ctx, &call{
		recv: once(fromThrift(req)),
		send: func(ctx context.Context, r *reply) error { return stream.Send(ctx, r.thrift()) },
	})
}

func (s *thriftStreams) Chat(ctx context.Context, stream streams.Streams_ChatServer) error {
	return s.serve(ctx, &call{
		recv: thriftRequests(stream.Recv),
		send: func(ctx context.Context, r *reply) error { return stream.Send(ctx, r.thrift()) },
	})
}

func (s *thriftStreams) Single(ctx context.Context, req *streams.Request) (*streams.Reply, error) {
	answer, err := s.single(ctx, fromThrift(req))
	return answer.thrift(), err
}

func (s *thriftStreams) Plain(ctx context.Context, req *streams.Request) (*streams.Reply, error) {
	return s.Single(ctx, req)
}

func (s *thriftStreams) Touch(ctx context.Context, req *streams.Request) error {
	_, err := s.single(ctx, fromThrift(req))
	return err
}

func (*thriftStreams) Declared(_ context.Context, req *streams.Request) (*streams.Reply, error) {
	return nil, &streams.Refused{Reason: req.GetText()}
}

func (*thriftStreams) Meta(ctx context.Context, req *streams.MetaRequest, stream streams.Streams_MetaServer) error {
	if err := sendMeta(stream, req.GetHeader(), req.GetTrailer()); err != nil {
		return err
	}
	seen := came(ctx)
	return stream.Send(ctx, &streams.Seen{
		Transient: seen.transient, Persistent: seen.persistent, Headers: seen.headers,
	})
}

func thriftRequests(recv func(context.Context) (*streams.Request, error)) func(context.Context) (*request, error) {
	return func(ctx context.Context) (*request, error) {
		req, err := recv(ctx)
		if err != nil {
			return nil, err
		}
		return fromThrift(req), nil
	}
}

// fromThrift takes a request without its argument for an empty one.
func fromThrift(q *streams.Request) *request {
	if q == nil {
		q = &streams.Request{}
	}
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

// thrift has no field that is zero, as if it were Protobuf.
func (r *reply) thrift() *streams.Reply {
	if r == nil {
		return nil
	}
	answer := &streams.Reply{Text: orNil(r.text), Requests: orNil(r.requests), Bytes: orNil(r.bytes)}
	if len(r.data) > 0 {
		answer.Data = r.data
	}
	return answer
}

// orNil points to a value that is not zero.
func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
