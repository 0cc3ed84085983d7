package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	v1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	v1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// greetings has the methods that the README of evans calls, with the fields that it fills.
const greetings = `syntax = "proto3";
package api;
service Example {
  rpc Unary(SimpleRequest) returns (SimpleResponse);
  rpc UnaryMessage(MessageRequest) returns (SimpleResponse);
  rpc UnaryRepeated(RepeatedRequest) returns (SimpleResponse);
  rpc UnaryEnum(EnumRequest) returns (SimpleResponse);
  rpc UnaryBytes(BytesRequest) returns (SimpleResponse);
  rpc ClientStreaming(stream SimpleRequest) returns (SimpleResponse);
  rpc ServerStreaming(SimpleRequest) returns (stream SimpleResponse);
  rpc BidiStreaming(stream SimpleRequest) returns (stream SimpleResponse);
}
message SimpleRequest { string name = 1; }
message SimpleResponse { string message = 1; }
message FullName { string first_name = 1; string last_name = 2; }
message MessageRequest { string nickname = 1; FullName full_name = 2; }
message RepeatedRequest { repeated string name = 1; }
enum Gender { Male = 0; Female = 1; }
message EnumRequest { Gender gender = 1; }
message BytesRequest { bytes data = 1; }
`

// startGreeter starts a server of grpc-go, with both versions of reflection.
func (p *Peers) startGreeter() error {
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"api.proto": greetings}),
	}}
	compiled, err := compiler.Compile(context.Background(), "api.proto")
	if err != nil {
		return fmt.Errorf("compile the greeter's IDL: %w", err)
	}
	s := grpc.NewServer()
	s.RegisterService(describe(compiled[0].Services().Get(0), greet), nil)
	o := reflection.ServerOptions{Services: s, DescriptorResolver: linked{compiled.AsResolver()}}
	v1.RegisterServerReflectionServer(s, reflection.NewServerV1(o))
	v1alpha.RegisterServerReflectionServer(s, reflection.NewServer(o))
	return p.listen("GREETER", func(l net.Listener) { _ = s.Serve(l) })
}

// linked are files, and those that are linked in: of reflection itself, which some clients ask for.
type linked struct{ protodesc.Resolver }

func (l linked) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if f, err := l.Resolver.FindFileByPath(path); err == nil {
		return f, nil
	}
	return protoregistry.GlobalFiles.FindFileByPath(path)
}

func (l linked) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	if d, err := l.Resolver.FindDescriptorByName(name); err == nil {
		return d, nil
	}
	return protoregistry.GlobalFiles.FindDescriptorByName(name)
}

// greet greets with all that the request has: at the end where the client streams, three times for
// each request where the server does.
func greet(m protoreflect.MethodDescriptor) grpc.StreamHandler {
	return func(_ any, ss grpc.ServerStream) error {
		var all []string
		for {
			in := dynamicpb.NewMessage(m.Input())
			err := ss.RecvMsg(in)
			switch {
			case errors.Is(err, io.EOF) && m.IsStreamingServer():
				return nil
			case errors.Is(err, io.EOF):
				return say(ss, m, "%d times: %s", len(all), strings.Join(all, ", "))
			case err != nil:
				return err
			}
			all = append(all, spoken(in))
			for i := range 3 {
				if !m.IsStreamingServer() {
					break
				}
				if err := say(ss, m, "hello %s, I greet %d times.", all[len(all)-1], i); err != nil {
					return err
				}
			}
			if !m.IsStreamingClient() && m.IsStreamingServer() {
				return nil
			} else if !m.IsStreamingClient() {
				return say(ss, m, "hello, %s", all[0])
			}
		}
	}
}

func say(ss grpc.ServerStream, m protoreflect.MethodDescriptor, format string, args ...any) error {
	out := dynamicpb.NewMessage(m.Output())
	out.Set(m.Output().Fields().ByName("message"), protoreflect.ValueOfString(fmt.Sprintf(format, args...)))
	return ss.SendMsg(out)
}

// spoken is what a message has, in the order of its fields.
func spoken(m protoreflect.Message) string {
	var words []string
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch v := m.Get(f); {
		case f.IsList():
			for i := range v.List().Len() {
				words = append(words, v.List().Get(i).String())
			}
		case f.Kind() == protoreflect.EnumKind:
			words = append(words, string(f.Enum().Values().ByNumber(v.Enum()).Name()))
		case f.Kind() == protoreflect.BytesKind:
			words = append(words, string(v.Bytes()))
		case f.Message() != nil && m.Has(f):
			words = append(words, spoken(v.Message()))
		case f.Message() == nil && v.String() != "":
			words = append(words, v.String())
		}
	}
	return strings.Join(words, ", ")
}
