package load

import (
	"context"
	"time"

	"github.com/idlcall/idlcall/pkg/cache"
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

	// Cache keeps what the server says; nil keeps nothing.
	Cache *cache.Store
	// Server names who is asked, with all that may change the answers but for
	// Metadata and Version. Without it nothing is kept.
	Server string
	// MaxAge is how old an answer may be that is used in place of asking. 0 asks
	// always.
	MaxAge time.Duration
	// Cached is told what becomes of the cache; it may be nil.
	Cached func(event CacheEvent, age time.Duration)
}

// CacheEvent is what happens to IDL that came from the cache.
type CacheEvent uint8

// The events. The age is that of the oldest answer that was used.
const (
	// CacheUsed: the IDL, or some of it, comes from the cache.
	CacheUsed CacheEvent = iota
	// CacheRenewed: it did not fit, so the server was asked.
	CacheRenewed
	// CacheDoubtful: it may not fit, and what it was used for cannot be done
	// again. What was used is no longer in the cache.
	CacheDoubtful
)

// Reflect is the schema that a server describes by its reflection service. It asks
// for what is needed when it is needed, on one stream that stays open until the schema
// is closed.
//
// What the server refuses comes back as a *stream.Status, except that a symbol
// it does not have is a *idl.NotFoundError.
func Reflect(open OpenFunc, o ReflectOptions) *Reflected {
	return newReflected(func(maxAge time.Duration) (*protoidl.Schema, *reflection.Kept) {
		client := reflection.New(reflection.Options{Open: open, Metadata: o.Metadata, Alpha: o.Version == V1Alpha, Only: o.Version != ""})
		if o.Cache == nil || o.Server == "" {
			return protoidl.New(protoidl.Options{Remote: client, Service: o.Service, Warn: o.Warn}), nil
		}
		kept := reflection.Keep(client, reflection.Answers{Store: o.Cache, Server: o.Server, MaxAge: maxAge, Used: func(age time.Duration) { o.tell(CacheUsed, age) }})
		return protoidl.New(protoidl.Options{Remote: kept, Service: o.Service, Warn: o.Warn, Cache: o.Cache}), kept
	}, o)
}

func (o *ReflectOptions) tell(event CacheEvent, age time.Duration) {
	if o.Cached != nil {
		o.Cached(event, age)
	}
}
