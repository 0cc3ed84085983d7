package diff

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Options say what is compared.
type Options struct {
	// AllTypes compares the message types that OLD's files declare too, and not only
	// those that travel in its methods. Where OLD has no services they are compared
	// in any case.
	AllTypes bool
}

// Compare finds what a client of one IDL would notice of a server of another. The error is
// a *LanguageError where a service or type of OLD is of another language in NEW, or is not
// there and the two have no language in common.
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

	related bool // that they have a language in common, or none, is known
}

// places looks for where things stand.
func (c *comparer) places() error {
	for i := range c.findings {
		f := &c.findings[i]
		var err error
		if f.Old, err = c.place(c.from, 0, f.Symbol, f.in); err != nil {
			return err
		}
		if f.Now == "" {
			continue
		}
		if f.New, err = c.place(c.to, 1, f.Now, f.in); err != nil {
			return err
		}
	}
	return nil
}

// place is that of a symbol, or of what led to its type: s is OLD (0) or NEW (1).
func (c *comparer) place(s idl.Schema, which int, symbol string, n *node) (idl.Place, error) {
	for {
		at, err := s.Place(c.ctx, symbol)
		if err != nil || at.File != "" || n == nil {
			return at, err
		}
		if symbol = c.reach.user(n, which); symbol == "" {
			return at, nil
		}
		n = n.via.in
	}
}
