package peer

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/bufbuild/protocompile"
	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	v1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// ChangingName is the host that only the proxy knows, where CHANGING is: no client can
// tell that it is on this machine.
const ChangingName = "changing.e2e.test"

// changes are what a server serves, one after the other. Each answers with the fields of
// the request that the reply has too, and those that the reply alone has.
var changes = []string{
	`service Users { rpc Get(Query) returns (User); rpc Gone(Query) returns (User); }
	message Query { string name = 1; }
	message User { string name = 1; }`,

	`service Users { rpc Get(Query) returns (User); rpc Find(Query) returns (User); }
	message Query { string name = 1; int32 age = 2; }
	message User { string name = 1; int32 age = 2; string role = 3; }`,

	`service Users { rpc Get(Query) returns (stream User); }
	message Query { string name = 1; }
	message User { string name = 1; }`,
}

// worlds have the version each that clients see who send their name in x-world.
type worlds struct {
	mu      sync.Mutex
	version map[string]int // an index of changes
}

// next goes on to the next version.
func (w *worlds) next(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version[name]++
}

func (w *worlds) of(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version[name] % len(changes)
}

// startChanging starts a server whose IDL changes: what a client meets depends on its
// x-world, and changing.Control/Next makes the next version of that. Behind it is a
// server of grpc-go for each version.
func (p *Peers) startChanging() error {
	w := &worlds{version: map[string]int{}}
	servers := make([]*grpc.Server, len(changes))
	for i, text := range changes {
		var err error
		if servers[i], err = w.server(text); err != nil {
			return err
		}
	}
	h := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		servers[w.of(r.Header.Get("x-world"))].ServeHTTP(rw, r)
	})
	return p.listen("CHANGING", func(l net.Listener) { plainHTTP2(l, h) })
}

// server serves one version.
func (w *worlds) server(text string) (*grpc.Server, error) {
	const control = "\nservice Control { rpc Next(Nothing) returns (Nothing); }\nmessage Nothing {}\n"
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{
			"changing.proto": "syntax = \"proto3\";\npackage changing;\n" + text + control,
		}),
	}}
	compiled, err := compiler.Compile(context.Background(), "changing.proto")
	if err != nil {
		return nil, fmt.Errorf("compile the changing IDL: %w", err)
	}
	files := &protoregistry.Files{}
	if err := files.RegisterFile(compiled[0]); err != nil {
		return nil, err
	}
	s := grpc.NewServer()
	services := compiled[0].Services()
	for i := range services.Len() {
		s.RegisterService(describe(services.Get(i), w.handler), nil)
	}
	v1.RegisterServerReflectionServer(s, reflection.NewServerV1(reflection.ServerOptions{
		Services: s, DescriptorResolver: files, ExtensionResolver: extensions{dynamicpb.NewTypes(files), files},
	}))
	return s, nil
}

// handler answers as the package says.
func (w *worlds) handler(m protoreflect.MethodDescriptor) grpc.StreamHandler {
	return func(_ any, ss grpc.ServerStream) error {
		in, out := dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())
		if err := ss.RecvMsg(in); err != nil {
			return err
		}
		if strings.HasSuffix(string(m.FullName()), ".Next") {
			w.next(first(ss.Context(), "x-world"))
		}
		fields := m.Output().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			if same := m.Input().Fields().ByName(f.Name()); same != nil {
				out.Set(f, in.Get(same))
			} else {
				out.Set(f, protoreflect.ValueOfString("new"))
			}
		}
		if m.IsStreamingServer() {
			if err := ss.SendMsg(out); err != nil {
				return err
			}
		}
		return ss.SendMsg(out)
	}
}
