package thriftjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// BaseValue is format.BaseValue.
type BaseValue struct{ Path, Value string }

// BaseError is format.BaseError on its way out.
type BaseError struct{ Path, Reason string }

func (e *BaseError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return fmt.Sprintf("base value %s: %s", e.Path, e.Reason)
}

// base fills the base.Base field of a request.
type base struct {
	field *field // of the request
	owner *structure
	tree  map[string]any // string or map[string]any
}

// newBase prepares values for the request that m has as its argument.
func newBase(m *structure, values []BaseValue) (*base, error) {
	if m.argument != nil {
		m = m.argument.typ.structure()
	}
	b := &base{owner: m, tree: map[string]any{}}
	for i := range m.fields {
		if f := &m.fields[i]; f.desc.Base {
			b.field = f
		}
	}
	if b.field == nil {
		if m.desc.Form == thrift.FormArguments {
			return nil, &BaseError{Reason: m.method() + " has no argument of type base.Base"}
		}
		return nil, &BaseError{Reason: m.desc.FullName + " has no field of type base.Base"}
	}
	for _, v := range values {
		if err := b.add(v); err != nil {
			return nil, err
		}
	}
	text, err := b.merged(nil)
	if err != nil {
		return nil, err
	}
	enc := encoder{p: jsontext.Parser{Src: text}}
	if _, err := enc.value(nil, b.field.typ, 0); err != nil {
		return nil, &BaseError{Path: strings.Join(paths(values), ", "), Reason: err.Error()}
	}
	return b, nil
}

func paths(values []BaseValue) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.Path
	}
	return all
}

// add puts one value into the tree, as JSON of the type that its path leads to.
func (b *base) add(v BaseValue) error {
	tree, typ, rest := b.tree, b.field.typ, v.Path
	for {
		name, after, deeper := strings.Cut(rest, ".")
		switch typ.kind {
		case thrift.KindStruct:
			f := typ.structure().byName[name]
			if f == nil {
				return &BaseError{v.Path, fmt.Sprintf("%s has no field %q", typ.desc.Name, name)}
			}
			name, typ = f.jsonName, f.typ
		case thrift.KindMap: // the rest is the key, dots and all
			name, deeper = rest, false
			typ = typ.elem
		default:
			return &BaseError{v.Path, typ.desc.Name + " has no fields"}
		}
		if _, filled := tree[name].(map[string]any); filled != deeper && tree[name] != nil {
			return &BaseError{v.Path, "another value is for a part of it, or for the whole"}
		}
		if !deeper {
			tree[name] = jsonOf(typ, v.Value)
			return nil
		}
		if tree[name] == nil {
			tree[name] = map[string]any{}
		}
		tree, rest = tree[name].(map[string]any), after
	}
}

// jsonOf is a value given as plain text.
func jsonOf(t *valueType, text string) json.RawMessage {
	if t.kind != thrift.KindString && t.enum == nil && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, _ := jsontext.AppendString(nil, text)
	return quoted
}

// merged is the given JSON of the field, which may be nil, with what it lacks.
func (b *base) merged(given []byte) ([]byte, error) {
	return mergeUnder(given, b.tree, b.field.typ)
}

// mergeUnder adds what tree has and a struct or map, given as JSON, has not.
func mergeUnder(given []byte, tree map[string]any, t *valueType) ([]byte, error) {
	if given = bytes.TrimSpace(given); len(given) > 0 && given[0] == '[' {
		return mergePairs(given, tree)
	}
	object := map[string]json.RawMessage{}
	if len(given) > 0 {
		if err := json.Unmarshal(given, &object); err != nil {
			return nil, err
		}
	}
	for name, value := range tree {
		key := givenAs(object, name, t)
		if string(object[key]) == "null" {
			delete(object, key)
		}
		switch value := value.(type) {
		case json.RawMessage:
			if object[key] == nil {
				object[key] = value
			}
		case map[string]any: // only fields of structs lead deeper
			inner, err := mergeUnder(object[key], value, t.structure().byName[name].typ)
			if err != nil {
				return nil, err
			}
			object[key] = inner
		}
	}
	return json.Marshal(object)
}

// givenAs is the key under which an object has a value already: a field may go by
// its name in the IDL or by that in JSON.
func givenAs(object map[string]json.RawMessage, name string, t *valueType) string {
	if t.kind != thrift.KindStruct {
		return name
	}
	f := t.structure().byName[name]
	for _, key := range []string{f.jsonName, f.desc.Name} {
		if _, there := object[key]; there {
			return key
		}
	}
	return f.jsonName
}

// mergePairs adds to a map in the form of an array of [key, value].
func mergePairs(given []byte, tree map[string]any) ([]byte, error) {
	var pairs [][2]json.RawMessage
	if err := json.Unmarshal(given, &pairs); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		key, _ := jsontext.AppendString(nil, name)
		if !slices.ContainsFunc(pairs, func(p [2]json.RawMessage) bool { return sameText(p[0], key) }) {
			pairs = append(pairs, [2]json.RawMessage{key, tree[name].(json.RawMessage)})
		}
	}
	return json.Marshal(pairs)
}

// sameText reports whether two keys are the same, in quotes or not.
func sameText(a, b []byte) bool { return keyText(a) == keyText(b) }

func keyText(key []byte) string {
	var s string
	if json.Unmarshal(key, &s) != nil {
		return string(key)
	}
	return s
}

// baseField appends the base field of a request. Where the document has one, it is
// read as it stands first, so that mistakes in it are found where they are.
func (e *encoder) baseField(dst []byte, last *int16, given bool, depth int) ([]byte, error) {
	f := e.base.field
	var text []byte
	if given {
		start, before := e.p.Pos, *last
		if _, err := e.field(dst, f, last, depth); err != nil {
			return nil, err
		}
		text, *last = e.p.Src[start:e.p.Pos], before
	}
	merged, err := e.base.merged(text)
	if err != nil {
		return nil, err
	}
	outer := e.p
	e.p = jsontext.Parser{Src: merged}
	dst, err = e.field(dst, f, last, depth)
	e.p = outer
	return dst, err
}
