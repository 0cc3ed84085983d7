package peer

import (
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	v1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	v1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// reflects says which versions of reflection a server offers.
type reflects struct{ v1, v1alpha bool }

func (p *Peers) register(s *grpc.Server, r reflects) {
	o := reflection.ServerOptions{Services: s, DescriptorResolver: p.schema.files, ExtensionResolver: extensions{p.schema.types, p.schema.files}}
	if r.v1 {
		v1.RegisterServerReflectionServer(s, reflection.NewServerV1(o))
	}
	if r.v1alpha {
		v1alpha.RegisterServerReflectionServer(s, reflection.NewServer(o))
	}
}

// forgetful is a resolver of files with imports that it does not have, as servers
// have them that were linked carelessly.
type forgetful struct {
	protodesc.Resolver
	missing string
}

func (f forgetful) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if path == f.missing {
		return nil, protoregistry.NotFound
	}
	file, err := f.Resolver.FindFileByPath(path)
	if err != nil {
		return nil, err
	}
	return f.without(file)
}

func (f forgetful) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	d, err := f.Resolver.FindDescriptorByName(name)
	if err != nil {
		return nil, err
	}
	if d.ParentFile().Path() == f.missing {
		return nil, protoregistry.NotFound
	}
	return f.without(d.ParentFile()) // reflection only wants to know the file
}

// without is the same file with the missing import as a placeholder.
func (f forgetful) without(file protoreflect.FileDescriptor) (protoreflect.FileDescriptor, error) {
	text := protodesc.ToFileDescriptorProto(file)
	return protodesc.FileOptions{AllowUnresolvable: true}.New(text, onlyOthers(f))
}

// onlyOthers resolves all but one file.
type onlyOthers struct {
	protodesc.Resolver
	missing string
}

func (o onlyOthers) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	if path == o.missing {
		return nil, protoregistry.NotFound
	}
	return o.Resolver.FindFileByPath(path)
}

// registerIncomplete registers reflection that does not have one of the files.
func (p *Peers) registerIncomplete(s *grpc.Server, missing string) {
	o := reflection.ServerOptions{
		Services: s, ExtensionResolver: extensions{p.schema.types, p.schema.files},
		DescriptorResolver: forgetful{p.schema.files, missing},
	}
	v1.RegisterServerReflectionServer(s, reflection.NewServerV1(o))
}

// registerBroken registers reflection that lists services which it does not have.
func (p *Peers) registerBroken(s *grpc.Server, gone ...string) {
	o := reflection.ServerOptions{
		Services: boastful{s, gone}, ExtensionResolver: extensions{p.schema.types, p.schema.files},
		DescriptorResolver: p.schema.files,
	}
	v1.RegisterServerReflectionServer(s, reflection.NewServerV1(o))
}

// registerSlow registers reflection that takes a minute to look for a type of package
// e2e.hidden.
func (p *Peers) registerSlow(s *grpc.Server) {
	o := reflection.ServerOptions{
		Services: s, ExtensionResolver: extensions{p.schema.types, p.schema.files},
		DescriptorResolver: slow{p.schema.files},
	}
	v1.RegisterServerReflectionServer(s, reflection.NewServerV1(o))
}

type slow struct{ protodesc.Resolver }

func (s slow) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	if name.Parent() == "e2e.hidden" {
		time.Sleep(time.Minute)
	}
	return s.Resolver.FindDescriptorByName(name)
}

type boastful struct {
	*grpc.Server
	gone []string
}

func (b boastful) GetServiceInfo() map[string]grpc.ServiceInfo {
	all := b.Server.GetServiceInfo()
	for _, name := range b.gone {
		all[name] = grpc.ServiceInfo{}
	}
	return all
}

// fronts answer for services that they do not know as proxies and routers do, each
// in its own way. Behind them is a server with reflection v1alpha.
var fronts = map[string]http.HandlerFunc{
	"FRONT_404": func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) },
	"FRONT_405": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
	"FRONT_401": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	"FRONT_502": func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>bad gateway</html>", http.StatusBadGateway)
	},
	"FRONT_UNAVAILABLE": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", "14")
	},
	"FRONT_RESET": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"FRONT_GARBAGE": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		_, _ = w.Write([]byte("\x00\x00\x00\x00\x04junk"))
	},
}

func (p *Peers) startFronts() error {
	s, err := p.grpcServer(nil)
	if err != nil {
		return err
	}
	p.register(s, reflects{v1alpha: true})
	for name, answer := range fronts {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/grpc.reflection.v1.") {
				answer(w, r)
				return
			}
			s.ServeHTTP(w, r)
		})
		if err := p.listen(name, func(l net.Listener) { plainHTTP2(l, h) }); err != nil {
			return err
		}
	}
	return nil
}

func plainHTTP2(l net.Listener, h http.Handler) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	_ = (&http.Server{Handler: h, Protocols: &protocols}).Serve(l)
}
