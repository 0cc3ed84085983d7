package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"sync"

	"github.com/bufbuild/protocompile"
	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// benchProto is the service under load; its handlers pass bytes through, so that
// the server costs as little as it can.
const benchProto = `syntax = "proto3";
package bench;
service Bench {
  rpc Unary(Item) returns (Item);
  rpc Many(Request) returns (stream Item);
  rpc Orders(Request) returns (stream Order);
  rpc Count(stream Item) returns (Request);
  rpc Echo(stream Item) returns (stream Item);
}
message Request { int32 count = 1; int32 size = 2; }
message Item { int64 id = 1; string name = 2; bool ok = 3; repeated string tags = 4; }
message Order { int64 id = 1; string customer = 2; repeated Line lines = 3; map<string, string> labels = 4; }
message Line { int64 id = 1; string name = 2; double price = 3; int32 count = 4; bool active = 5; repeated string tags = 6; Line part = 7; }
`

// eitherCodec hands the bodies of Bench to its handlers as they are, and messages
// to those of reflection.
type eitherCodec struct{}

func (eitherCodec) Marshal(v any) ([]byte, error) {
	if body, ok := v.(*[]byte); ok {
		return *body, nil
	}
	return proto.Marshal(v.(proto.Message))
}

func (eitherCodec) Unmarshal(data []byte, v any) error {
	if body, ok := v.(*[]byte); ok {
		*body = append([]byte(nil), data...)
		return nil
	}
	return proto.Unmarshal(data, v.(proto.Message))
}

func (eitherCodec) Name() string { return "proto" }

// startServer runs a grpc-go server for Bench, with reflection.
func startServer() (addr string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := grpc.NewServer(grpc.ForceServerCodec(eitherCodec{}))
	s.RegisterService(&benchService, nil)
	if err := register(); err != nil {
		return "", nil, err
	}
	reflection.Register(s)
	go s.Serve(l)
	return l.Addr().String(), s.Stop, nil
}

var benchService = grpc.ServiceDesc{
	ServiceName: "bench.Bench",
	Methods: []grpc.MethodDesc{{MethodName: "Unary", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		var body []byte
		return &body, decode(&body)
	}}},
	Streams: []grpc.StreamDesc{
		{StreamName: "Many", Handler: many(item), ServerStreams: true},
		{StreamName: "Orders", Handler: many(sameOrder()), ServerStreams: true},
		{StreamName: "Count", Handler: count, ClientStreams: true},
		{StreamName: "Echo", Handler: echo, ClientStreams: true, ServerStreams: true},
	},
	Metadata: "bench.proto",
}

// many sends count messages; size is roughly that of each.
func many(message func(id, size int) []byte) grpc.StreamHandler {
	return func(_ any, s grpc.ServerStream) error {
		var body []byte
		if err := s.RecvMsg(&body); err != nil {
			return err
		}
		var n [3]uint64
		for len(body) > 0 {
			num, _, tag := protowire.ConsumeTag(body)
			v, size := protowire.ConsumeVarint(body[tag:])
			n[num], body = v, body[tag+size:]
		}
		for i := range n[1] {
			m := message(int(i), int(n[2]))
			if err := s.SendMsg(&m); err != nil {
				return err
			}
		}
		return nil
	}
}

// sameOrder makes one order, so that to make it is not part of what is measured.
func sameOrder() func(id, size int) []byte {
	var mu sync.Mutex
	made := map[int][]byte{}
	return func(_, size int) []byte {
		mu.Lock()
		defer mu.Unlock()
		if made[size] == nil {
			made[size] = order(size)
		}
		return made[size]
	}
}

// order is a message with messages inside, each of which has one more.
func order(size int) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 7)
	b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), "Ada Lovelace")
	for n := 0; len(b) < size; n++ {
		part := line(n)
		one := protowire.AppendBytes(protowire.AppendTag(line(n+1), 7, protowire.BytesType), part)
		b = protowire.AppendBytes(protowire.AppendTag(b, 3, protowire.BytesType), one)
	}
	label := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "region")
	label = protowire.AppendString(protowire.AppendTag(label, 2, protowire.BytesType), "eu-west")
	return protowire.AppendBytes(protowire.AppendTag(b, 4, protowire.BytesType), label)
}

func line(n int) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(1000*n+1))
	b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), fmt.Sprintf("item number %d", n))
	b = protowire.AppendFixed64(protowire.AppendTag(b, 3, protowire.Fixed64Type), math.Float64bits(float64(n)+0.25))
	b = protowire.AppendVarint(protowire.AppendTag(b, 4, protowire.VarintType), uint64(n+1))
	b = protowire.AppendVarint(protowire.AppendTag(b, 5, protowire.VarintType), 1)
	b = protowire.AppendString(protowire.AppendTag(b, 6, protowire.BytesType), "red")
	return protowire.AppendString(protowire.AppendTag(b, 6, protowire.BytesType), "green")
}

// item is a small message, filled up to size with tags.
func item(id, size int) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(id))
	b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), "some name")
	b = protowire.AppendVarint(protowire.AppendTag(b, 3, protowire.VarintType), 1)
	for len(b) < size {
		b = protowire.AppendString(protowire.AppendTag(b, 4, protowire.BytesType), strings.Repeat("tag ", 5))
	}
	return b
}

func count(_ any, s grpc.ServerStream) error {
	for n := uint64(0); ; n++ {
		var body []byte
		if err := s.RecvMsg(&body); err == io.EOF {
			reply := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), n)
			return s.SendMsg(&reply)
		} else if err != nil {
			return err
		}
	}
}

func echo(_ any, s grpc.ServerStream) error {
	for {
		var body []byte
		if err := s.RecvMsg(&body); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := s.SendMsg(&body); err != nil {
			return err
		}
	}
}

// register puts bench.proto where grpc-go's reflection looks.
func register() error {
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"bench.proto": benchProto}),
	}}
	files, err := compiler.Compile(context.Background(), "bench.proto")
	if err != nil {
		return err
	}
	return protoregistry.GlobalFiles.RegisterFile(files[0])
}
