package cmd

import (
	"context"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// demoTarget names the server inside the process.
const demoTarget = "demo"

// handle is where calls go, if there is a target, and the schema of its services.
type handle struct {
	options call.Options
	rpc     stream.Call // what all RPCs have in common
	client  *call.Client
	schema  idl.Schema
	demo    *serve.Demo
}

// open prepares client and schema. It connects to nothing: reflection does when
// it is asked. target may be empty where IDL is given.
func open(ctx context.Context, std streams, target string, i *idlFlags, c *connFlags) (*handle, error) {
	s := &handle{}
	if target == "" && !i.given() {
		return nil, &usageError{err: fmt.Errorf("no IDL"), hint: "give --idl, or --target to ask a server's reflection"}
	}
	if target != "" {
		if err := s.aim(target, c, std); err != nil {
			return nil, err
		}
	}
	var sources []idl.Schema
	if err := i.check(); err != nil {
		return nil, err
	}
	if i.given() {
		files, err := idl.Load(ctx, i.options(std, s.thriftTransport(c), c.warn(std)))
		if err != nil {
			return nil, &idlError{err}
		}
		sources = append(sources, files)
	}
	if s.demo != nil && !i.given() {
		builtIn, err := s.demo.Schema(ctx, i.service)
		if err != nil {
			return nil, err
		}
		sources = append(sources, builtIn)
	} else if target != "" && (i.reflect.given || !i.given()) {
		reflection, err := s.reflection(i, c, std)
		if err != nil {
			return nil, err
		}
		sources = append(sources, reflection)
	}
	s.schema = idl.Join(sources...)
	return s, nil
}

// reflection is the schema that the server itself has.
func (s *handle) reflection(i *idlFlags, c *connFlags, std streams) (idl.Schema, error) {
	if t := s.transport(); t != "" && t != call.GRPC && t != call.GRPCWeb {
		return nil, &usageError{err: fmt.Errorf("no IDL"), hint: "give --idl: servers of transport " + t.String() + " have no reflection to ask"}
	}
	md, err := headers(append(c.headers, i.reflectHeaders...), c.expand)
	if err != nil {
		return nil, err
	}
	if err := s.connect(); err != nil {
		return nil, err
	}
	shared := s.rpc
	shared.Trace = stream.Tee(tracer(std.err, c.verbose, c.secrets), c.events.lookups())
	shared.Method.Type = stream.Bidi
	if err := s.client.Prepare(shared); err != nil {
		return nil, err
	}
	ask := func(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
		rpc.Transient, rpc.Persistent, rpc.Compress, rpc.Trace = shared.Transient, shared.Persistent, shared.Compress, shared.Trace
		return s.client.Open(ctx, rpc)
	}
	o := idl.ReflectOptions{Metadata: md, Service: undotted(i.service), Version: i.reflect.version, Warn: c.warn(std)}
	return idl.Reflect(ask, o), nil
}

// warn tells the user, and the events, what is wrong but does no harm.
func (f *connFlags) warn(std streams) func(string) {
	return func(message string) {
		warner(std.err)(message)
		f.events.warning(message)
	}
}

// transport is what flag or target say, empty where neither does.
func (s *handle) transport() call.Transport {
	if s.options.Transport != "" || len(s.options.Targets) == 0 {
		return s.options.Transport
	}
	return s.options.Targets[0].Transport
}

// thriftTransport is the transport that a Thrift IDL would go over, empty for the
// default of its methods.
func (s *handle) thriftTransport(c *connFlags) call.Transport {
	switch t := s.transport(); {
	case t != "":
		return t
	case len(s.options.Targets) > 0 && s.options.Targets[0].HTTP:
		return call.HTTP
	}
	return c.transport
}

// aim makes the options of the client.
func (s *handle) aim(target string, c *connFlags, std streams) error {
	var targets []call.Target
	o, err := c.options()
	if err != nil {
		return err
	}
	if s.rpc, err = c.rpc(); err != nil {
		return err
	}
	s.rpc.Trace = stream.Tee(tracer(std.err, c.verbose, c.secrets), c.events.trace())
	if target == demoTarget {
		if err := c.checkDemo(); err != nil {
			return err
		}
		s.demo = serve.NewDemo()
		o.Dial = s.demo.Dial
		o.Targets = []call.Target{{Network: "tcp", Address: "demo:80", Authority: demoTarget, Text: demoTarget}}
	} else if targets, err = call.ParseTargets(target); err != nil {
		return err
	} else {
		o.Targets = targets
	}
	o.SilentLimit = c.silentLimit
	s.options = o
	return c.check(o.Targets)
}

// connect makes the client, unless reflection has one already. It dials nothing.
func (s *handle) connect() error {
	if s.client != nil {
		return nil
	}
	var err error
	s.client, err = call.New(s.options)
	return err
}

// close ends reflection, the connection and the demo server.
func (s *handle) close() {
	if c, ok := s.schema.(io.Closer); ok {
		_ = c.Close()
	}
	if s.client != nil {
		_ = s.client.Close()
	}
	if s.demo != nil {
		s.demo.Close()
	}
}

// metadata is that of the call itself.
func metadata(c *connFlags, r *requestFlags) (stream.Metadata, error) {
	return headers(append(c.headers, r.rpcHeaders...), c.expand)
}

// save writes the IDL of the symbols if the user wants it.
func (s *handle) save(ctx context.Context, i *idlFlags, symbols ...string) error {
	if i.save == "" || s.schema == nil {
		return nil
	}
	return idl.Save(ctx, s.schema, idl.SaveOptions{Dest: i.save, Force: i.force}, symbols...)
}
