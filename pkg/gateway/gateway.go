package gateway

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Options say how requests are read. The zero value is strict, and has no CORS.
type Options struct {
	// IgnoreUnknown skips keys of a body that no field has. The session's codec has an
	// option of its own for what is inside of them.
	IgnoreUnknown bool
	// Unused, if set, is told of names in a query that no field has. They are skipped,
	// since anybody puts things of their own into URLs. It may be called by several
	// goroutines.
	Unused func(r *http.Request, names []string)
	// MaxBody bounds the body of a request, in bytes; 0 is DefaultMaxBody.
	MaxBody int64
	// BodyTime bounds how long a body may take to arrive; 0 is no bound. Bodies of methods
	// whose client side streams may take any time.
	BodyTime time.Duration
	// Origins may call from browsers: CORS. "*" is all.
	Origins []string
	// Header goes with each RPC, before what a request brings.
	Header stream.Metadata
	// Pass are names of headers of a request that become metadata, beside credentials and
	// the context of a trace.
	Pass []string
	// Binary is how the session's codec writes bytes.
	Binary format.BinaryForm
	// OpenAPI, if set, is served at /openapi.json.
	OpenAPI []byte
	// Done, if set, is told how each request ended. It may be called by several
	// goroutines.
	Done func(r *http.Request, status int, err error)
}

// DefaultMaxBody is 64 MiB.
const DefaultMaxBody = 64 << 20

// Gateway answers HTTP requests with RPCs of a Session, which it does not own.
type Gateway struct {
	options Options
	routes  []*Route
	tree    tree
}

// Route is a rule with its method.
type Route struct {
	Method *session.Method
	Rule   idl.HTTPRule

	pattern *pattern
	mapping mapping
}

func (r *Route) String() string { return r.Rule.Verb + " " + r.Rule.Path }

// mapping makes documents of requests, and answers of replies and exceptions.
type mapping interface {
	request(in *input) ([]byte, error)
	// reply makes an answer, whose body is Protobuf where that is asked for and there is a
	// message for it.
	reply(json []byte, protobuf bool) (*answer, error)
	exception(name string, fields []byte) (*answer, error)
}

// New reads the rules of all methods of the Session's IDL. A rule that cannot be followed
// is a *RuleError, two for the same requests are a *ClashError, none at all a
// *NoRouteError.
func New(ctx context.Context, s *session.Session, o Options) (*Gateway, error) {
	g := &Gateway{options: o}
	schema := s.Schema()
	if schema == nil {
		return nil, &NoRouteError{None: true}
	}
	services, err := schema.Services(ctx)
	if err != nil {
		return nil, session.Looking(ctx, "the services", err)
	}
	for _, service := range services {
		infos, err := schema.Methods(ctx, service)
		if is[*idl.NotFoundError](err) {
			continue // a server lists it, and does not describe it
		}
		if err != nil {
			return nil, session.Looking(ctx, "service "+service, err)
		}
		for i := range infos {
			if err := g.add(ctx, s, infos[i].FullName()); err != nil {
				return nil, err
			}
		}
	}
	if len(g.routes) == 0 {
		return nil, &NoRouteError{None: true}
	}
	return g, nil
}

// Routes are in the order of the IDL. They are not to be changed.
func (g *Gateway) Routes() []*Route { return g.routes }

// add adds the routes of a method.
func (g *Gateway) add(ctx context.Context, s *session.Session, name string) error {
	m, err := s.Method(ctx, name)
	if err != nil {
		return err
	}
	if m.HTTP == nil {
		return nil
	}
	rules, err := m.HTTP()
	if is[*idl.ParseError](err) {
		return err // it has a place
	}
	if err != nil {
		return &RuleError{Method: name, Err: err}
	}
	for _, rule := range rules {
		r := &Route{Method: m, Rule: rule}
		if r.pattern, err = parsePattern(rule.Path, rule.Style); err == nil {
			r.mapping, err = g.compile(ctx, s, r)
		}
		if err != nil {
			return &RuleError{name, r.String(), err}
		}
		if other := g.tree.add(r.pattern, r); other != nil {
			return clash(ctx, s, other, r)
		}
		g.routes = append(g.routes, r)
	}
	return nil
}

// clash says where the methods of two routes are.
func clash(ctx context.Context, s *session.Session, a, b *Route) error {
	e := &ClashError{}
	for i, r := range []*Route{a, b} {
		e.Rules[i], e.Methods[i] = r.String(), r.Method.FullName()
		place, err := s.Schema().Place(ctx, r.Method.FullName())
		if err == nil && place.File != "" {
			e.Places[i] = fmt.Sprintf("%s:%d:%d", place.File, place.Line, place.Col)
		}
	}
	return e
}

// compile prepares the mapping of a route.
func (g *Gateway) compile(ctx context.Context, s *session.Session, r *Route) (mapping, error) {
	m := r.Method
	switch in := m.Input.(type) {
	case *thrift.Struct:
		t := &thriftMapping{method: m.FullName(), lax: g.options.IgnoreUnknown, replies: compileReplies(m.Method, g.options.Binary)}
		var err error
		if t.fields, err = compileFields(requestOf(m.Method)); err != nil {
			return nil, err
		}
		t.pb, err = findTranscoder(ctx, s, m.Method)
		return t, err
	case *idl.ProtoMessage:
		p, err := compileProto(m.Method, r)
		if err != nil {
			return nil, err
		}
		p.binary = g.options.Binary
		// Requests come in Protobuf and replies go in it: the other way round as in a call.
		reverse := &idl.Method{Method: m.Method.Method, Input: m.Output, Output: in}
		reverse.Protocol = stream.Binary
		p.reverse, err = format.Compile(reverse, format.Options{})
		return p, err
	}
	return nil, fmt.Errorf("no mapping for its messages")
}

// find is the route of a request.
func (g *Gateway) find(r *http.Request) (found, error) {
	f := g.tree.find(r.Method, r.URL.EscapedPath())
	if f.route == nil {
		slices.Sort(f.allowed)
		return f, &NoRouteError{Verb: r.Method, Path: r.URL.Path, Allowed: f.allowed}
	}
	return f, nil
}

func (g *Gateway) maxBody() int64 { return cmp.Or(g.options.MaxBody, DefaultMaxBody) }
