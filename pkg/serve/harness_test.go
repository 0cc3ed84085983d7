package serve_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// overHTTP1 ends the names of protocols that go over HTTP/2 otherwise.
const overHTTP1 = " over HTTP/1"

// isHTTP1 says that a client in memory, with nothing in between that buffers, has to have
// sent its whole request before it is answered.
func (p *protocol) isHTTP1() bool { return strings.HasSuffix(p.name, overHTTP1) }

// isHTTP2 says that a client which would speak HTTP/1 is to speak HTTP/2.
func (p *protocol) isHTTP2() bool {
	return (p.transport == call.GRPCWeb || p.transport == call.Connect) && !p.isHTTP1()
}

// protocol is one of those that a client may speak.
type protocol struct {
	name      string
	transport call.Transport
	method    stream.Method // Lang, Protocol, Streaming
	family    family
}

// family is what protocols have in common in how they end an RPC and in what they carry.
type family uint8

const (
	grpc    family = iota // statuses, headers, trailers; any kind
	streams               // TTHeader streaming
	headed                // calls with a header
	untimed               // calls with a header that Kitex does not know, without a timeout
	bare                  // calls with nothing beside the message
)

func (f family) streams() bool { return f <= streams }

var protocols = []protocol{
	{"gRPC", call.GRPC, stream.Method{}, grpc},
	{"gRPC Thrift", call.GRPC, stream.Method{Lang: stream.Thrift, Streaming: true}, grpc},
	{"gRPC-Web", call.GRPCWeb, stream.Method{}, grpc},
	{"gRPC-Web" + overHTTP1, call.GRPCWeb, stream.Method{}, grpc},
	{"Connect", call.Connect, stream.Method{}, grpc},
	{"Connect" + overHTTP1, call.Connect, stream.Method{}, grpc},
	{"Connect JSON", call.Connect, stream.Method{Protocol: stream.JSON}, grpc},
	{"TTHeader streaming", call.TTHeaderStreaming, stream.Method{Lang: stream.Thrift, Streaming: true}, streams},
	{"TTHeader", call.TTHeader, stream.Method{Lang: stream.Thrift}, headed},
	{"TTHeader compact", call.TTHeader, stream.Method{Lang: stream.Thrift, Protocol: stream.Compact}, headed},
	{"TTHeader framed", call.TTHeaderFramed, stream.Method{Lang: stream.Thrift}, headed},
	{"TTHeader Kitex Protobuf", call.TTHeader, stream.Method{}, headed},
	{"THeader", call.Header, stream.Method{Lang: stream.Thrift}, untimed},
	{"THeader compact", call.Header, stream.Method{Lang: stream.Thrift, Protocol: stream.Compact}, untimed},
	{"HTTP", call.HTTP, stream.Method{Lang: stream.Thrift}, untimed},
	{"HTTP JSON", call.HTTP, stream.Method{Lang: stream.Thrift, Protocol: stream.JSON}, untimed},
	{"framed", call.Framed, stream.Method{Lang: stream.Thrift}, bare},
	{"framed compact", call.Framed, stream.Method{Lang: stream.Thrift, Protocol: stream.Compact}, bare},
	{"framed JSON", call.Framed, stream.Method{Lang: stream.Thrift, Protocol: stream.JSON}, bare},
	{"framed Kitex Protobuf", call.Framed, stream.Method{}, bare},
	{"buffered", call.Buffered, stream.Method{Lang: stream.Thrift}, bare},
	{"buffered compact", call.Buffered, stream.Method{Lang: stream.Thrift, Protocol: stream.Compact}, bare},
	{"buffered JSON", call.Buffered, stream.Method{Lang: stream.Thrift, Protocol: stream.JSON}, bare},
}

// named is one of the protocols.
func named(name string) *protocol {
	for i := range protocols {
		if protocols[i].name == name {
			return &protocols[i]
		}
	}
	panic("no protocol " + name)
}

// wire is the protocol of the bodies.
func (p *protocol) wire() thriftwire.Protocol {
	if !p.method.IsThrift() {
		return thriftwire.KitexProtobuf
	}
	return thriftwire.Protocol(p.method.Protocol)
}

// empty is a message with nothing in it.
func (p *protocol) empty() []byte {
	if p.method.Lang == stream.Protobuf && p.method.Protocol == stream.JSON {
		return []byte("{}")
	}
	return thriftwire.EmptyBody(p.wire())
}

// body is a message with a string of n bytes in its first field.
func (p *protocol) body(n int) []byte {
	text := strings.Repeat("x", n)
	switch p.wire() {
	case thriftwire.KitexProtobuf:
		return append(binary.AppendUvarint([]byte{0x0a}, uint64(n)), text...)
	case thriftwire.Compact:
		return append(append(binary.AppendUvarint([]byte{0x18}, uint64(n)), text...), 0)
	case thriftwire.JSON:
		return []byte(`{"1":{"str":"` + text + `"}}`)
	}
	return append(append(binary.BigEndian.AppendUint32([]byte{0x0b, 0, 1}, uint32(n)), text...), 0)
}

// inMemory runs a test in a bubble with a server and a client of it. What the server has
// not ended when the test has, is a deadlock of the bubble.
func inMemory(t *testing.T, p *protocol, find func(*stream.Method) (serve.Handler, error), test func(t *testing.T, c *client.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &serve.Server{Find: find}
		ctx, cancel := context.WithCancel(t.Context())
		var conns sync.WaitGroup
		defer conns.Wait()
		defer cancel()
		o := call.Options{
			Targets: []call.Target{{Network: "tcp", Address: "test:1", Authority: "test", Text: "test"}}, Transport: p.transport, Proxy: "none",
			HTTP2: p.isHTTP2(),
			Dial: func(context.Context) (net.Conn, error) {
				ours, theirs := net.Pipe()
				conns.Go(func() { _ = s.ServeConn(ctx, theirs) })
				return ours, nil
			},
		}
		c, err := client.New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		test(t, c)
	})
}

// always finds one handler.
func always(h serve.Handler) func(*stream.Method) (serve.Handler, error) {
	return func(*stream.Method) (serve.Handler, error) { return h, nil }
}

// answers is what a client sees of an RPC.
type answers struct {
	bodies          [][]byte
	header, trailer stream.Metadata
	err             error
}

// invoke makes one RPC with all requests before the first reply.
func invoke(ctx context.Context, c *client.Client, p *protocol, rpc stream.Call, requests ...[]byte) (a answers) {
	typ, name := rpc.Method.Type, rpc.Method.Name
	rpc.Method = p.method
	rpc.Method.Service, rpc.Method.Name, rpc.Method.Type = "test.Service", name, typ
	s, err := c.Open(ctx, rpc)
	if err != nil {
		return answers{err: err}
	}
	defer s.Close(nil)
	for _, body := range requests {
		if err := s.Send(body); err == io.EOF {
			break
		} else if err != nil {
			return answers{err: err}
		}
	}
	if err := s.CloseSend(); err != nil {
		return answers{err: err}
	}
	for a.err == nil {
		var body []byte
		if body, a.err = s.Recv(); a.err == nil {
			a.bodies = append(a.bodies, bytes.Clone(body))
		}
	}
	if a.err == io.EOF {
		a.err = nil
	}
	a.header, _ = s.Header()
	a.trailer = s.Trailer()
	return a
}

// echo answers each request with itself.
func echo(_ context.Context, s serve.ServerStream) error {
	for {
		body, err := s.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.Send(body); err != nil {
			return err
		}
	}
}

func sameBodies(got, want [][]byte) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			return false
		}
	}
	return true
}

// dialog waits for the echo of each request before the next.
func dialog(t *testing.T, c *client.Client, p *protocol, rpc stream.Call, bodies [][]byte) {
	t.Helper()
	name, typ := rpc.Method.Name, rpc.Method.Type
	rpc.Method = p.method
	rpc.Method.Service, rpc.Method.Name, rpc.Method.Type = "test.Service", name, typ
	s, err := c.Open(t.Context(), rpc)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(nil)
	for i, body := range bodies {
		if err := s.Send(body); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Recv(); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("reply %d: %d bytes, %v", i, len(got), err)
		}
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recv(); err != io.EOF {
		t.Fatal(err)
	}
}

// http2Bytes are a call of gRPC, with a message in two frames, one of them padded, and what
// else a client may send.
func http2Bytes() []byte {
	var out, block bytes.Buffer
	out.WriteString(detect.Preface)
	f := http2.NewFramer(&out, nil)
	_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 100})
	e := hpack.NewEncoder(&block)
	for _, h := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", "/a.B/C"}, {"content-type", "application/grpc"}, {"te", "trailers"}, {"grpc-timeout", "1S"}} {
		_ = e.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]})
	}
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes()[:9]})
	_ = f.WriteContinuation(1, true, block.Bytes()[9:])
	_ = f.WriteDataPadded(1, false, []byte{0, 0, 0}, make([]byte, 5))
	_ = f.WriteWindowUpdate(1, 5)
	_ = f.WritePing(false, [8]byte{})
	_ = f.WriteData(1, true, []byte{0, 3, 'a', 'b', 'c'})
	_ = f.WriteRSTStream(1, http2.ErrCodeCancel)
	return out.Bytes()
}
