package idl

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Encoded descriptors are walked as bytes: an index of names and ranges costs a
// hundredth of decoding them. Field numbers are those of
// google/protobuf/descriptor.proto.

var errDescriptor = errors.New("not an encoded descriptor")

// rawFile is an encoded FileDescriptorProto taken apart.
type rawFile struct {
	// header has the package, options, syntax and edition fields as they are.
	header []byte
	source []byte // SourceCodeInfo
}

// walk calls f for each field of a message. val is the content of
// length-delimited fields, num the value of varints.
func walk(b []byte, f func(n protowire.Number, val []byte, num uint64) error) error {
	for len(b) > 0 {
		n, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errDescriptor
		}
		b = b[size:]
		var val []byte
		var num uint64
		switch typ {
		case protowire.BytesType:
			val, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			num, size = protowire.ConsumeVarint(b)
		default:
			size = protowire.ConsumeFieldValue(n, typ, b)
		}
		if size < 0 {
			return errDescriptor
		}
		b = b[size:]
		if err := f(n, val, num); err != nil {
			return err
		}
	}
	return nil
}

// setFiles cuts a FileDescriptorSet into its files.
func setFiles(data []byte) ([][]byte, error) {
	var files [][]byte
	err := walk(data, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 1 {
			files = append(files, val)
		}
		return nil
	})
	return files, err
}

// scanRaw indexes an encoded FileDescriptorProto.
func scanRaw(data []byte) (*file, error) {
	f := &file{raw: data, cutter: &rawFile{}}
	var public []uint64
	var options []*importEdge
	counts := map[declKind]int{}
	syntax := ""
	err := walk(data, func(n protowire.Number, val []byte, num uint64) error {
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
				return packed(val, &public)
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
		return nil, errDescriptor
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
		d.name = join(f.pkg, rawName(d.raw))
	}
	return f, nil
}

func (r *rawFile) keep(n protowire.Number, val []byte) {
	r.header = protowire.AppendBytes(protowire.AppendTag(r.header, n, protowire.BytesType), val)
}

func packed(val []byte, to *[]uint64) error {
	for len(val) > 0 {
		v, size := protowire.ConsumeVarint(val)
		if size < 0 {
			return errDescriptor
		}
		*to = append(*to, v)
		val = val[size:]
	}
	return nil
}

// rawName is field 1, the name in every kind of descriptor.
func rawName(b []byte) string {
	name := ""
	_ = walk(b, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 1 {
			name = string(val)
			return errFound
		}
		return nil
	})
	return name
}

var errFound = errors.New("found")

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
	return walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		switch n {
		case 2, 6:
			return b.rawField(val, scope)
		case 3:
			name := join(scope, rawName(val))
			kind := kindMessage
			if isMapEntry(val) {
				kind = kindMapEntry
			}
			b.names = append(b.names, inner{name, kind})
			return b.rawMessage(val, name, depth+1)
		case 4:
			b.names = append(b.names, inner{join(scope, rawName(val)), kindEnum})
			return b.rawEnum(val, scope)
		}
		return nil
	})
}

func isMapEntry(raw []byte) bool {
	entry := false
	_ = walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n != 7 {
			return nil
		}
		return walk(val, func(n protowire.Number, _ []byte, num uint64) error {
			entry = entry || n == 7 && num != 0
			return nil
		})
	})
	return entry
}

func (b *body) rawField(raw []byte, scope string) error {
	var name, extendee string
	var number int32
	err := walk(raw, func(n protowire.Number, val []byte, num uint64) error {
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
		full := join(scope, name)
		b.names = append(b.names, inner{full, kindExtend})
		b.extensions = append(b.extensions, extension{full, ref{name: extendee, scope: scope}, number})
	}
	return err
}

func (b *body) rawEnum(raw []byte, scope string) error {
	return walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 2 {
			b.values = append(b.values, join(scope, rawName(val)))
		}
		return nil
	})
}

func (b *body) rawService(raw []byte, scope string) error {
	return walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 2 {
			return b.rawMethod(val, scope)
		}
		return nil
	})
}

func (b *body) rawMethod(raw []byte, scope string) error {
	m := methodDecl{raw: raw}
	err := walk(raw, func(n protowire.Number, val []byte, num uint64) error {
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
