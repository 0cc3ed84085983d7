package thriftidl

import (
	"errors"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// baseTypes are the types that have no declaration.
var baseTypes = map[string]*thrift.Type{
	"bool":   {Kind: thrift.KindBool, Name: "bool"},
	"byte":   {Kind: thrift.KindI8, Name: "byte"},
	"i8":     {Kind: thrift.KindI8, Name: "i8"},
	"i16":    {Kind: thrift.KindI16, Name: "i16"},
	"i32":    {Kind: thrift.KindI32, Name: "i32"},
	"i64":    {Kind: thrift.KindI64, Name: "i64"},
	"double": {Kind: thrift.KindDouble, Name: "double"},
	"string": {Kind: thrift.KindString, Name: "string"},
	"binary": {Kind: thrift.KindString, Name: "binary", Binary: true},
}

// lateTypes are types of Apache Thrift that thriftgo's parser does not know;
// a declaration of the same name goes before them. The deprecated slist is a
// string (apache/thrift:compiler/cpp/src/thrift/thrifty.yy).
var lateTypes = map[string]*thrift.Type{
	"uuid":  {Kind: thrift.KindUUID, Name: "uuid"},
	"slist": {Kind: thrift.KindString, Name: "string"},
}

// resolve finds what a name in f means; nil if there is no such thing. The error
// is that of an included file.
func (s *Schema) resolve(f *file, space space, name string) (*decl, error) {
	prefix, last := names.Cut(name)
	if prefix == "" {
		return f.lookup(space, name), nil
	}
	var found *decl
	for _, inc := range f.includes {
		if inc.prefix != prefix {
			continue
		}
		target, err := s.open(f, inc)
		if err != nil {
			return nil, err
		}
		d := target.lookup(space, last)
		if d == nil {
			continue
		}
		if found == nil {
			found = d
			continue
		}
		first := found
		if s.dialect == thrift.DialectApache {
			found = d // the last one counts there, the first for thriftgo
		}
		if d.file.src != first.file.src {
			s.warnOf(f, inc, found, name)
		}
	}
	return found, nil
}

// warnOf warns, once for each file, of a name that two of its includes have.
func (s *Schema) warnOf(f *file, second *include, found *decl, name string) {
	if s.warn == nil || f.warned {
		return
	}
	f.warned = true
	s.warn(f.errorAt(second.start, "two included files are called %q; %s is that of %s", second.prefix, name, found.file.shown).Error())
}

// resolveRef finds the declaration that a reference of a definition in f needs:
// nil without an error is for what needs none.
func (s *Schema) resolveRef(f *file, r ref) (*decl, error) {
	if r.value {
		return s.resolveValue(f, r)
	}
	d, err := s.resolve(f, spaceType, r.name)
	if d != nil || err != nil || lateTypes[r.name] != nil {
		return d, err
	}
	return nil, f.errorAt(r.at, "type %s is not defined%s", quoteShort(r.name), f.whyUndefined(spaceType, r.name))
}

// resolveValue finds a constant, or the enum of a value; nil where a value of the
// field's own enum may be meant, which is found by its last part.
func (s *Schema) resolveValue(f *file, r ref) (*decl, error) {
	d, err := s.resolve(f, spaceConst, r.name)
	if d != nil || err != nil {
		return d, err
	}
	prefix, _ := names.Cut(r.name)
	if prefix == "" {
		return nil, nil
	}
	return s.resolve(f, spaceType, prefix)
}

// undefined is the error of a constant that nothing in f declares. It stands where a
// declaration that has been read refers to it first.
func (s *Schema) undefined(f *file, name string) error {
	message := "constant " + quoteShort(name) + " is not defined" + f.whyUndefined(spaceConst, name)
	for _, d := range f.decls {
		if d.body == nil {
			continue
		}
		parts := []part{d.body.part}
		for _, fn := range d.body.funcs {
			parts = append(parts, fn.part)
		}
		for _, p := range parts {
			for _, r := range p.refs {
				if r.value && r.name == name {
					return f.errorAt(r.at, "%s", message)
				}
			}
		}
	}
	return errors.New(message)
}

// whyUndefined tells what is wrong with a name that means nothing in a space.
func (f *file) whyUndefined(space space, name string) string {
	prefix, last := names.Cut(name)
	var near []string
	if prefix == "" {
		for _, d := range f.decls {
			if d.name == name {
				return ": it is declared as " + d.class.String()
			}
			if d.class.space() == space {
				near = append(near, d.name)
			}
		}
		near = idl.Nearest(name, near)
	} else {
		for _, inc := range f.includes {
			if inc.prefix == prefix && space == spaceConst && inc.file != nil {
				return " in " + inc.path + inc.file.valueNear(prefix, last)
			}
			if inc.prefix == prefix {
				return " in " + inc.path
			}
			near = append(near, inc.prefix+"."+last)
			if space == spaceConst {
				near = append(near, inc.prefix+"."+name)
			}
		}
		if near = idl.Nearest(name, near); len(near) == 0 {
			return ": nothing that is called " + strconv.Quote(prefix) + " is included"
		}
	}
	if len(near) == 0 {
		return ""
	}
	return ", did you mean " + near[0] + "?"
}

// valueNear proposes the enum value of a name that was looked for as a constant.
func (f *file) valueNear(prefix, name string) string {
	for _, d := range f.decls {
		if b, err := d.look(); err == nil && d.class == classEnum {
			for _, v := range b.values {
				if v.Name == name {
					return ", did you mean " + prefix + "." + d.name + "." + name + "?"
				}
			}
		}
	}
	return ""
}

// Check looks for mistakes in the files that the user named one by one: in all of
// their syntax, in their includes and in names without prefix. Files above
// source.WholeLimit are read where they are needed, and mistakes elsewhere may stay
// unseen.
func (s *Schema) Check() error {
	for _, f := range s.files {
		if len(f.src) > source.WholeLimit {
			continue
		}
		for _, inc := range f.includes {
			if _, _, err := s.locate(f, inc); err != nil {
				return err
			}
		}
		for _, d := range f.decls {
			if err := d.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// check looks for mistakes that show without other files.
func (d *decl) check() error {
	b, err := d.look()
	if err != nil {
		return err
	}
	parts := []part{b.part}
	for _, fn := range b.funcs {
		parts = append(parts, fn.part)
	}
	for _, p := range parts {
		for _, r := range p.refs {
			known := strings.Contains(r.name, ".") || r.value || lateTypes[r.name] != nil
			if !known && d.file.lookup(spaceType, r.name) == nil {
				return d.file.errorAt(r.at, "type %s is not defined%s", quoteShort(r.name), d.file.whyUndefined(spaceType, r.name))
			}
		}
	}
	return nil
}
