package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// benchProto is the service under load; its handlers pass bytes through, so that
// the server costs as little as it can.
const benchProto = `syntax = "proto3";
package bench;
service Bench {
  rpc Unary(Item) returns (Item);
  rpc Many(Request) returns (stream Item);
  rpc Count(stream Item) returns (Request);
  rpc Echo(stream Item) returns (stream Item);
}
message Request { int32 count = 1; int32 size = 2; }
message Item { int64 id = 1; string name = 2; bool ok = 3; repeated string tags = 4; }
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
		{StreamName: "Many", Handler: many, ServerStreams: true},
		{StreamName: "Count", Handler: count, ClientStreams: true},
		{StreamName: "Echo", Handler: echo, ClientStreams: true, ServerStreams: true},
	},
	Metadata: "bench.proto",
}

// many sends count items; size is roughly that of each.
func many(_ any, s grpc.ServerStream) error {
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
		m := item(int(i), int(n[2]))
		if err := s.SendMsg(&m); err != nil {
			return err
		}
	}
	return nil
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
	message := func(name string, fields ...*descriptorpb.FieldDescriptorProto) *descriptorpb.DescriptorProto {
		return &descriptorpb.DescriptorProto{Name: &name, Field: fields}
	}
	field := func(name string, number int32, kind descriptorpb.FieldDescriptorProto_Type, label descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{Name: &name, Number: &number, Type: &kind, Label: &label}
	}
	method := func(name, in, out string, client, server bool) *descriptorpb.MethodDescriptorProto {
		return &descriptorpb.MethodDescriptorProto{Name: &name, InputType: &in, OutputType: &out, ClientStreaming: &client, ServerStreaming: &server}
	}
	const one, list = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	name, pkg, syntax, service := "bench.proto", "bench", "proto3", "Bench"
	fd, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: &name, Package: &pkg, Syntax: &syntax,
		MessageType: []*descriptorpb.DescriptorProto{
			message("Request", field("count", 1, descriptorpb.FieldDescriptorProto_TYPE_INT32, one), field("size", 2, descriptorpb.FieldDescriptorProto_TYPE_INT32, one)),
			message("Item", field("id", 1, descriptorpb.FieldDescriptorProto_TYPE_INT64, one), field("name", 2, descriptorpb.FieldDescriptorProto_TYPE_STRING, one),
				field("ok", 3, descriptorpb.FieldDescriptorProto_TYPE_BOOL, one), field("tags", 4, descriptorpb.FieldDescriptorProto_TYPE_STRING, list)),
		},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: &service, Method: []*descriptorpb.MethodDescriptorProto{
			method("Unary", ".bench.Item", ".bench.Item", false, false),
			method("Many", ".bench.Request", ".bench.Item", false, true),
			method("Count", ".bench.Item", ".bench.Request", true, false),
			method("Echo", ".bench.Item", ".bench.Item", true, true),
		}}},
	}, nil)
	if err != nil {
		return fmt.Errorf("bench.proto: %w", err)
	}
	return protoregistry.GlobalFiles.RegisterFile(fd)
}
