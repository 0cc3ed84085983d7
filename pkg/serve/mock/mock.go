package mock

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/health"
	"github.com/idlcall/idlcall/pkg/serve/reflection"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Options say how a Mock answers beside its script. The zero value echoes.
type Options struct {
	// Random answers methods without a rule with random values, which depend on Seed and on
	// the request only.
	Random bool
	Seed   uint64
	// Otherwise, if set, answers what no rule does, in place of an echo.
	Otherwise func(ctx context.Context, c *skeleton.Call) error
	// Log, if set, is told of each RPC when it has ended, by many goroutines. Those of
	// reflection and of health are not told.
	Log func(*Entry)
}

// Mock answers the methods of IDL, and reflection and grpc.health.v1. Use must have been
// called before Find.
type Mock struct {
	options Options
	now     atomic.Pointer[state]
}

// New returns a Mock.
func New(o Options) *Mock { return &Mock{options: o} }

// state is IDL with a script for it.
type state struct {
	methods    *skeleton.Methods
	script     *Script
	reflection *reflection.Reflection
	health     *health.Health // nil where the script has rules for that service
	status     func() (*format.Program, error)
	echoes     sync.Map // *skeleton.Method to echo
}

// Use answers with a script, which may be nil, and the methods of a schema from now on. Where
// the script does not fit the schema, which is a *yamldoc.Error, nothing changes. ctx is that
// of lookups in the schema.
func (m *Mock) Use(ctx context.Context, schema idl.Schema, script *Script) error {
	methods, err := skeleton.New(ctx, schema, format.Options{Int64: format.Int64Number})
	if err != nil {
		return err
	}
	s := &state{methods: methods, script: script}
	s.status = sync.OnceValues(func() (*format.Program, error) { return skeleton.Status(methods) })
	if script == nil {
		s.script = &Script{}
	}
	var own []load.Text
	if !s.script.speaksOf(health.Service) {
		own = []load.Text{load.Health()}
		s.health = health.New(ctx, methods.Has)
	}
	s.reflection = reflection.New(ctx, schema, own...)
	if err := s.bind(); err != nil {
		return err
	}
	m.now.Store(s)
	return nil
}

// Find is for serve.Server.
func (m *Mock) Find(asked *stream.Method) (serve.Handler, error) {
	s := m.now.Load()
	if h, err := s.own(asked); h != nil || err != nil {
		return h, err
	}
	method, err := s.methods.Find(asked)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, st serve.ServerStream) (err error) {
		p := &play{mock: m, served: s, ctx: ctx, begun: time.Now()}
		p.entry.Method = asked.FullName()
		if method != nil {
			p.entry.Method = method.FullName()
		}
		defer func() { p.log(st, err) }()
		if method == nil {
			return &serve.UnknownMethodError{Method: *asked}
		}
		if p.call, err = method.Open(st); err != nil {
			return err
		}
		defer p.call.Close()
		return p.call.Ended(p.run())
	}, nil
}

// own are the methods that a server has whatever its IDL.
func (s *state) own(asked *stream.Method) (serve.Handler, error) {
	if h := s.reflection.Find(asked); h != nil || s.health == nil {
		return h, nil
	}
	return s.health.Find(asked)
}

// speaksOf reports whether a rule names a service.
func (s *Script) speaksOf(service string) bool {
	return slices.ContainsFunc(s.Rules, func(r *Rule) bool { return strings.HasPrefix(r.Method.Text, service+"/") })
}

// rulesOf are the rules for a method, in order.
func (s *state) rulesOf(m *skeleton.Method) []*Rule {
	var list []*Rule
	for _, r := range s.script.Rules {
		if r.names(m) {
			list = append(list, r)
		}
	}
	return list
}

// echo is what the method answers by itself.
func (s *state) echo(m *skeleton.Method) (echo, error) {
	if e, ok := s.echoes.Load(m); ok {
		return e.(echo), nil
	}
	found, err := m.IDL()
	if err != nil {
		return nil, err
	}
	e, _ := s.echoes.LoadOrStore(m, echoOf(found))
	return e.(echo), nil
}
