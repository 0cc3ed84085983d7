package clients

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
)

// bodies passes encoded messages through; its name is the subtype of the content
// type.
type bodies string

func (bodies) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (bodies) Unmarshal(b []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), b...)
	return nil
}
func (b bodies) Name() string { return string(b) }

// TestGRPCGo calls the demo with grpc-go, in Protobuf and with Kitex's content type.
func TestGRPCGo(t *testing.T) {
	conn, err := grpc.NewClient(demo(t), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, tt := range []struct {
		name, method string
		codec        encoding.Codec
		client       bool // it sends any number
		sent, want   []string
		code         codes.Code
	}{
		{"bidi", "/pb.StreamingService/BidirectionalEcho", bodies("proto"), true, []string{"0a0161", "0a0162"}, []string{"0a0161", "0a0162"}, codes.OK},
		{"client", "/stream.ClientStream/Sum", bodies("proto"), true, []string{"0801", "0802"}, []string{"0803"}, codes.OK},
		{"server", "/pb.StreamingService/StreamResponseEcho", bodies("proto"), false, []string{"0a0178"}, []string{"0a0178", "0a0178", "0a0178"}, codes.OK},
		{"Thrift bidi", "/TestService/Echo", bodies("thrift"), true, []string{"0b0001000000016100", "0b0001000000016200"}, []string{"0b0001000000016100", "0b0001000000016200"}, codes.OK},
		{"Thrift with a package", "/echo.TestService/EchoServer", bodies("thrift"), false, []string{"0b0001000000017800"}, []string{"0b0001000000017800", "0b0001000000017800", "0b0001000000017800"}, codes.OK},
		{"Thrift unary", "/TestService/EchoUnary", bodies("thrift"), false, []string{"0c00010b00010000000268690000"}, []string{"0c00000b00010000000268690000"}, codes.OK},
		{"unknown", "/TestService/Nope", bodies("thrift"), false, []string{"00"}, nil, codes.Unimplemented},
		{"Thrift's method in Protobuf", "/TestService/Echo", bodies("proto"), true, nil, nil, codes.Unimplemented},
		{"malformed", "/TestService/Echo", bodies("thrift"), true, []string{"0b"}, nil, codes.InvalidArgument},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			s, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: tt.client, ServerStreams: true}, tt.method, grpc.ForceCodec(tt.codec))
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range tt.sent {
				var body []byte
				if _, err := fmt.Sscanf(text, "%x", &body); err != nil {
					t.Fatal(err)
				}
				if err := s.SendMsg(&body); err != nil && err != io.EOF {
					t.Fatal(err)
				}
			}
			_ = s.CloseSend()
			got, err := received(s)
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || status.Code(err) != tt.code {
				t.Errorf("got %v, %v\nwant %v, %v", got, err, tt.want, tt.code)
			}
		})
	}
}

// received collects messages to the end of a stream.
func received(s grpc.ClientStream) (texts []string, err error) {
	for {
		var body []byte
		if err := s.RecvMsg(&body); err == io.EOF {
			return texts, nil
		} else if err != nil {
			return texts, err
		}
		texts = append(texts, fmt.Sprintf("%x", body))
	}
}
