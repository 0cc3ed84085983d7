package format

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
)

// BaseValue is a value for the base.Base field of a request, for what the document
// does not give. Path is a field's name ("LogID"), or a way down with dots: to a
// field of a struct ("TrafficEnv.Env") or a key of a map ("Extra.zone").
type BaseValue struct{ Path, Value string }

// BaseError says why a BaseValue cannot be used.
type BaseError struct {
	Path   string // empty where there is no base.Base field at all
	Reason string
}

func (e *BaseError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return fmt.Sprintf("base value %s: %s", e.Path, e.Reason)
}

// base fills the base.Base field of a request.
type base struct {
	field *thriftField // of the request
	owner *thriftStruct
	tree  map[string]any // string or map[string]any
}

// newBase prepares values for the request that m has as its argument.
func newBase(m *thriftStruct, values []BaseValue) (*base, error) {
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
	enc := thriftEncoder{p: parser{src: text}}
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
		case idl.KindStruct:
			f := typ.structure().byName[name]
			if f == nil {
				return &BaseError{v.Path, fmt.Sprintf("%s has no field %q", typ.desc.Name, name)}
			}
			typ = f.typ
		case idl.KindMap: // the rest is the key, dots and all
			name, deeper = rest, false
			typ = typ.elem
		default:
			return &BaseError{v.Path, typ.desc.Name + " has no fields"}
		}
		if !deeper {
			tree[name] = jsonOf(typ, v.Value)
			return nil
		}
		next, ok := tree[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[name] = next
		}
		tree, rest = next, after
	}
}

// jsonOf is a value given as plain text.
func jsonOf(t *thriftType, text string) json.RawMessage {
	if t.kind != idl.KindString && t.enum == nil && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, _ := appendString(nil, text)
	return quoted
}

// merged is the given JSON object, which may be nil, with what it lacks.
func (b *base) merged(given []byte) ([]byte, error) {
	object, err := mergeUnder(given, b.tree)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

func mergeUnder(given []byte, tree map[string]any) (map[string]json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	if len(given) > 0 {
		if err := json.Unmarshal(given, &object); err != nil {
			return nil, err
		}
	}
	for name, value := range tree {
		text, there := object[name]
		there = there && string(text) != "null"
		switch value := value.(type) {
		case json.RawMessage:
			if !there {
				object[name] = value
			}
		case map[string]any:
			if !there {
				text = nil
			}
			inner, err := mergeUnder(text, value)
			if err != nil {
				return nil, err
			}
			if object[name], err = json.Marshal(inner); err != nil {
				return nil, err
			}
		}
	}
	return object, nil
}

// baseField appends the base field of a request. Where the document has one, it is
// read as it stands first, so that mistakes in it are found where they are.
func (e *thriftEncoder) baseField(dst []byte, last *int16, given bool, depth int) ([]byte, error) {
	f := e.base.field
	var text []byte
	if given {
		start, before := e.p.pos, *last
		if _, err := e.field(dst, f, last, depth); err != nil {
			return nil, err
		}
		text, *last = e.p.src[start:e.p.pos], before
	}
	merged, err := e.base.merged(text)
	if err != nil {
		return nil, err
	}
	outer := e.p
	e.p = parser{src: merged}
	dst, err = e.field(dst, f, last, depth)
	e.p = outer
	return dst, err
}
