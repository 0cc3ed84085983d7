package diff

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// types compares the message types that OLD declares by their names, as if they were sent
// both ways.
func (c *comparer) types() error {
	names, err := c.from.Symbols(c.ctx)
	if err != nil {
		return err
	}
	there, err := c.to.Symbols(c.ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		is, err := isMessage(c.ctx, c.from, name)
		if err == nil && is {
			err = c.declared(name, names, there)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isMessage reports whether a symbol is a message type.
func isMessage(ctx context.Context, s idl.Schema, name string) (bool, error) {
	if name == "" {
		return false, nil
	}
	at, err := s.Place(ctx, name)
	return isMessageKind(at.Kind), err
}

func isMessageKind(kind string) bool {
	switch kind {
	case "message", "struct", "union", "exception":
		return true
	}
	return false
}

// declared compares a type, and those that are declared in it.
func (c *comparer) declared(name string, names, there []string) error {
	a, err := c.from.Message(c.ctx, name)
	if err != nil {
		return err
	}
	_, isThrift := a.(*thrift.Struct)
	now := counterpart(name, isThrift, names, there)
	is, err := isMessage(c.ctx, c.to, now)
	if err == nil && !is {
		err = c.expect(name, language(isThrift))
	}
	if err != nil {
		return err
	}
	if !is {
		c.typeGone(name)
		return nil
	}
	b, err := c.to.Message(c.ctx, now)
	if err != nil {
		return err
	}
	from, to, err := c.pair(name, now, a, b)
	if err != nil {
		return err
	}
	c.reach.from(noMethod, both, from, to)
	if !isThrift {
		c.nested(a.(*idl.ProtoMessage).Descriptor, b.(*idl.ProtoMessage).Descriptor)
	}
	return nil
}

// nested compares the types that are declared in two messages.
func (c *comparer) nested(old, now protoreflect.MessageDescriptor) {
	for i := range old.Messages().Len() {
		a := old.Messages().Get(i)
		if a.IsMapEntry() {
			continue
		}
		b := now.Messages().ByName(a.Name())
		if b == nil {
			c.typeGone(string(a.FullName()))
			continue
		}
		c.reach.from(noMethod, both, c.proto[0].message(a), c.proto[1].message(b))
		c.nested(a, b)
	}
}

func (c *comparer) typeGone(name string) {
	c.findings = append(c.findings, Finding{Rule: TypeRemoved, Symbol: name, Message: name + " is gone", Wire: true, JSON: true})
}
