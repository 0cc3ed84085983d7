package idl

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// A stub is a declaration with nothing but the names of the types in it. It is
// enough to print what refers to them: a service with a thousand types is
// described without compiling any.

// linkShallow links a declaration with stubs for the types it refers to. It
// fails where the types matter, as with default values of enums.
func (p *pool) linkShallow(ctx context.Context, d *decl, method string) (*unit, error) {
	if d.kind != kindMessage && d.kind != kindService || len(d.look().extensions) > 0 {
		return nil, errors.New("needs its types")
	}
	c := p.closure(true)
	c.shallow = d
	err := c.add(ctx, d, method)
	if err == nil {
		err = c.run(ctx)
	}
	if err != nil {
		return nil, err
	}
	return p.compile(c)
}

// insideOf lists the types declared directly in the type with a full name.
func (d *decl) insideOf(full string) []inner {
	var list []inner
	for _, n := range d.look().names {
		if (n.kind == kindMessage || n.kind == kindEnum) && parent(n.name) == full {
			list = append(list, n)
		}
	}
	return list
}

// stubValue is a name for the value that an enum must have, unlike any other.
func stubValue(full string) string { return strings.ReplaceAll(full, ".", "_") + "_STUB" }

func writeStub(b *strings.Builder, d *decl, full string, kind declKind) {
	if kind == kindEnum {
		b.WriteString("\n\nenum " + lastPart(full) + " { " + stubValue(full) + " = 0; }\n\n")
		return
	}
	b.WriteString("\n\nmessage " + lastPart(full) + " {")
	for _, n := range d.insideOf(full) {
		writeStub(b, d, n.name, n.kind)
	}
	b.WriteString("}\n\n")
}

// appendStub appends a stub as an encoded descriptor.
func appendStub(b []byte, d *decl, full string, kind declKind) []byte {
	b = appendField(b, 1, []byte(lastPart(full)))
	if kind == kindEnum {
		value := appendField(nil, 1, []byte(stubValue(full)))
		return appendField(b, 2, append(value, 2<<3, 0)) // number 0
	}
	for _, n := range d.insideOf(full) {
		field := protowire.Number(3)
		if n.kind == kindEnum {
			field = 4
		}
		b = appendField(b, field, appendStub(nil, d, n.name, n.kind))
	}
	return b
}
