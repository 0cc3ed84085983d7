package load

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoidl"
	"github.com/idlcall/idlcall/pkg/idl/internal/reflection"
	"github.com/idlcall/idlcall/pkg/stream"
)

// OpenFunc opens an RPC: the stream on which a server is asked.
type OpenFunc func(ctx context.Context, rpc stream.Call) (stream.Stream, error)

// Versions of the reflection service.
const (
	V1      = "v1"
	V1Alpha = "v1alpha"
)

// ReflectOptions say how to ask a server. The zero value asks for v1 and, where that
// fails before its first answer, for v1alpha.
type ReflectOptions struct {
	Metadata stream.Metadata
	// Service is where Method looks for a bare method name; it may be empty.
	Service string
	// Version is V1 or V1Alpha to ask for nothing else.
	Version string
	// Warn is told, in a line, what is wrong with the descriptors that came but
	// does no harm; it may be nil.
	Warn func(message string)
}

// Reflect is the schema that a server describes by its reflection service. It asks
// for what is needed when it is needed, on one stream that stays open until the schema
// is closed.
//
// What the server refuses comes back as a *stream.Status, except that a symbol
// it does not have is a *idl.NotFoundError.
func Reflect(open OpenFunc, o ReflectOptions) idl.Schema {
	server := reflection.New(reflection.Options{Open: open, Metadata: o.Metadata, Alpha: o.Version == V1Alpha, Only: o.Version != ""})
	return protoidl.New(protoidl.Options{Remote: server, Service: o.Service, Warn: o.Warn})
}
