package protoscan

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// Encoded indexes an encoded FileDescriptorProto.
func Encoded(data []byte) (*Outline, error) {
	s := &Outline{}
	var public []uint64
	var options []Import
	counts := map[Kind]int{}
	syntax := ""
	err := rawdesc.Walk(data, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			s.Name = string(val)
		case 2:
			s.Pkg = string(val)
			s.keep(n, val)
		case 3:
			s.Imports = append(s.Imports, Import{Name: string(val)})
		case 15: // of option_dependency; public imports count without these
			options = append(options, Import{Name: string(val)})
		case 4, 5, 6, 7:
			kind := Kind(n - 4)
			s.Decls = append(s.Decls, Decl{Kind: kind, Raw: val, Index: counts[kind]})
			counts[kind]++
		case 9:
			s.Source = val
		case 10:
			if val != nil {
				return rawdesc.Packed(val, &public)
			}
			public = append(public, num)
		case 8:
			s.keep(n, val)
		case 12:
			syntax = string(val)
			s.keep(n, val)
		case 14:
			s.Header = protowire.AppendVarint(protowire.AppendTag(s.Header, n, protowire.VarintType), num)
		}
		return nil
	})
	if err != nil || s.Name == "" || ManyParts(s.Pkg) || len(s.Imports) > MaxImports {
		return nil, rawdesc.Err
	}
	// Go's runtime has such files for imports that were not linked in, and its
	// reflection sends them.
	s.Placeholder = strings.HasPrefix(syntax, "<unknown") && len(s.Decls)+len(s.Imports) == 0
	for _, i := range public {
		if i < uint64(len(s.Imports)) {
			s.Imports[i].Public = true
		}
	}
	s.Imports = append(s.Imports, options...)
	for i := range s.Decls {
		d := &s.Decls[i]
		d.Scope = s.Pkg
		d.Name = names.Join(s.Pkg, rawdesc.Name(d.Raw))
	}
	return s, nil
}

// keep keeps a field of the header.
func (s *Outline) keep(n protowire.Number, val []byte) {
	s.Header = rawdesc.AppendField(s.Header, n, val)
}

// rawBody looks into an encoded declaration.
func rawBody(d *Decl) *Body {
	b := &Body{}
	var err error
	switch d.Kind {
	case Message:
		err = b.rawMessage(d.Raw, d.Name, 0)
	case Enum:
		err = b.rawEnum(d.Raw, d.Scope)
	case Service:
		err = b.rawService(d.Raw, d.Name)
	case Extend:
		err = b.rawField(d.Raw, d.Scope)
	}
	b.Odd = err != nil
	return b
}

func (b *Body) rawMessage(raw []byte, scope string, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("message %s is nested too deeply", scope)
	}
	return rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		switch n {
		case 2, 6:
			return b.rawField(val, scope)
		case 3:
			name := names.Join(scope, rawdesc.Name(val))
			kind := Message
			if isMapEntry(val) {
				kind = MapEntry
			}
			b.Names = append(b.Names, Inner{name, kind})
			return b.rawMessage(val, name, depth+1)
		case 4:
			b.Names = append(b.Names, Inner{names.Join(scope, rawdesc.Name(val)), Enum})
			return b.rawEnum(val, scope)
		}
		return nil
	})
}

func isMapEntry(raw []byte) bool {
	entry := false
	_ = rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n != 7 {
			return nil
		}
		return rawdesc.Walk(val, func(n protowire.Number, _ []byte, num uint64) error {
			entry = entry || n == 7 && num != 0
			return nil
		})
	})
	return entry
}

func (b *Body) rawField(raw []byte, scope string) error {
	var name, extendee string
	var number int32
	err := rawdesc.Walk(raw, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			name = string(val)
		case 2:
			extendee = string(val)
			b.Refs = append(b.Refs, Ref{Name: extendee, Scope: scope})
		case 3:
			number = int32(num)
		case 6:
			b.Refs = append(b.Refs, Ref{Name: string(val), Scope: scope})
		}
		return nil
	})
	if extendee != "" {
		full := names.Join(scope, name)
		b.Names = append(b.Names, Inner{full, Extend})
		b.Extensions = append(b.Extensions, Extension{full, Ref{Name: extendee, Scope: scope}, number})
	}
	return err
}

func (b *Body) rawEnum(raw []byte, scope string) error {
	return rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 2 {
			b.Values = append(b.Values, names.Join(scope, rawdesc.Name(val)))
		}
		return nil
	})
}

func (b *Body) rawService(raw []byte, scope string) error {
	return rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 2 {
			return b.rawMethod(val, scope)
		}
		return nil
	})
}

func (b *Body) rawMethod(raw []byte, scope string) error {
	var m Method
	err := rawdesc.Walk(raw, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			m.Name = string(val)
		case 2:
			m.Input = Ref{Name: string(val), Scope: scope}
		case 3:
			m.Output = Ref{Name: string(val), Scope: scope}
		case 5:
			m.Client = num != 0
		case 6:
			m.Server = num != 0
		}
		return nil
	})
	m.Refs = []Ref{m.Input, m.Output}
	b.Methods = append(b.Methods, m)
	return err
}
