package protoidl

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Symbols lists what the named files declare; see idl.Schema.
func (s *Schema) Symbols(ctx context.Context) ([]string, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if s.p.remote != nil {
		return s.p.serviceNames(ctx)
	}
	if err := s.p.readAll(ctx); err != nil {
		return nil, err
	}
	if err := s.p.mistake(ctx); err != nil {
		return nil, err
	}
	if err := s.p.checkSyntax(ctx, source.WholeLimit); err != nil {
		return nil, err
	}
	var list []string
	for _, f := range s.p.files {
		if f.named {
			list = append(list, f.symbols()...)
		}
	}
	if len(list) == 0 {
		return nil, s.p.checkSyntax(ctx, source.MaxIDL)
	}
	return list, nil
}

// symbols are the declarations of a file outside of others, in their order.
func (f *file) symbols() []string {
	var list []string
	for _, d := range f.decls {
		switch {
		case d.Kind == protoscan.Service, d.Name != "" && d.Extendee == "":
			list = append(list, d.Name)
		default:
			for _, x := range d.look().Extensions {
				list = append(list, x.Name)
			}
		}
	}
	return list
}
