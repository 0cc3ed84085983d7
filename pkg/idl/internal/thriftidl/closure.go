package thriftidl

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// built is what a declaration has become.
type built struct {
	done bool
	busy bool         // a typedef that is being resolved
	typ  *thrift.Type // of types
}

// need reads, parses and builds everything that declarations in f refer to, from
// refs on. Afterwards typeOf and defaults work for all of them. What has been
// built stays; if something is wrong nothing of this call does.
func (s *Schema) need(ctx context.Context, f *file, refs []ref, fn *function) error {
	batch, err := s.closure(ctx, f, refs)
	if err != nil {
		return err
	}
	var unparsed []*decl
	for _, d := range batch {
		if d.hasValues() && !d.ast.parsed {
			unparsed = append(unparsed, d)
		}
	}
	if fn != nil {
		s.tell(f, fn.notes)
	}
	if fn != nil && (fn.ast.parsed || !haveDefaults(fn.args)) {
		fn = nil
	}
	if err := parse(unparsed, fn); err != nil {
		return err
	}
	if err := s.build(batch); err != nil {
		for _, d := range batch {
			d.built = built{}
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
func (s *Schema) closure(ctx context.Context, f *file, refs []ref) ([]*decl, error) {
	var batch []*decl
	seen := map[*decl]bool{}
	follow := func(f *file, refs []ref) error {
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
func (s *Schema) needDecl(ctx context.Context, d *decl) error {
	if d.built.done {
		return nil
	}
	return s.need(ctx, d.file, []ref{{name: d.name, at: d.nameAt, value: d.class == classConst}}, nil)
}
