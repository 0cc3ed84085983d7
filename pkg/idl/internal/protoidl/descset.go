package protoidl

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// rawFile is an encoded FileDescriptorProto taken apart.
type rawFile struct {
	// header has the package, options, syntax and edition fields as they are.
	header []byte
	source []byte // SourceCodeInfo
}

// scanRaw indexes an encoded FileDescriptorProto.
func scanRaw(data []byte) (*file, error) {
	f := &file{raw: data, cutter: &rawFile{}}
	var public []uint64
	var options []*importEdge
	counts := map[declKind]int{}
	syntax := ""
	err := rawdesc.Walk(data, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			f.name = string(val)
		case 2:
			f.pkg = string(val)
			f.cutter.keep(n, val)
		case 3:
			f.imports = append(f.imports, &importEdge{name: string(val)})
		case 15: // of option_dependency; public imports count without these
			options = append(options, &importEdge{name: string(val)})
		case 4, 5, 6, 7:
			kind := declKind(n - 4)
			f.decls = append(f.decls, &decl{kind: kind, raw: val, index: counts[kind]})
			counts[kind]++
		case 9:
			f.cutter.source = val
		case 10:
			if val != nil {
				return rawdesc.Packed(val, &public)
			}
			public = append(public, num)
		case 8:
			f.cutter.keep(n, val)
		case 12:
			syntax = string(val)
			f.cutter.keep(n, val)
		case 14:
			f.cutter.header = protowire.AppendVarint(protowire.AppendTag(f.cutter.header, n, protowire.VarintType), num)
		}
		return nil
	})
	if err != nil || f.name == "" || manyParts(f.pkg) || len(f.imports) > maxImports {
		return nil, rawdesc.Err
	}
	// Go's runtime has such files for imports that were not linked in, and its
	// reflection sends them.
	f.placeholder = strings.HasPrefix(syntax, "<unknown") && len(f.decls)+len(f.imports) == 0
	for _, i := range public {
		if i < uint64(len(f.imports)) {
			f.imports[i].public = true
		}
	}
	f.imports = append(f.imports, options...)
	for _, d := range f.decls {
		d.scope = f.pkg
		d.name = names.Join(f.pkg, rawdesc.Name(d.raw))
	}
	return f, nil
}

func (r *rawFile) keep(n protowire.Number, val []byte) {
	r.header = protowire.AppendBytes(protowire.AppendTag(r.header, n, protowire.BytesType), val)
}

// rawBody looks into an encoded declaration.
func rawBody(d *decl) *body {
	b := &body{}
	var err error
	switch d.kind {
	case kindMessage:
		err = b.rawMessage(d.raw, d.name, 0)
	case kindEnum:
		err = b.rawEnum(d.raw, d.scope)
	case kindService:
		err = b.rawService(d.raw, d.name)
	case kindExtend:
		err = b.rawField(d.raw, d.scope)
	}
	b.odd = err != nil
	return b
}

func (b *body) rawMessage(raw []byte, scope string, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("message %s is nested too deeply", scope)
	}
	return rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		switch n {
		case 2, 6:
			return b.rawField(val, scope)
		case 3:
			name := names.Join(scope, rawdesc.Name(val))
			kind := kindMessage
			if isMapEntry(val) {
				kind = kindMapEntry
			}
			b.names = append(b.names, inner{name, kind})
			return b.rawMessage(val, name, depth+1)
		case 4:
			b.names = append(b.names, inner{names.Join(scope, rawdesc.Name(val)), kindEnum})
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

func (b *body) rawField(raw []byte, scope string) error {
	var name, extendee string
	var number int32
	err := rawdesc.Walk(raw, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			name = string(val)
		case 2:
			extendee = string(val)
			b.refs = append(b.refs, ref{name: extendee, scope: scope})
		case 3:
			number = int32(num)
		case 6:
			b.refs = append(b.refs, ref{name: string(val), scope: scope})
		}
		return nil
	})
	if extendee != "" {
		full := names.Join(scope, name)
		b.names = append(b.names, inner{full, kindExtend})
		b.extensions = append(b.extensions, extension{full, ref{name: extendee, scope: scope}, number})
	}
	return err
}

func (b *body) rawEnum(raw []byte, scope string) error {
	return rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 2 {
			b.values = append(b.values, names.Join(scope, rawdesc.Name(val)))
		}
		return nil
	})
}

func (b *body) rawService(raw []byte, scope string) error {
	return rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 2 {
			return b.rawMethod(val, scope)
		}
		return nil
	})
}

func (b *body) rawMethod(raw []byte, scope string) error {
	m := methodDecl{raw: raw}
	err := rawdesc.Walk(raw, func(n protowire.Number, val []byte, num uint64) error {
		switch n {
		case 1:
			m.name = string(val)
		case 2:
			m.input = ref{name: string(val), scope: scope}
		case 3:
			m.output = ref{name: string(val), scope: scope}
		case 5:
			m.client = num != 0
		case 6:
			m.server = num != 0
		}
		return nil
	})
	m.refs = []ref{m.input, m.output}
	b.methods = append(b.methods, m)
	return err
}
