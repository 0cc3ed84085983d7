package session

import (
	"context"
	"net"
	"sync"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve/demo"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Demo is the Target that names the server inside the process.
const Demo = "demo"

// Options say where calls go, where the IDL is, and how values are written. The zero
// value but for Target asks the server's reflection.
type Options struct {
	// Target is Demo, or what call.ParseTargets reads. It may be empty where Files
	// are given: such a Session makes no calls.
	Target string
	// Call is how to get there. Its Targets are those of Target, unless it has
	// some.
	Call call.Options
	// Files are the sources of IDL; nil where there are none.
	Files *load.Options
	// Reflect asks the server's reflection, beside Files. Where it is nil, that is
	// done only where there are no Files.
	Reflect *ReflectOptions
	// NoIDL leaves out reflection too: Bind is the only way to a method.
	NoIDL bool
	// Service is where Demo looks for a bare method name.
	Service string
	// Common is what all RPCs of the Session have in common, save for Method. That
	// of reflection takes no Header, Get and Trace from it.
	Common stream.Call
	// Protocol is how Thrift messages are encoded.
	Protocol stream.Protocol
	// Retry is when RPCs, and the questions of reflection, are made again.
	Retry Retry
	// Format is how values are written, and how strictly they are read.
	Format format.Options
}

// ReflectOptions say how to ask a server.
type ReflectOptions struct {
	// Server is the Session's own affair. Where MaxAge is 0, the server is asked always,
	// and what it says is kept for others, but not of a server on this machine, whose IDL
	// changes often. MaxAge below 0 keeps nothing.
	load.ReflectOptions

	// Refresh asks the server in any case, and keeps what it says.
	Refresh bool

	// Trace is told of the RPCs of reflection.
	Trace *stream.Trace
}

// Session is a client of one server with the IDL of its services.
type Session struct {
	options Options
	client  *client.Client // nil without a target
	schema  idl.Schema     // nil where there is no IDL
	demo    *demo.Demo
	server  *load.Reflected // of schema; nil where no server is asked
	// What it has is another's.
	lentClient, lentIDL bool

	mu      sync.Mutex
	methods map[string]*Method // by the names they were asked for
}

// Open reads the files of the options. It does not connect: the first call does, or
// the first question to reflection. Errors of IDL are of stream.KindIDL.
func Open(ctx context.Context, o Options) (*Session, error) {
	s := &Session{options: o, methods: map[string]*Method{}}
	if err := s.aim(); err != nil {
		_ = s.Close()
		return nil, err
	}
	if o.NoIDL {
		return s, nil
	}
	sources, err := s.sources(ctx)
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	s.schema = load.Join(sources...)
	return s, nil
}

// With is the Session with other options of its calls: common in the place of Options.Common,
// and values in that of Options.Format. Both share the client and the IDL. Closing what With
// returns closes nothing.
func (s *Session) With(common stream.Call, values format.Options) *Session {
	v := &Session{options: s.options, client: s.client, schema: s.schema, demo: s.demo, server: s.server, lentClient: true, lentIDL: true, methods: map[string]*Method{}}
	v.options.Common, v.options.Format = common, values
	return v
}

// Fork is the Session with a client of its own, and so with connections of its own, to targets, or
// where there are none to those of the Session. Both share the IDL. Closing what Fork returns closes
// its connections only.
func (s *Session) Fork(targets ...call.Target) (*Session, error) {
	if s.client == nil {
		return nil, errNoTarget
	}
	f := &Session{options: s.options, schema: s.schema, demo: s.demo, server: s.server, lentIDL: true, methods: map[string]*Method{}}
	if len(targets) > 0 {
		f.options.Call.Targets = targets
	}
	var err error
	f.client, err = client.New(f.options.Call)
	return f, err
}

// Targets are those that the Session tries in order.
func (s *Session) Targets() []call.Target { return s.options.Call.Targets }

// aim makes the client, and the demo server where that is the target.
func (s *Session) aim() error {
	o := &s.options.Call
	switch {
	case s.options.Target == "" && len(o.Targets) == 0:
		return nil
	case s.options.Target == Demo:
		s.demo = demo.New()
		o.Dial = s.demo.Dial
		o.Targets = []call.Target{{Network: "tcp", Address: "demo:80", Authority: Demo, Text: Demo}}
	case len(o.Targets) == 0:
		var err error
		if o.Targets, err = call.ParseTargets(s.options.Target); err != nil {
			return err
		}
	}
	o.Confirm = o.Confirm || s.options.Retry != Retry{}
	var err error
	s.client, err = client.New(*o)
	return err
}

// sources are the schemas of the options, the first to be asked first.
func (s *Session) sources(ctx context.Context) ([]idl.Schema, error) {
	var sources []idl.Schema
	if s.options.Files != nil {
		files, err := load.Files(ctx, *s.options.Files)
		if err != nil {
			return nil, &IDLError{err}
		}
		sources = append(sources, files)
	}
	switch {
	case s.demo != nil && s.options.Files == nil:
		builtIn, err := s.demo.Schema(ctx, s.options.Service)
		return append(sources, builtIn), err
	case s.client == nil && s.options.Files == nil:
		return nil, &UsageError{"neither a target nor IDL"}
	case s.client != nil && (s.options.Reflect != nil || s.options.Files == nil):
		reflection, err := s.reflection()
		return append(sources, reflection), err
	}
	return sources, nil
}

// reflection is the schema that the server itself has.
func (s *Session) reflection() (idl.Schema, error) {
	if t := s.Chosen(); t != "" && !t.HasStatus() {
		return nil, &UsageError{"servers of transport " + t.String() + " have no reflection to ask: IDL is needed"}
	}
	var o ReflectOptions
	if s.options.Reflect != nil {
		o = *s.options.Reflect
	}
	common := s.options.Common
	common.Header, common.Trace, common.Get = nil, o.Trace, false
	open := func(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
		asked := common
		asked.Method, asked.Header = rpc.Method, rpc.Header
		var asking stream.Stream
		err := s.options.Retry.run(ctx, o.Trace, func() (err error) {
			asking, err = s.client.Open(ctx, asked)
			return err
		}, nil)
		if t := s.client.Transport(&rpc.Method); err == nil && (t == call.GRPCWeb || t == call.Connect) {
			return oneQuestion{asking}, nil
		}
		return asking, err
	}
	common.Method.Type, common.Method.Protocol = stream.Bidi, s.options.Protocol
	s.remember(&o)
	s.server = load.Reflect(open, o.ReflectOptions)
	return s.server, s.client.Prepare(common)
}

// oneQuestion is a stream of reflection over what may be HTTP/1.1, where a server answers
// when it has the whole request: each question has a stream of its own.
type oneQuestion struct{ stream.Stream }

func (q oneQuestion) Send(body []byte) error {
	if err := q.Stream.Send(body); err != nil {
		return err
	}
	return q.CloseSend()
}

// open opens an RPC.
func (s *Session) open(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
	if s.client == nil {
		return nil, errNoTarget
	}
	return s.client.Open(ctx, rpc)
}

// Dial connects to the target, for who speaks for himself on the connection; protos are the ALPN
// protocols that are offered where it has TLS.
func (s *Session) Dial(ctx context.Context, protos ...string) (net.Conn, error) {
	if s.client == nil {
		return nil, errNoTarget
	}
	return s.client.Dial(ctx, protos...)
}

// Schema is the IDL; nil where Options.NoIDL.
func (s *Session) Schema() idl.Schema { return s.schema }

// Transport is what carries a method; empty without a target.
func (s *Session) Transport(m *stream.Method) call.Transport {
	if s.client == nil {
		return ""
	}
	return s.client.Transport(m)
}

// Shares reports whether calls of a method share a connection, over HTTP/2 at least.
func (s *Session) Shares(m *stream.Method) bool { return s.client != nil && s.client.Shares(m) }

// Protocol is how Thrift messages are encoded.
func (s *Session) Protocol() stream.Protocol { return s.options.Protocol }

// Chosen is the transport that the options or the target name; empty where neither does.
func (s *Session) Chosen() call.Transport {
	o := &s.options.Call
	if o.Transport != "" || len(o.Targets) == 0 {
		return o.Transport
	}
	return o.Targets[0].Transport
}

// Close ends all calls, the connections, reflection and the demo server. It is safe
// to repeat.
func (s *Session) Close() error {
	if s.client != nil && !s.lentClient {
		_ = s.client.Close()
	}
	if s.lentIDL {
		return nil
	}
	if s.schema != nil {
		_ = s.schema.Close(call.ErrClosed)
	}
	if s.demo != nil {
		s.demo.Close()
	}
	return nil
}
