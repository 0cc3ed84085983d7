// Command grpcgo is what an engineer would write with grpc-go to call bench.Bench: messages are made
// by hand, and there is no JSON. Its arguments are an address and
//
//	unary        one call
//	many COUNT   a server stream of so many messages
//	count COUNT  a client stream
//	echo COUNT   a bidi stream, which sends and receives at once
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protowire"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "grpcgo:", err)
		os.Exit(1)
	}
}

// bodies is a codec of encoded messages.
type bodies struct{}

func (bodies) Name() string                  { return "proto" }
func (bodies) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (bodies) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append((*v.(*[]byte))[:0], data...)
	return nil
}

func run(address, mode string, args []string) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(bodies{})))
	if err != nil {
		return err
	}
	defer conn.Close()
	count := 0
	if len(args) > 0 {
		if count, err = strconv.Atoi(args[0]); err != nil {
			return err
		}
	}
	item := protowire.AppendString(protowire.AppendTag([]byte{8, 7}, 2, protowire.BytesType), "some name")
	ctx := context.Background()
	switch mode {
	case "unary":
		var reply []byte
		return conn.Invoke(ctx, "/bench.Bench/Unary", &item, &reply)
	case "many":
		request := protowire.AppendVarint([]byte{8}, uint64(count))
		return stream(ctx, conn, "Many", &grpc.StreamDesc{ServerStreams: true}, 1, &request)
	case "count":
		return stream(ctx, conn, "Count", &grpc.StreamDesc{ClientStreams: true}, count, &item)
	}
	return stream(ctx, conn, "Echo", &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, count, &item)
}

// stream sends a message so many times, and receives at the same time.
func stream(ctx context.Context, conn *grpc.ClientConn, method string, desc *grpc.StreamDesc, count int, message *[]byte) error {
	s, err := conn.NewStream(ctx, desc, "/bench.Bench/"+method)
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() {
		for range count {
			if err := s.SendMsg(message); err != nil {
				sent <- err
				return
			}
		}
		sent <- s.CloseSend()
	}()
	for {
		var reply []byte
		switch err := s.RecvMsg(&reply); err {
		case nil:
		case io.EOF:
			return <-sent
		default:
			return err
		}
	}
}
