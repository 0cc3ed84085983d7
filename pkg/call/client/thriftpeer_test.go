package client

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The methods of the service in the specifications' examples.
var (
	echoPingPong = &stream.Method{Service: "test.TestService", Name: "EchoPingPong", Lang: stream.Thrift}
	notify       = &stream.Method{Service: "test.TestService", Name: "Notify", Oneway: true, Lang: stream.Thrift}
	protoUnary   = &stream.Method{Service: "test.Proto", Name: "Unary"}
)

const (
	hiBody   = "0c00010b00010000000268690000"       // args with message "hi"
	reHiBody = "0c00000b00010000000572653a68690000" // result with message "re:hi"
)

// serving connects a client to serve inside the process.
func serving(serve func(nc net.Conn)) func(*setup) {
	return func(o *setup) {
		o.Dial = func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				serve(theirs)
			}()
			return ours, nil
		}
	}
}

// over sets transport and protocol.
func over(t call.Transport, p stream.Protocol) func(*setup) {
	return func(o *setup) { o.Transport, o.Protocol = t, p }
}

// thriftClient has the target "peer:1".
func thriftClient(t testing.TB, change ...func(*setup)) *testClient {
	t.Helper()
	return newClient(t, "peer:1", change...)
}

// thriftCall makes one call; the reply is a copy.
func thriftCall(ctx context.Context, c *testClient, m *stream.Method, md stream.Metadata, body []byte) ([]byte, stream.Metadata, error) {
	s, err := c.Open(ctx, rpc(m, md))
	if err != nil {
		return nil, nil, err
	}
	defer s.Close(nil)
	if err := s.Send(body); err != nil && err != io.EOF {
		return nil, nil, err
	}
	if err := s.CloseSend(); err != nil {
		return nil, nil, err
	}
	reply, err := s.Recv()
	reply = append([]byte(nil), reply...)
	header, _ := s.Header()
	if err == nil {
		_, err = s.Recv()
	}
	if err == io.EOF {
		err = nil
	}
	return reply, header, err
}

// thriftServer is the other end of a transport: it gives each request to answer
// and writes what that returns.
func thriftServer(f thrift.Form, answer func(n int, r thrift.Reply) []byte) func(net.Conn) {
	return func(nc net.Conn) {
		x := thrift.Reader{RPC: &stream.Call{}, Opts: &call.Options{MaxMessageSize: 1 << 20}, Form: f}
		c := thrift.NewConn(nc, &dial.SniffConn{Conn: nc}, call.Target{})
		var s thriftwire.Scanner
		for n := 0; ; n++ {
			r, err := x.Read(c, &s)
			if err != nil {
				return
			}
			reply := answer(n, r)
			if len(reply) == 0 {
				continue
			}
			if _, err := nc.Write(reply); err != nil {
				return
			}
		}
	}
}

// replyWith answers with a body, and pairs where the transport is TTHeader.
func replyWith(f thrift.Form, body []byte, str ...ttheader.Pair) func(int, thrift.Reply) []byte {
	return func(_ int, r thrift.Reply) []byte {
		if r.Msg.Type == thriftwire.Oneway {
			return nil
		}
		env := thriftwire.Envelope{Name: f.Name, Type: thriftwire.Reply, Seq: r.Msg.Seq}
		info := thrift.Info{TT: ttheader.Header{Str: str, Int: []ttheader.IntPair{{Key: 22, Value: "2"}}}}
		out, err := f.Build(context.Background(), nil, env, &info, body)
		if err != nil {
			panic(err)
		}
		return out.Wire
	}
}

// sayHex reads a request, writes bytes, and waits for the client to leave.
func sayHex(t testing.TB, s string) func(net.Conn) {
	b := unhex(t, s)
	return func(nc net.Conn) {
		_, _ = nc.Read(make([]byte, 1<<16))
		_, _ = nc.Write(b)
		_, _ = io.Copy(io.Discard, nc)
	}
}

// sayAndClose is sayHex with a close at the end.
func sayAndClose(b []byte) func(net.Conn) {
	return func(nc net.Conn) {
		_, _ = nc.Read(make([]byte, 1<<16))
		_, _ = nc.Write(b)
	}
}

// forms are all pairs of transport and protocol, with a method that goes over
// them, a request and a reply.
func forms(t testing.TB) []thriftCase {
	var cases []thriftCase
	compact, compactReply := unhex(t, "1c180268690000"), unhex(t, "0c00180572653a68690000")
	for _, transport := range []call.Transport{call.TTHeader, call.TTHeaderFramed, call.Framed, call.Buffered, call.Header} {
		cases = append(cases,
			thriftCase{transport, stream.Binary, echoPingPong, unhex(t, hiBody), unhex(t, reHiBody)},
			thriftCase{transport, stream.Compact, echoPingPong, compact, compactReply})
		if transport == call.Framed || transport == call.Buffered {
			cases = append(cases, thriftCase{transport, stream.JSON, echoPingPong,
				[]byte(`{"1":{"rec":{"1":{"str":"hi"}}}}`), []byte(`{"0":{"rec":{"1":{"str":"re:hi"}}}}`)})
		}
	}
	for _, transport := range []call.Transport{call.TTHeader, call.TTHeaderFramed, call.Framed} {
		cases = append(cases, thriftCase{transport, stream.Binary, protoUnary, []byte("\x0a\x02hi"), []byte("\x0a\x05re:hi")})
	}
	return cases
}

type thriftCase struct {
	transport      call.Transport
	protocol       stream.Protocol
	method         *stream.Method
	request, reply []byte
}

func (c thriftCase) String() string {
	kind := c.protocol.String()
	if c.method == protoUnary {
		kind = "protobuf"
	}
	return string(c.transport) + "/" + kind
}

func (c thriftCase) form(t testing.TB) thrift.Form {
	m := *c.method
	m.Protocol = c.protocol
	f, err := thrift.FormOf(row(c.transport).answer, &call.Options{Transport: c.transport}, &m)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// ctxFor bounds a test.
func ctxFor(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// listenTLS is listen with a certificate for 127.0.0.1.
func listenTLS(t *testing.T, a *authority, serve func(net.Conn)) string {
	cert, _, _ := a.issue("127.0.0.1", time.Now().Add(time.Hour))
	return listen(t, func(nc net.Conn) {
		conn := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{cert}})
		defer conn.Close()
		serve(conn)
	})
}

// pairsOf makes pairs of key, value, ...
func pairsOf(kv ...string) []ttheader.Pair {
	var pairs []ttheader.Pair
	for i := 0; i < len(kv); i += 2 {
		pairs = append(pairs, ttheader.Pair{Key: kv[i], Value: kv[i+1]})
	}
	return pairs
}

func pairOf(key, value string) ttheader.Pair { return ttheader.Pair{Key: key, Value: value} }

// requestWith is a call with a sequence id.
func requestWith(seq int32) thrift.Reply {
	return thrift.Reply{Msg: thriftwire.Message{Envelope: thriftwire.Envelope{Type: thriftwire.Call, Seq: seq}}}
}
