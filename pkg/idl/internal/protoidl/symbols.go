package protoidl

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
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
	return s.p.declared(ctx, func() []string {
		var list []string
		for _, f := range s.p.files {
			if f.named {
				list = append(list, f.symbols()...)
			}
		}
		return list
	})
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
