package skeleton

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Methods are the methods of all services of a schema.
type Methods struct {
	ctx      context.Context //nolint:containedctx // of lookups, which end with the server
	schema   idl.Schema
	options  format.Options
	services []service
}

// service is one whose methods are listed when one of them is asked for.
type service struct {
	name    string
	methods func() ([]*Method, error)
}

// New knows the methods of all services of a schema, and looks into none. ctx is that of
// later lookups. The options are those of JSON, for both directions.
func New(ctx context.Context, schema idl.Schema, o format.Options) (*Methods, error) {
	names, err := schema.Services(ctx)
	if err != nil {
		return nil, err
	}
	ms := &Methods{ctx: ctx, schema: schema, options: o}
	for _, name := range names {
		ms.services = append(ms.services, service{name, sync.OnceValues(func() ([]*Method, error) { return ms.list(name) })})
	}
	return ms, nil
}

func (ms *Methods) list(name string) ([]*Method, error) {
	infos, err := ms.schema.Methods(ms.ctx, name)
	if err != nil {
		return nil, err
	}
	list := make([]*Method, len(infos))
	for i, info := range infos {
		list[i] = newMethod(ms, info)
	}
	return list, nil
}

// All are the methods, service by service. A service that a server lists and does not describe
// has none.
func (ms *Methods) All() ([]*Method, error) {
	var all []*Method
	for _, s := range ms.services {
		methods, err := s.methods()
		if _, missing := errors.AsType[*idl.NotFoundError](err); missing {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, methods...)
	}
	return all, nil
}

// Has reports whether there is a service of that full name.
func (ms *Methods) Has(name string) bool {
	for _, s := range ms.services {
		if s.name == name {
			return true
		}
	}
	return false
}

// Schema is where the methods are from.
func (ms *Methods) Schema() idl.Schema { return ms.schema }

// Find is the method that a client means, as serve.Server has it; nil where there is none. Of
// several, one is preferred that streams where the client can.
func (ms *Methods) Find(asked *stream.Method) (*Method, error) {
	var found *Method
	for _, s := range ms.services {
		if !s.answers(asked) {
			continue
		}
		methods, err := s.methods()
		if err != nil {
			return nil, err
		}
		for _, m := range methods {
			switch {
			case m.Name != asked.Name || !m.answers(asked):
			case m.suits(asked):
				return m, nil
			case found == nil:
				found = m
			}
		}
	}
	return found, nil
}

// answers reports whether a client may mean a service. Over HTTP there may be a path before
// its full name. Kitex and Apache Thrift do without the package of a service, and may do
// without the service.
func (s *service) answers(asked *stream.Method) bool {
	return s.isNamed(asked) || asked.Service == "" || asked.BareService() == bare(s.name)
}

// isNamed reports whether a client gives the full name of a service.
func (s *service) isNamed(asked *stream.Method) bool {
	return asked.Service == s.name || strings.HasSuffix(asked.Service, "/"+s.name)
}

// answers reports whether m, which is of a service that answers, is what a client asks for.
// Methods of Protobuf have the full name of their service, but in Kitex Protobuf.
func (m *Method) answers(asked *stream.Method) bool {
	if m.Lang != asked.Lang {
		return false
	}
	s := service{name: m.Service}
	return m.Lang == stream.Thrift || asked.Type == stream.Unary || s.isNamed(asked)
}

// suits reports whether m is of a kind that the client's protocol carries. A protocol of
// calls carries one message each way, TTHeader streaming only what streams.
func (m *Method) suits(asked *stream.Method) bool {
	switch {
	case asked.Type == stream.Unary:
		return m.Type == stream.Unary
	case asked.Streaming:
		return m.Type != stream.Unary
	}
	return true
}
