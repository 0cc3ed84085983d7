package diff

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Options say what is compared.
type Options struct {
	// AllTypes compares the message types that OLD's files declare too, and not only
	// those that travel in its methods. Where OLD has no services they are compared
	// in any case.
	AllTypes bool
}

// Compare finds what a client of one IDL would notice of a server of another. The two
// must be of one language where they have a method in common; otherwise the error is a
// *LanguageError.
func Compare(ctx context.Context, from, to idl.Schema, o Options) (*Report, error) {
	c := &comparer{
		ctx: ctx, from: from, to: to, reach: newReach(),
		proto: [2]*protoShapes{newProtoShapes(), newProtoShapes()}, thrift: [2]*thriftShapes{newThriftShapes(), newThriftShapes()},
	}
	services, err := c.services()
	if err != nil {
		return nil, err
	}
	if o.AllTypes || services == 0 {
		if err := c.types(); err != nil {
			return nil, err
		}
	}
	c.reach.compare(&c.findings)
	c.report.Types = len(c.reach.nodes)
	if err := c.places(); err != nil {
		return nil, err
	}
	sortFindings(c.findings)
	c.report.Findings = c.findings
	return &c.report, nil
}

// comparer is one comparison.
type comparer struct {
	ctx      context.Context
	from, to idl.Schema
	reach    *reach
	proto    [2]*protoShapes // of from and to
	thrift   [2]*thriftShapes
	findings []Finding
	report   Report
}

// types compares the message types that OLD declares by their names, as if they were sent
// both ways.
func (c *comparer) types() error {
	names, err := c.from.Messages(c.ctx)
	if err != nil {
		return err
	}
	there, err := c.to.Messages(c.ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		a, err := c.from.Message(c.ctx, name)
		if err != nil {
			return err
		}
		_, isThrift := a.(*thrift.Struct)
		now := counterpart(name, isThrift, names, there)
		if now == "" {
			c.findings = append(c.findings, Finding{Rule: TypeRemoved, Symbol: name, Message: name + " is gone", Wire: true, JSON: true})
			continue
		}
		b, err := c.to.Message(c.ctx, now)
		if err != nil {
			return err
		}
		from, to, err := c.pair(name, now, a, b)
		if err != nil {
			return err
		}
		c.reach.from("", both, from, to)
	}
	return nil
}

// places looks for where things stand.
func (c *comparer) places() error {
	for i := range c.findings {
		f := &c.findings[i]
		var err error
		if f.Old, err = c.from.Place(c.ctx, f.Symbol); err != nil {
			return err
		}
		if f.Now == "" {
			continue
		}
		if f.New, err = c.to.Place(c.ctx, f.Now); err != nil {
			return err
		}
	}
	return nil
}
