package peer

import (
	"net"

	"golang.org/x/net/http2"
)

// grpcThriftFaults are faults of a server of Thrift over gRPC, for every streaming
// method that returns the Reply of streams.thrift.
var grpcThriftFaults = map[string]fault{
	"CLOSE": afterThrift(func(_ *http2.Framer, _ uint32, conn net.Conn) { finish(conn) }),
	"STALL": afterThrift(func(*http2.Framer, uint32, net.Conn) {}),
	"RST": afterThrift(func(f *http2.Framer, stream uint32, _ net.Conn) {
		_ = f.WriteRSTStream(stream, http2.ErrCodeInternal)
	}),
	// RST_1000 has the code of a Kitex server that shuts down.
	"RST_1000": afterThrift(func(f *http2.Framer, stream uint32, _ net.Conn) {
		_ = f.WriteRSTStream(stream, 1000)
	}),
	"GOAWAY": afterThrift(func(f *http2.Framer, stream uint32, conn net.Conn) {
		_ = f.WriteGoAway(stream, http2.ErrCodeNo, []byte("graceful shutdown"))
		finish(conn)
	}),
	"MALFORMED": answersThrift(prefixed([]byte{11, 0, 1, 0, 0, 0, 99, 'c', 'u', 't'})),
	// COMPRESSED says that the message is compressed, but not how.
	"COMPRESSED": answersThrift(append([]byte{1}, prefixed(before)[1:]...)),
	// WRONG_TYPE is the answer of a Protobuf server.
	"WRONG_TYPE": ends("application/grpc", "grpc-status", "13", "grpc-message", "grpc invalid payload"),

	"STATUS_TEXT": ends(grpcThrift, "grpc-status", "abc", "grpc-message", "no number"),
	"STATUS17":    ends(grpcThrift, "grpc-status", "17", "grpc-message", "no message for too long"),

	"BIZ_NO_EXTRA":  ends(grpcThrift, "grpc-status", "13", "biz-status", "404", "grpc-message", "not found: %E4%B8%AD"),
	"BIZ_BAD_EXTRA": ends(grpcThrift, "grpc-status", "13", "biz-status", "404", "grpc-message", "odd", "biz-extra", "{no"),
	// BIZ_OK has a business status that does not count.
	"BIZ_OK": afterThrift(func(f *http2.Framer, stream uint32, _ net.Conn) {
		trailers(f, stream, "grpc-status", "0", "biz-status", "5")
	}),
}

const grpcThrift = "application/grpc+thrift"

// afterThrift is a fault after the first reply, {"text":"before"}.
func afterThrift(do fault) fault {
	return func(f *http2.Framer, stream uint32, conn net.Conn) {
		headers(f, stream)
		_ = f.WriteData(stream, false, prefixed(before))
		do(f, stream, conn)
	}
}

// answersThrift answers with a message and its prefix, and ends well.
func answersThrift(data []byte) fault {
	return func(f *http2.Framer, stream uint32, _ net.Conn) {
		headers(f, stream)
		_ = f.WriteData(stream, false, data)
		trailers(f, stream, "grpc-status", "0")
	}
}

// ends answers with trailers only.
func ends(contentType string, pairs ...string) fault {
	return func(f *http2.Framer, stream uint32, _ net.Conn) {
		trailers(f, stream, append([]string{":status", "200", "content-type", contentType}, pairs...)...)
	}
}

func headers(f *http2.Framer, stream uint32) {
	_ = f.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, EndHeaders: true, BlockFragment: block(":status", "200", "content-type", grpcThrift),
	})
}

func trailers(f *http2.Framer, stream uint32, pairs ...string) {
	_ = f.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, EndHeaders: true, EndStream: true, BlockFragment: block(pairs...),
	})
}

// startGRPCThriftFaults starts a server for each fault, GTFAULT_NAME.
func (p *Peers) startGRPCThriftFaults() error {
	for name, do := range grpcThriftFaults {
		if err := p.listen("GTFAULT_"+name, func(l net.Listener) { p.scripted(l, do) }); err != nil {
			return err
		}
	}
	return nil
}
