package serve

import (
	"context"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// kitexRPC is a call in Kitex Protobuf: one message each way.
type kitexRPC struct {
	ctx   context.Context //nolint:containedctx // the context of the call
	body  []byte
	taken bool
	reply []byte
}

func (r *kitexRPC) Context() context.Context { return r.ctx }

func (r *kitexRPC) Recv() ([]byte, error) {
	if r.taken {
		return nil, io.EOF
	}
	r.taken = true
	return r.body, nil
}

func (r *kitexRPC) Send(body []byte) error {
	r.reply = append([]byte(nil), body...)
	return nil
}

// answerKitexProtobuf runs a gRPC method that has one message each way.
func (d *Demo) answerKitexProtobuf(ctx context.Context, req *thriftRequest) *thriftReply {
	rpc := &kitexRPC{ctx: ctx, body: req.Body}
	if err := d.runKitexProtobuf(ctx, req, rpc); err != nil {
		return exceptionReply(req.protocol, err)
	}
	return &thriftReply{typ: thriftwire.Reply, body: rpc.reply}
}

func (d *Demo) runKitexProtobuf(ctx context.Context, req *thriftRequest, rpc RPC) error {
	schema, err := d.loaded()
	if err != nil {
		return err
	}
	routes, err := d.routes()
	if err != nil {
		return err
	}
	for full, handle := range routes {
		service, name, _ := strings.Cut(full, "/")
		bare := service[strings.LastIndexByte(service, '.')+1:]
		if name != req.Name || req.service() != "" && req.service() != bare {
			continue
		}
		if m, err := schema.Method(ctx, full); err != nil || m.Type != stream.Unary {
			return &application{internalError, "streams of this method go over gRPC only"}
		}
		return handle(rpc)
	}
	return unknown(req.service(), req.Name)
}

// appendProtoException is the Protobuf form of an exception
// (cloudwego/kitex:pkg/remote/codec/protobuf/error.proto).
func appendProtoException(e *application) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(e.typ))
	return protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), e.message)
}
