package thriftidl

import (
	"context"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// Place finds a symbol in the texts of files; see idl.Schema.
func (s *Schema) Place(ctx context.Context, symbol string) (idl.Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if service, rest, ok := strings.Cut(symbol, "/"); ok {
		method, parameter, _ := strings.Cut(rest, ".")
		m, err := s.findMethod(ctx, service+"/"+method)
		if err != nil {
			return unplaced(err)
		}
		return m.owner.placeAt(m.fn.at(parameter)), nil
	}
	d, err := s.find(ctx, symbol, spaceType, spaceService)
	if err != nil {
		return unplaced(err)
	}
	if d != nil {
		return d.placeAt(d.start), nil
	}
	owner, member := names.Cut(symbol)
	if d, err = s.find(ctx, owner, spaceType); err != nil || d == nil {
		return unplaced(err)
	}
	return d.placeAt(d.at(member)), nil
}

// unplaced is the place of what is not there.
func unplaced(err error) (idl.Place, error) {
	if names.IsMissing(err) {
		err = nil
	}
	return idl.Place{}, err
}

// at is where a parameter or exception begins, or else the method.
func (fn *function) at(parameter string) int {
	for _, list := range [][]field{fn.args, fn.throws} {
		for _, f := range list {
			if f.name == parameter {
				return f.start
			}
		}
	}
	return fn.start
}

// at is where a field or an enum value begins, or else the declaration.
func (d *decl) at(member string) int {
	b, err := d.look()
	if err != nil {
		return d.start
	}
	for _, f := range b.fields {
		if f.name == member {
			return f.start
		}
	}
	for _, v := range b.values {
		if v.Name == member {
			return v.start
		}
	}
	return d.start
}

// placeAt is an offset in the text of a declaration as a place.
func (d *decl) placeAt(offset int) idl.Place {
	at := source.Mistake(d.file.shown, d.file.src, offset, "")
	return idl.Place{File: at.File, Line: at.Line, Col: at.Col, Kind: d.class.String()}
}
