package clients

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/idlcall/idlcall/e2e/peer/apachegen/thrifttest"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

var apacheConfig = &thrift.TConfiguration{MaxMessageSize: 64 << 20}

// apacheProtocols encode bodies as clients ask for them.
var apacheProtocols = map[stream.Protocol]thrift.TProtocolFactory{
	stream.Binary:  thrift.NewTBinaryProtocolFactoryConf(apacheConfig),
	stream.Compact: thrift.NewTCompactProtocolFactoryConf(apacheConfig),
	stream.JSON:    thrift.NewTJSONProtocolFactory(),
}

// answering reads the arguments of a call and sends what f makes of them, in the protocol of
// the client. An error beside a result is a declared exception.
func answering[A thrift.TStruct](args func() A, f func(A) (thrift.TStruct, bool)) serve.Handler {
	return func(ctx context.Context, s serve.ServerStream) error {
		protocol := apacheProtocols[s.Method().Protocol]
		body, err := s.Recv()
		if err != nil {
			return err
		}
		in := args()
		buffer := thrift.NewTMemoryBufferLen(len(body))
		_, _ = buffer.Write(body)
		if err := in.Read(ctx, protocol.GetProtocol(buffer)); err != nil {
			return &serve.ApplicationError{Type: serve.ProtocolError, Message: err.Error()}
		}
		out, declared := f(in)
		buffer = thrift.NewTMemoryBuffer()
		p := protocol.GetProtocol(buffer)
		if err := errors.Join(out.Write(ctx, p), p.Flush(ctx)); err != nil {
			return err
		}
		if declared {
			return &serve.DeclaredError{Name: "Xception", Body: buffer.Bytes()}
		}
		return s.Send(buffer.Bytes())
	}
}

// TestServeApache calls with Apache's own client, in its transports and protocols, and with its
// multiplexed protocol.
func TestServeApache(t *testing.T) {
	services := make(chan string, 1)
	testString := answering(thrifttest.NewThriftTestTestStringArgs, func(a *thrifttest.ThriftTestTestStringArgs) (thrift.TStruct, bool) {
		return &thrifttest.ThriftTestTestStringResult{Success: &a.Thing}, false
	})
	oneways := make(chan int32, 1)
	testOneway := answering(thrifttest.NewThriftTestTestOnewayArgs, func(a *thrifttest.ThriftTestTestOnewayArgs) (thrift.TStruct, bool) {
		oneways <- a.SecondsToSleep
		return thrifttest.NewThriftTestTestVoidResult(), false
	})
	address := serving(t, map[string]serve.Handler{
		"testString": func(ctx context.Context, s serve.ServerStream) error {
			select {
			case services <- s.Method().Service:
			default:
			}
			return testString(ctx, s)
		},
		"testVoid": answering(thrifttest.NewThriftTestTestVoidArgs, func(*thrifttest.ThriftTestTestVoidArgs) (thrift.TStruct, bool) {
			return thrifttest.NewThriftTestTestVoidResult(), false
		}),
		"testException": answering(thrifttest.NewThriftTestTestExceptionArgs, func(a *thrifttest.ThriftTestTestExceptionArgs) (thrift.TStruct, bool) {
			return &thrifttest.ThriftTestTestExceptionResult{Err1: &thrifttest.Xception{ErrorCode: 1001, Message: a.Arg}}, true
		}),
		"testOneway": func(ctx context.Context, s serve.ServerStream) error { // Apache's clients in Go send it as CALL
			err := testOneway(ctx, s)
			return errors.Join(serve.ErrNoReply, err)
		},
		"testBool": ending(&serve.ApplicationError{Type: 7, Message: "bad"}),
		"testByte": ending(errors.New("any")),
		"testI32":  ending(nil),
	})
	for framed, wrap := range map[string]thrift.TTransportFactory{
		"framed":   thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), apacheConfig),
		"buffered": thrift.NewTBufferedTransportFactory(4096),
	} {
		for protocol, factory := range apacheProtocols {
			for _, service := range []string{"", "Second"} {
				t.Run(fmt.Sprintf("%s/%s/%q", framed, protocol, service), func(t *testing.T) {
					transport, err := wrap.GetTransport(thrift.NewTSocketConf(address, apacheConfig))
					if err != nil {
						t.Fatal(err)
					}
					if err := transport.Open(); err != nil {
						t.Fatal(err)
					}
					defer transport.Close()
					in := factory.GetProtocol(transport)
					out := in
					if service != "" {
						out = thrift.NewTMultiplexedProtocol(in, service)
					}
					callApache(t, thrifttest.NewThriftTestClient(thrift.NewTStandardClient(in, out)), oneways)
					if got := <-services; got != service {
						t.Errorf("service %q", got)
					}
				})
			}
		}
	}
}

// callApache makes calls of each outcome on one connection.
func callApache(t *testing.T, c *thrifttest.ThriftTestClient, oneways <-chan int32) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, text := range []string{"", "a", `"ä\`, strings.Repeat("x", 2<<20)} {
		if got, err := c.TestString(ctx, text); err != nil || got != text {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	if err := c.TestVoid(ctx); err != nil {
		t.Error(err)
	}
	if err := c.TestOneway(ctx, 3); err != nil || <-oneways != 3 {
		t.Error(err)
	}
	err := c.TestException(ctx, "Xception")
	if e, ok := errors.AsType[*thrifttest.Xception](err); !ok || e.ErrorCode != 1001 || e.Message != "Xception" {
		t.Errorf("declared: %v", err)
	}
	_, application := c.TestBool(ctx, true)
	_, other := c.TestByte(ctx, 1)
	_, nothing := c.TestI32(ctx, 1)
	_, unknown := c.TestI64(ctx, 1)
	for want, err := range map[string]error{
		"7 bad": application, "6 any": other, "5 the handler sent no result": nothing,
	} {
		if e, ok := errors.AsType[thrift.TApplicationException](err); !ok || fmt.Sprint(e.TypeId(), " ", e.Error()) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if e, ok := errors.AsType[thrift.TApplicationException](unknown); !ok || e.TypeId() != 1 && e.TypeId() != 20 {
		t.Errorf("unknown: %v", unknown)
	}
	if err := c.TestVoid(ctx); err != nil {
		t.Error(err)
	}
}
