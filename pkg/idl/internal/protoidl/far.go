package protoidl

import (
	"context"
	"slices"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// A request of a few fields meets a few types, also where its type leads to thousands.
// What needs more than maxNear declarations is linked with the nearest ones, as many as
// closeBy; the message types behind them are placeholders, which open.go links when
// somebody reaches them. So mistakes in them are told then, and only then.
const (
	maxNear = 256
	closeBy = 64
)

// farRef is a reference to a type that is left out.
type farRef struct {
	part *part
	name string
	to   *decl
}

// linkClose links what is near a declaration; nil where it does not link without the
// rest.
func (p *pool) linkClose(ctx context.Context, key linkKey) (*closure, *unit) {
	c := p.closure(false)
	c.far = map[string]*decl{}
	if c.addRun(ctx, key.decl, key.method) != nil || c.join(ctx) != nil {
		return nil, nil
	}
	u, err := p.compile(c)
	if err != nil {
		return nil, nil
	}
	return c, u
}

// next takes a declaration from the queue; with far types, the one that is nearest.
func (c *closure) next() *decl {
	at := len(c.queue) - 1
	if c.far != nil {
		at = 0
	}
	d := c.queue[at]
	c.queue = slices.Delete(c.queue, at, at+1)
	return d
}

// leave reports whether the type that a reference of d means is far, and remembers it.
// What methods take and what is extended is not.
func (c *closure) leave(ctx context.Context, pt *part, d *decl, r protoscan.Ref, to *decl) (bool, error) {
	if c.far == nil || c.count < closeBy || r.Option || d == nil || d.Kind == protoscan.Service || to.builtin() || d.extends(r) {
		return false, nil
	}
	if in := c.parts[to.file]; in != nil && in.has(to) {
		return false, nil
	}
	name, err := c.p.fullName(ctx, pt.file, r)
	if err != nil || !to.isMessage(name) {
		return false, err
	}
	if other := c.far[name]; other != nil && other != to {
		return false, errOdd
	}
	c.far[name] = to
	c.left = append(c.left, farRef{pt, name, to})
	if pt.file.raw != nil {
		return true, nil // qualify did the rest
	}
	if pt.file.full == nil {
		pt.file.full = map[protoscan.Ref]string{}
	}
	pt.file.full[r] = "." + name
	return true, nil
}

// join refers to those of the far types that others have turned out to need.
func (c *closure) join(ctx context.Context) error {
	for _, l := range c.left {
		if in := c.parts[l.to.file]; in == nil || !in.has(l.to) {
			continue
		}
		delete(c.far, l.name)
		if l.to.file != l.part.file && !l.part.uses[l.to.file] {
			if err := c.imports(ctx, l.part, l.to.file); err != nil {
				return err
			}
		}
	}
	return c.run(ctx)
}

// extends reports whether a reference of d is to what an extension extends.
func (d *decl) extends(r protoscan.Ref) bool {
	return slices.ContainsFunc(d.look().Extensions, func(x protoscan.Extension) bool { return x.Extendee == r })
}

// isMessage reports whether d is a message of a full name, or has one inside.
func (d *decl) isMessage(full string) bool {
	if d.Name == full {
		return d.Kind == protoscan.Message
	}
	return slices.Contains(d.look().Names, protoscan.Inner{Name: full, Kind: protoscan.Message})
}

// pointFar gives the fields of a parsed file the full names of what is far, and its
// kind, which nothing that is there tells.
func (c *closure) pointFar(fd *descriptorpb.FileDescriptorProto, f *file) {
	for _, m := range fd.MessageType {
		c.pointMessage(m, f, f.pkg)
	}
}

func (c *closure) pointMessage(m *descriptorpb.DescriptorProto, f *file, outer string) {
	scope := names.Join(outer, m.GetName())
	for _, inner := range m.NestedType {
		c.pointMessage(inner, f, scope)
	}
	if m.GetOptions().GetMapEntry() {
		scope = outer // where the map stands in the text
	}
	for _, field := range m.Field {
		full := f.full[protoscan.Ref{Name: field.GetTypeName(), Scope: scope}]
		if full == "" {
			continue
		}
		field.TypeName = &full
		if field.Type == nil && c.far[full[1:]] != nil {
			field.Type = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum()
		}
	}
}
