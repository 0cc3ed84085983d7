package diff

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// services compares services, and returns how many OLD has.
func (c *comparer) services() (int, error) {
	names, err := c.from.Services(c.ctx)
	if err != nil {
		return 0, err
	}
	there, err := c.to.Services(c.ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		methods, err := c.from.Methods(c.ctx, name)
		if err != nil {
			return 0, err
		}
		now := counterpart(name, len(methods) > 0 && methods[0].IsThrift(), names, there)
		if now == "" {
			if err := c.serviceGone(name, methods); err != nil {
				return 0, err
			}
			continue
		}
		c.report.Services++
		if err := c.methods(name, methods, now); err != nil {
			return 0, err
		}
	}
	return len(names), nil
}

// serviceGone tells of a service that NEW does not have.
func (c *comparer) serviceGone(name string, methods []idl.MethodInfo) error {
	if isServersOwn(name) {
		return nil
	}
	if len(methods) > 0 {
		if err := c.expect(name, language(methods[0].IsThrift())); err != nil {
			return err
		}
	}
	c.gone(ServiceRemoved, name, methods)
	return nil
}

// isServersOwn reports whether a service is one that servers have whatever they serve, so
// that IDL need not have it.
func isServersOwn(name string) bool {
	return strings.HasPrefix(name, "grpc.reflection.") || strings.HasPrefix(name, "grpc.health.")
}

// gone tells of a service or method that cannot be called any more.
func (c *comparer) gone(rule Rule, symbol string, methods []idl.MethodInfo) {
	f := Finding{Rule: rule, Symbol: symbol, Message: symbol + " is gone", Wire: true, JSON: true}
	for _, m := range methods {
		f.Methods = append(f.Methods, m.FullName())
	}
	c.findings = append(c.findings, f)
}

// methods compares the methods of a service with those of its counterpart.
func (c *comparer) methods(name string, list []idl.MethodInfo, now string) error {
	there, err := c.to.Methods(c.ctx, now)
	if err == nil {
		err = inOneLanguage(name, list, there)
	}
	if err != nil {
		return err
	}
	byName := make(map[string]*idl.MethodInfo, len(there))
	for i := range there {
		byName[there[i].Name] = &there[i]
	}
	for i := range list {
		m := &list[i]
		n := byName[m.Name]
		if n == nil {
			c.gone(MethodRemoved, m.FullName(), list[i:i+1])
			continue
		}
		c.report.Methods++
		if err := c.method(m.FullName(), n.FullName()); err != nil {
			return err
		}
	}
	return nil
}

// method compares a method and what it sends and receives.
func (c *comparer) method(name, now string) error {
	m, err := c.from.Method(c.ctx, name)
	if err != nil {
		return err
	}
	n, err := c.to.Method(c.ctx, now)
	if err != nil {
		return err
	}
	c.kind(m, n)
	if m.Streaming != n.Streaming {
		return nil // on a stream, Thrift sends the struct itself
	}
	in, newIn, err := c.pair(name, now, m.Input, n.Input)
	if err != nil {
		return err
	}
	id := c.reach.method(name, now)
	c.reach.from(id, request, in, newIn)
	out, newOut, err := c.pair(name, now, m.Output, n.Output)
	if err != nil || m.Oneway {
		return err
	}
	c.reach.from(id, reply, out, newOut)
	return nil
}

// kind compares what kind of method two are.
func (c *comparer) kind(m, n *idl.Method) {
	add := func(rule Rule, format string, args ...any) {
		c.findings = append(c.findings, Finding{
			Rule: rule, Symbol: m.FullName(), Now: n.FullName(), Message: m.FullName() + fmt.Sprintf(format, args...),
			Wire: true, JSON: true, Methods: []string{m.FullName()},
		})
	}
	switch {
	case m.Type != n.Type:
		add(StreamingChanged, " was %s, is %s", m.Type, n.Type)
	case m.Streaming != n.Streaming:
		add(StreamingChanged, " is %s, but only one of the two goes over a stream", m.Type)
	}
	switch {
	case m.Oneway && !n.Oneway:
		add(OnewayChanged, " was oneway, and is answered now")
	case !m.Oneway && n.Oneway:
		add(OnewayChanged, " is oneway now, and not answered any more")
	}
	if m.NoSideEffects && !n.NoSideEffects {
		add(SideEffectsAdded, " may have side effects now, so that Connect's GET is refused")
	}
}

// pair are the shapes of two messages. symbol and now are the method or type that they are
// of.
func (c *comparer) pair(symbol, now string, a, b idl.Message) (from, to *record, err error) {
	switch a := a.(type) {
	case *idl.ProtoMessage:
		b, ok := b.(*idl.ProtoMessage)
		if !ok {
			return nil, nil, &LanguageError{symbol, stream.Protobuf, stream.Thrift}
		}
		return c.proto[0].message(a.Descriptor), c.proto[1].message(b.Descriptor), nil
	case *thrift.Struct:
		b, ok := b.(*thrift.Struct)
		if !ok {
			return nil, nil, &LanguageError{symbol, stream.Thrift, stream.Protobuf}
		}
		return c.thrift[0].sent(a, symbol), c.thrift[1].sent(b, now), nil
	}
	return nil, nil, fmt.Errorf("compare %s: it is of no known language", symbol)
}
