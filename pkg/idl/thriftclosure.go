package idl

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// thriftBuilt is what a declaration has become.
type thriftBuilt struct {
	done bool
	busy bool         // a typedef that is being resolved
	typ  *thrift.Type // of types
}

// need reads, parses and builds everything that declarations in f refer to, from
// refs on. Afterwards typeOf and defaults work for all of them. What has been
// built stays; if something is wrong nothing of this call does.
func (s *thriftSchema) need(ctx context.Context, f *thriftFile, refs []thriftRef, fn *thriftFunc) error {
	batch, err := s.closure(ctx, f, refs)
	if err != nil {
		return err
	}
	var unparsed []*thriftDecl
	for _, d := range batch {
		if !d.ast.parsed {
			unparsed = append(unparsed, d)
		}
	}
	if fn != nil {
		s.tell(f, fn.notes)
	}
	if fn != nil && fn.ast.parsed {
		fn = nil
	}
	if err := parseThrift(unparsed, fn); err != nil {
		return err
	}
	if err := s.build(batch); err != nil {
		for _, d := range batch {
			d.built = thriftBuilt{}
		}
		return err
	}
	for _, d := range batch {
		d.built.done = true
		s.tell(d.file, d.body.notes)
	}
	return nil
}

// closure lists the declarations that refs lead to and that are not built yet.
func (s *thriftSchema) closure(ctx context.Context, f *thriftFile, refs []thriftRef) ([]*thriftDecl, error) {
	var batch []*thriftDecl
	seen := map[*thriftDecl]bool{}
	follow := func(f *thriftFile, refs []thriftRef) error {
		for _, r := range refs {
			d, err := s.resolveRef(f, r)
			if err != nil {
				return err
			}
			if d == nil || d.built.done || seen[d] {
				continue
			}
			seen[d] = true
			batch = append(batch, d)
		}
		return ctx.Err()
	}
	if err := follow(f, refs); err != nil {
		return nil, err
	}
	for i := 0; i < len(batch); i++ {
		b, err := batch[i].look()
		if err != nil {
			return nil, err
		}
		if err := follow(batch[i].file, b.refs); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

// needDecl is need for one declaration.
func (s *thriftSchema) needDecl(ctx context.Context, d *thriftDecl) error {
	if d.built.done {
		return nil
	}
	return s.need(ctx, d.file, []thriftRef{{name: d.name, at: d.nameAt, value: d.class == classConst}}, nil)
}
