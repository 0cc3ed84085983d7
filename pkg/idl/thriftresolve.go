package idl

import (
	"strconv"
	"strings"
)

// thriftBaseTypes are the types that have no declaration.
var thriftBaseTypes = map[string]*ThriftType{
	"bool":   {Kind: KindBool, Name: "bool"},
	"byte":   {Kind: KindI8, Name: "byte"},
	"i8":     {Kind: KindI8, Name: "i8"},
	"i16":    {Kind: KindI16, Name: "i16"},
	"i32":    {Kind: KindI32, Name: "i32"},
	"i64":    {Kind: KindI64, Name: "i64"},
	"double": {Kind: KindDouble, Name: "double"},
	"string": {Kind: KindString, Name: "string"},
	"binary": {Kind: KindString, Name: "binary", Binary: true},
}

// thriftLateTypes are types of Apache Thrift that thriftgo's parser does not know;
// a declaration of the same name goes before them. The deprecated slist is a
// string (apache/thrift:compiler/cpp/src/thrift/thrifty.yy).
var thriftLateTypes = map[string]*ThriftType{
	"uuid":  {Kind: KindUUID, Name: "uuid"},
	"slist": {Kind: KindString, Name: "string"},
}

// splitPrefix cuts "a.b.Name" in "a.b" and "Name".
func splitPrefix(name string) (prefix, last string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// resolve finds what a name in f means; nil if there is no such thing. The error
// is that of an included file.
func (s *thriftSchema) resolve(f *thriftFile, space thriftSpace, name string) (*thriftDecl, error) {
	prefix, last := splitPrefix(name)
	if prefix == "" {
		return f.lookup(space, name), nil
	}
	for _, inc := range f.includes {
		if inc.prefix != prefix {
			continue
		}
		target, err := s.open(f, inc)
		if err != nil {
			return nil, err
		}
		if d := target.lookup(space, last); d != nil {
			return d, nil
		}
	}
	return nil, nil
}

// resolveRef finds the declaration that a reference of a definition in f needs:
// nil without an error is for what needs none.
func (s *thriftSchema) resolveRef(f *thriftFile, r thriftRef) (*thriftDecl, error) {
	if r.value {
		return s.resolveValue(f, r)
	}
	d, err := s.resolve(f, spaceType, r.name)
	if d != nil || err != nil || thriftLateTypes[r.name] != nil {
		return d, err
	}
	return nil, f.errorAt(r.at, "type %s is not defined%s", quoteShort(r.name), f.whyUndefined(spaceType, r.name))
}

// resolveValue finds a constant, or the enum of a value.
func (s *thriftSchema) resolveValue(f *thriftFile, r thriftRef) (*thriftDecl, error) {
	d, err := s.resolve(f, spaceConst, r.name)
	if d != nil || err != nil {
		return d, err
	}
	prefix, _ := splitPrefix(r.name)
	if prefix == "" {
		return nil, nil // a value of the field's own enum, perhaps
	}
	d, err = s.resolve(f, spaceType, prefix)
	if d != nil || err != nil {
		return d, err
	}
	return nil, f.errorAt(r.at, "constant %s is not defined%s", quoteShort(r.name), f.whyUndefined(spaceConst, r.name))
}

// whyUndefined tells what is wrong with a name that means nothing in a space.
func (f *thriftFile) whyUndefined(space thriftSpace, name string) string {
	prefix, last := splitPrefix(name)
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
		near = Nearest(name, near)
	} else {
		for _, inc := range f.includes {
			if inc.prefix == prefix {
				return " in " + inc.path
			}
			near = append(near, inc.prefix+"."+last)
		}
		if near = Nearest(name, near); len(near) == 0 {
			return ": nothing that is called " + strconv.Quote(prefix) + " is included"
		}
	}
	if len(near) == 0 {
		return ""
	}
	return ", did you mean " + near[0] + "?"
}

// checkLimit is the size up to which a file that the user named is checked as a
// whole: all of its syntax, its includes and the names without prefix. Larger
// files are read where they are needed, and mistakes elsewhere may stay unseen.
const checkLimit = wholeLimit

// check looks for mistakes in the files that the user named one by one.
func (s *thriftSchema) check() error {
	for _, f := range s.files {
		if len(f.src) > checkLimit {
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
func (d *thriftDecl) check() error {
	b, err := d.look()
	if err != nil {
		return err
	}
	parts := []thriftPart{b.thriftPart}
	for _, fn := range b.funcs {
		parts = append(parts, fn.thriftPart)
	}
	for _, p := range parts {
		for _, r := range p.refs {
			known := strings.Contains(r.name, ".") || r.value || thriftLateTypes[r.name] != nil
			if !known && d.file.lookup(spaceType, r.name) == nil {
				return d.file.errorAt(r.at, "type %s is not defined%s", quoteShort(r.name), d.file.whyUndefined(spaceType, r.name))
			}
		}
	}
	return nil
}
