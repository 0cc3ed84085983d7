package main

import (
	"context"
	"maps"
	"strings"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/pkg/remote/trans/nphttp2/metadata"
	"github.com/cloudwego/kitex/pkg/remote/trans/ttstream"
	"github.com/cloudwego/kitex/pkg/streaming"
	"github.com/cloudwego/kitex/server"
)

// sendMeta sets what Meta sends beside its reply.
func sendMeta(stream streaming.ServerStream, header, trailer map[string]string) error {
	if err := stream.SetHeader(header); err != nil {
		return err
	}
	return stream.SetTrailer(trailer)
}

// meta is what came with a call beside its request.
type meta struct{ transient, persistent, headers map[string]string }

func came(ctx context.Context) meta {
	m := meta{metainfo.GetAllValues(ctx), metainfo.GetAllPersistentValues(ctx), map[string]string{}}
	fromFrame, _ := ctx.Value(frameKey{}).(map[string]string)
	maps.Copy(m.headers, fromFrame)
	fromHTTP2, _ := metadata.FromIncomingContext(ctx)
	for key, values := range fromHTTP2 {
		m.headers[key] = strings.Join(values, ", ")
	}
	maps.DeleteFunc(m.headers, func(key, _ string) bool { return ofTheProtocol(key) })
	if len(m.headers) == 0 {
		m.headers = nil // Thrift would send it
	}
	return m
}

// ofTheProtocol reports whether a header is none of the caller's own.
func ofTheProtocol(key string) bool {
	switch key {
	case "isn", "content-type", "user-agent", "te":
		return true
	}
	for _, prefix := range []string{":", "grpc-", "rpc-transit-", "rpc-persist-", metainfo.PrefixTransient, metainfo.PrefixPersistent} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

type frameKey struct{}

// headerFrames keeps what came in the first frame of a TTHeader stream for Meta.
type headerFrames struct{}

func (headerFrames) OnReadStream(ctx context.Context, _ ttstream.IntHeader, header ttstream.StrHeader) (context.Context, error) {
	return context.WithValue(ctx, frameKey{}, map[string]string(header)), nil
}

func keepHeaderFrames() server.Option {
	return server.WithTTHeaderStreamingOptions(
		server.WithTTHeaderStreamingTransportOptions(ttstream.WithServerHeaderFrameHandler(headerFrames{})),
	)
}
