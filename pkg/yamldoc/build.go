package yamldoc

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// builder makes Nodes of the parser's.
type builder struct {
	*document
	anchors map[string]*Node // nil while the node of the name is being built
}

// start is where a node begins. The parser's own place of a mapping is its first colon.
func start(n ast.Node) *token.Position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0])
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position
	}
	return &token.Position{Line: 1, Column: 1}
}

func (b *builder) node(n ast.Node, kind Kind, text string) *Node {
	at := start(n)
	return &Node{Kind: kind, Text: text, Line: at.Line, Col: at.Column, doc: b.document, weight: len(text) + 16}
}

// fail is an error at a node of the parser's.
func (b *builder) fail(n ast.Node, message string) error {
	at := start(n)
	return b.errorAt(at.Line, at.Column, message)
}

func (b *builder) build(n ast.Node, depth int) (*Node, error) {
	if depth > maxDepth {
		at := start(n)
		return nil, b.tooDeep(at.Line, at.Column)
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.mapping(n, n.Values, depth)
	case *ast.MappingValueNode:
		return b.mapping(n, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		return b.list(n, depth)
	case *ast.AnchorNode:
		return b.anchor(n, depth)
	case *ast.AliasNode:
		return b.alias(n, depth)
	case *ast.TagNode:
		return b.tag(n, depth)
	case *ast.LiteralNode:
		s := b.node(n, String, n.Value.Value)
		s.Quoted = true
		return s, nil
	case *ast.MappingKeyNode:
		return b.build(n.Value, depth+1)
	}
	if n == nil || n.GetToken() == nil {
		return nil, b.errorAt(1, 1, "this is no YAML that can be read")
	}
	return b.scalar(n), nil
}

// scalar is a value of one token, whose meaning the core schema has, not the parser.
func (b *builder) scalar(n ast.Node) *Node {
	t := n.GetToken()
	switch t.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		s := b.node(n, String, t.Value)
		s.Quoted = true
		return s
	case token.ImplicitNullType:
		return b.node(n, Null, "")
	}
	return b.node(n, plainKind(t.Value), t.Value)
}

// add puts a node below another and bounds the whole.
func (b *builder) add(parent, child *Node, at ast.Node, depth int) error {
	parent.weight += child.weight
	parent.depth = max(parent.depth, child.depth+1)
	if parent.weight > maxWeight {
		return b.fail(at, "aliases make the document larger than 16 MiB")
	}
	if depth+parent.depth > maxDepth {
		return b.tooDeep(child.Line, child.Col)
	}
	return nil
}

func (b *builder) list(n *ast.SequenceNode, depth int) (*Node, error) {
	list := b.node(n, List, "")
	for _, v := range n.Values {
		item, err := b.build(v, depth+1)
		if err != nil {
			return nil, err
		}
		if err := b.add(list, item, v, depth); err != nil {
			return nil, err
		}
		list.Items = append(list.Items, item)
	}
	return list, nil
}

func (b *builder) anchor(n *ast.AnchorNode, depth int) (*Node, error) {
	name := n.Name.GetToken().Value
	b.anchors[name] = nil
	v, err := b.build(n.Value, depth+1)
	b.anchors[name] = v
	return v, err
}

func (b *builder) alias(n *ast.AliasNode, depth int) (*Node, error) {
	name := n.Value.GetToken().Value
	switch v, met := b.anchors[name]; {
	case !met:
		return nil, b.fail(n, "there is no anchor &"+name+" before this")
	case v == nil:
		return nil, b.fail(n, "the anchor &"+name+" holds itself")
	case depth+v.depth > maxDepth:
		return nil, b.fail(n, "aliases make the document too deep")
	default:
		return v, nil
	}
}

// tag is a value whose type is written before it.
func (b *builder) tag(n *ast.TagNode, depth int) (*Node, error) {
	if n.Value == nil {
		return nil, b.fail(n, "a tag without a value")
	}
	v, err := b.build(n.Value, depth+1)
	if err != nil {
		return nil, err
	}
	want, known := map[string]Kind{
		"!!str": String, "!!binary": String, "!!int": Number, "!!float": Number, "!!bool": Bool, "!!null": Null, "!!map": Map, "!!seq": List,
	}[n.Start.Value]
	switch {
	case !known:
		return nil, b.fail(n, "unknown tag "+n.Start.Value)
	case want == v.Kind:
		return v, nil
	case want == String && v.Kind < String:
		s := *v
		s.Kind, s.Quoted = String, true
		return &s, nil
	case v.Kind == String && plainKind(v.Text) == want:
		s := *v
		s.Kind, s.Quoted = want, false
		return &s, nil
	}
	return nil, b.fail(n, n.Start.Value+" before "+v.Kind.String())
}
