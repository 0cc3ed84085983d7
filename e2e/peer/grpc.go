package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // compressed answers
	"google.golang.org/grpc/health"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/interop"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	grpcpeer "google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// maxMessage lets messages of 5 MB pass: grpc-go accepts 4 MB by default.
const maxMessage = 16 << 20

// grpcServer is a grpc-go server with all services but reflection.
func (p *Peers) grpcServer(config *tls.Config) (*grpc.Server, error) {
	registerZstd()
	options := []grpc.ServerOption{
		grpc.ForceServerCodec(rawCodec{}), grpc.MaxRecvMsgSize(maxMessage),
		grpc.StreamInterceptor(p.journalled),
	}
	if config != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	s := grpc.NewServer(options...)
	testgrpc.RegisterTestServiceServer(s, interop.NewTestServer())
	healthgrpc.RegisterHealthServer(s, newHealth())
	for name, handler := range map[protoreflect.FullName]func(protoreflect.MethodDescriptor) grpc.StreamHandler{
		"e2e.Calls": callsHandler, "e2e.Log": p.logHandler, "e2e.types.Types": echoHandler,
	} {
		service, err := p.schema.service(name)
		if err != nil {
			return nil, err
		}
		s.RegisterService(describe(service, handler), nil)
	}
	return s, nil
}

// newHealth knows the server as a whole, a service that is well, and one that is not.
func newHealth() *health.Server {
	h := health.NewServer()
	h.SetServingStatus("e2e.Calls", healthgrpc.HealthCheckResponse_SERVING)
	h.SetServingStatus("e2e.Log", healthgrpc.HealthCheckResponse_NOT_SERVING)
	return h
}

// describe makes grpc-go's description of a service. Every method is a stream
// for it: on the wire a unary call is one.
func describe(s protoreflect.ServiceDescriptor, handler func(protoreflect.MethodDescriptor) grpc.StreamHandler) *grpc.ServiceDesc {
	d := &grpc.ServiceDesc{ServiceName: string(s.FullName()), Metadata: s.ParentFile().Path()}
	methods := s.Methods()
	for i := range methods.Len() {
		m := methods.Get(i)
		d.Streams = append(d.Streams, grpc.StreamDesc{
			StreamName: string(m.Name()), Handler: handler(m),
			ClientStreams: m.IsStreamingClient(), ServerStreams: m.IsStreamingServer(),
		})
	}
	return d
}

// journalled notes how each call with an x-call-id ended.
func (p *Peers) journalled(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	err := handler(srv, ss)
	p.journal.note(first(ss.Context(), "x-call-id"), outcome(ss.Context(), err))
	return err
}

// goneError is a failure to talk to the client.
type goneError struct{ error }

// Unwrap lets grpc-go find the context's error, which has a status of its own.
func (e goneError) Unwrap() error { return e.error }

// outcome is how a call ended whose handler ended with err. Sending or receiving
// may fail a moment before the context says why.
func outcome(ctx context.Context, err error) string {
	var gone goneError
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return "deadline"
	case ctx.Err() == context.Canceled, errors.As(err, &gone):
		return "cancelled"
	}
	return "completed"
}

// first is a value of the request's metadata.
func first(ctx context.Context, name string) string {
	if values := metadata.ValueFromIncomingContext(ctx, name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// grpcConversation is a conversation over grpc-go.
type grpcConversation struct{ grpc.ServerStream }

func (c grpcConversation) recv() ([]byte, error) {
	var m raw
	err := c.RecvMsg(&m)
	return m.bytes, err
}

func (c grpcConversation) send(b []byte) error { return c.SendMsg(&raw{b}) }

func callsHandler(m protoreflect.MethodDescriptor) grpc.StreamHandler {
	if m.Name() == "Headers" {
		return headersHandler
	}
	k := kind{m.IsStreamingClient(), m.IsStreamingServer()}
	return func(_ any, ss grpc.ServerStream) error {
		if name := first(ss.Context(), "x-compress"); name != "" {
			if err := grpc.SetSendCompressor(ss.Context(), name); err != nil {
				return status.Error(codes.FailedPrecondition, err.Error())
			}
		}
		err := serveCalls(grpcConversation{ss}, k)
		if ended, ok := errors.AsType[*statusError](err); ok {
			return status.ErrorProto(ended.status)
		}
		if err != nil {
			return goneError{err}
		}
		return nil
	}
}

// headersHandler answers with the request's metadata, and sends some of its own.
func headersHandler(_ any, ss grpc.ServerStream) error {
	var m raw
	if err := ss.RecvMsg(&m); err != nil {
		return err
	}
	own := []string{"x-initial", "one", "x-initial", "two", "x-initial-bin", "\x00\x01\xfe"}
	if err := ss.SetHeader(metadata.Pairs(own...)); err != nil {
		return err
	}
	ss.SetTrailer(metadata.Pairs("x-final", "three", "x-final-bin", "\xff"))
	md, _ := metadata.FromIncomingContext(ss.Context())
	md = md.Copy()
	addTLS(ss.Context(), md)
	names := make([]string, 0, len(md))
	for name := range md {
		if !strings.HasPrefix(name, "grpc-") && name != "user-agent" && name != "content-type" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var reply []byte
	for _, name := range names {
		header := appendString(nil, 1, name)
		for _, value := range md[name] {
			header = appendString(header, 2, value)
		}
		reply = protowire.AppendBytes(protowire.AppendTag(reply, 1, protowire.BytesType), header)
	}
	return ss.SendMsg(&raw{reply})
}

// addTLS shows what the handshake said as if it were metadata.
func addTLS(ctx context.Context, md metadata.MD) {
	p, ok := grpcpeer.FromContext(ctx)
	if !ok {
		return
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return
	}
	md.Set("tls-server-name", info.State.ServerName)
	if certs := info.State.PeerCertificates; len(certs) > 0 {
		md.Set("tls-client", certs[0].Subject.CommonName)
	}
}

func (p *Peers) logHandler(protoreflect.MethodDescriptor) grpc.StreamHandler {
	return func(_ any, ss grpc.ServerStream) error {
		var m raw
		if err := ss.RecvMsg(&m); err != nil {
			return err
		}
		var id string
		err := fields(m.bytes, func(_ protowire.Number, _ uint64, b []byte) error {
			id = string(b)
			return nil
		})
		if err != nil {
			return err
		}
		outcome, err := p.journal.wait(ss.Context(), id)
		if err != nil {
			return err
		}
		return ss.SendMsg(&raw{appendString(nil, 1, outcome)})
	}
}

// echoHandler answers each message with itself, parsed and encoded anew.
func echoHandler(m protoreflect.MethodDescriptor) grpc.StreamHandler {
	return func(_ any, ss grpc.ServerStream) error {
		message := dynamicpb.NewMessage(m.Input())
		if err := ss.RecvMsg(message); err != nil {
			return err
		}
		return ss.SendMsg(message)
	}
}
