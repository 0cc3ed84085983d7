package thriftidl

import (
	"errors"
	"reflect"
	"strings"

	"github.com/cloudwego/thriftgo/parser"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// build makes descriptors of a batch of parsed declarations that refer to each
// other and to what has been built before: first the shells of structs, then
// their fields, then default values, which need the fields.
func (s *Schema) build(batch []*decl) error {
	for _, d := range batch {
		switch d.class {
		case classEnum:
			d.built.typ = d.enumType()
		case classStruct, classUnion, classException:
			d.built.typ = d.structType()
		}
	}
	for _, d := range batch {
		if d.class == classTypedef {
			if _, err := s.typedef(d, 0); err != nil {
				return err
			}
		}
		if st := d.structOf(); st != nil {
			if err := s.fields(d.file, d.body.fields, &st.Fields); err != nil {
				return err
			}
		}
	}
	for _, d := range batch {
		if st := d.structOf(); st != nil {
			if err := s.defaults(d.file, d.body.fields, d.ast.fields, st.Fields); err != nil {
				return err
			}
		}
	}
	return nil
}

// structOf is the struct that a declaration declares, or nil.
func (d *decl) structOf() *thrift.Struct {
	switch d.class {
	case classStruct, classUnion, classException:
		return d.built.typ.Struct
	}
	return nil
}

func (d *decl) structType() *thrift.Type {
	form := thrift.FormStruct
	switch d.class {
	case classUnion:
		form = thrift.FormUnion
	case classException:
		form = thrift.FormException
	}
	st := &thrift.Struct{FullName: d.full(), Form: form, Annotations: plainAnnotations(d.body.annotations)}
	return &thrift.Type{Kind: thrift.KindStruct, Name: d.full(), Struct: st}
}

func (d *decl) enumType() *thrift.Type {
	e := &thrift.Enum{FullName: d.full()}
	for _, v := range d.body.values {
		e.Values = append(e.Values, v.EnumValue)
	}
	return &thrift.Type{Kind: thrift.KindI32, Name: d.full(), Enum: e}
}

func plainAnnotations(list []annotation) []thrift.Annotation {
	var out []thrift.Annotation
	for _, a := range list {
		out = append(out, a.Annotation)
	}
	return out
}

// maxTypedefs is how many typedefs may lead to each other.
const maxTypedefs = 1000

// typedef resolves a typedef. depth counts those that led to it.
func (s *Schema) typedef(d *decl, depth int) (*thrift.Type, error) {
	switch {
	case d.built.typ != nil:
		return d.built.typ, nil
	case d.built.busy:
		return nil, d.file.errorAt(d.nameAt, "typedef %s is defined by itself", d.name)
	case depth > maxTypedefs:
		return nil, d.file.errorAt(d.nameAt, "more than %d typedefs lead to each other", maxTypedefs)
	}
	d.built.busy = true
	t, err := s.typeOf(d.file, d.body.typeAt, &d.body.typ, depth+1)
	if err != nil {
		return nil, err
	}
	d.built.busy, d.built.typ = false, t
	return t, nil
}

// maxTypeName is the length up to which the name of a container is spelled
// out: typedefs of maps of typedefs grow without bound.
const maxTypeName = 200

// typeOf builds a type that is written in f at an offset.
func (s *Schema) typeOf(f *file, at int, t *typeText, depth int) (*thrift.Type, error) {
	if base := baseTypes[t.word]; base != nil {
		return base, nil
	}
	if t.elem == nil {
		return s.namedType(f, at, t.word, depth)
	}
	elem, err := s.typeOf(f, at, t.elem, depth)
	if err != nil {
		return nil, err
	}
	out := &thrift.Type{Elem: elem}
	inside := elem.Name
	switch t.word {
	case "list":
		out.Kind = thrift.KindList
	case "set":
		out.Kind = thrift.KindSet
	default:
		out.Kind = thrift.KindMap
		if out.Key, err = s.typeOf(f, at, t.key, depth); err != nil {
			return nil, err
		}
		inside = out.Key.Name + ", " + inside
	}
	if len(inside) > maxTypeName {
		inside = "..."
	}
	out.Name = t.word + "<" + inside + ">"
	return out, nil
}

func (s *Schema) namedType(f *file, at int, name string, depth int) (*thrift.Type, error) {
	d, err := s.resolve(f, spaceType, name)
	switch {
	case err != nil:
		return nil, err
	case d == nil && lateTypes[name] != nil:
		return lateTypes[name], nil
	case d == nil:
		return nil, f.errorAt(at, "type %s is not defined", quoteShort(name))
	case d.class == classTypedef:
		return s.typedef(d, depth)
	}
	return d.built.typ, nil
}

// fields builds fields without default values.
func (s *Schema) fields(f *file, decls []field, out *[]*thrift.Field) error {
	list := make([]*thrift.Field, 0, len(decls))
	for i := range decls {
		d := &decls[i]
		t, err := s.typeOf(f, d.typeAt, &d.typ, 0)
		if err != nil {
			return err
		}
		list = append(list, &thrift.Field{
			ID: d.id, Name: d.name, Alias: aliasOf(d.annotations), Type: t, Requiredness: d.requiredness,
			Base:        d.typ.isBase(),
			Annotations: plainAnnotations(d.annotations),
		})
	}
	*out = list
	return nil
}

// defaults gives fields their default values.
func (s *Schema) defaults(f *file, decls []field, asts []*parser.Field, fields []*thrift.Field) error {
	for i := range decls {
		if decls[i].defaultAt == 0 {
			continue
		}
		ast := asts[i]
		if isEmptyUnion(ast.Default, fields[i].Type) {
			continue // both compilers accept it, and neither can write it
		}
		data, err := s.constJSON(f, ast.Default, fields[i].Type)
		if placed := (*idl.ParseError)(nil); errors.As(err, &placed) {
			return err
		}
		if err != nil {
			return f.errorAt(decls[i].defaultAt, "default of %s: %v", decls[i].name, err)
		}
		fields[i].Default = data
	}
	return nil
}

// isEmptyUnion reports whether a default is a union with no field set.
func isEmptyUnion(v *parser.ConstValue, t *thrift.Type) bool {
	return t.Struct != nil && t.Struct.Form == thrift.FormUnion && v.Type == parser.ConstType_ConstMap && len(v.TypedValue.GetMap()) == 0
}

// aliasOf is the name in JSON: api.key goes before go.tag, whose json part may
// have options after a comma.
func aliasOf(list []annotation) string {
	alias := ""
	for _, a := range list {
		switch a.Key {
		case "api.key":
			if a.Value != "" {
				return a.Value
			}
		case "go.tag":
			// Two levels of quoting leave backslashes.
			tag := reflect.StructTag(strings.ReplaceAll(a.Value, `\"`, `"`))
			name, _, _ := strings.Cut(tag.Get("json"), ",")
			if name != "-" && name != "" && alias == "" {
				alias = name
			}
		}
	}
	return alias
}
