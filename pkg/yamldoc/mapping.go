package yamldoc

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// mapping is the fields of n, with those that merge keys bring behind its own.
func (b *builder) mapping(n ast.Node, values []*ast.MappingValueNode, depth int) (*Node, error) {
	m := b.node(n, Map, "")
	own := map[string]*Node{}
	var merges []*ast.MappingValueNode
	for _, v := range values {
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			merges = append(merges, v)
			continue
		}
		f, err := b.field(v, depth)
		if err != nil {
			return nil, err
		}
		if first := own[f.Key.Text]; first != nil {
			return nil, f.Key.Errorf("the key %q stands in line %d already", f.Key.Text, first.Line)
		}
		own[f.Key.Text] = f.Key
		if err := b.put(m, f, v, depth); err != nil {
			return nil, err
		}
	}
	for _, v := range merges {
		if err := b.merge(m, own, v, depth); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (b *builder) put(m *Node, f Field, at ast.Node, depth int) error {
	m.Fields = append(m.Fields, f)
	m.weight += f.Key.weight
	return b.add(m, f.Value, at, depth)
}

func (b *builder) field(v *ast.MappingValueNode, depth int) (f Field, err error) {
	if f.Key, err = b.build(v.Key, depth+1); err != nil {
		return f, err
	}
	if f.Key.Kind >= List {
		return f, f.Key.Errorf("a key is %s: want a string", f.Key.Kind)
	}
	f.Value, err = b.build(v.Value, depth+1)
	return f, err
}

// merge adds the fields of the mappings behind a merge key that are not there yet: the
// first counts (YAML 1.1 merge key, which people and tools still use).
func (b *builder) merge(m *Node, own map[string]*Node, v *ast.MappingValueNode, depth int) error {
	source, err := b.build(v.Value, depth+1)
	if err != nil {
		return err
	}
	sources := []*Node{source}
	if source.Kind == List {
		sources = source.Items
	}
	for _, s := range sources {
		if s.Kind != Map {
			return b.fail(v.Value, fmt.Sprintf("<< merges %s: want a mapping or a list of mappings", s.Kind))
		}
		for _, f := range s.Fields {
			if own[f.Key.Text] != nil {
				continue
			}
			own[f.Key.Text] = f.Key
			if err := b.put(m, f, v, depth); err != nil {
				return err
			}
		}
	}
	return nil
}
