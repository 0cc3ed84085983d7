package yamldoc

import "slices"

// Setting is a flag of the command line as a document has it.
type Setting struct {
	Name   string // without dashes
	Key    *Node  // where the name stands
	Values []Value
}

// Value is one value of a Setting: a boolean is "true" or "false", other scalars are their
// text.
type Value struct {
	Text string
	Node *Node
}

// Settings reads a mapping of names, each of which must be a known one, to a boolean, a
// number, a string or a list of them. Null is an empty mapping.
func (n *Node) Settings(known []string) ([]Setting, error) {
	if n.Kind != Map && n.Kind != Null {
		return nil, n.want("a mapping")
	}
	var list []Setting
	for _, f := range n.Fields {
		s, err := f.Setting(known)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Setting reads one entry of such a mapping.
func (f Field) Setting(known []string) (Setting, error) {
	if !slices.Contains(known, f.Key.Text) {
		return Setting{}, f.Key.Unknown("key", f.Key.Text, known)
	}
	s := Setting{Name: f.Key.Text, Key: f.Key}
	items := []*Node{f.Value}
	if f.Value.Kind == List {
		items = f.Value.Items
	}
	for _, item := range items {
		switch item.Kind {
		case Bool:
			yes, _ := item.Bool() // it is one
			s.Values = append(s.Values, Value{map[bool]string{true: "true", false: "false"}[yes], item})
		case Number, String:
			s.Values = append(s.Values, Value{item.Text, item})
		default:
			return s, item.want("a string, a number, true or false, or a list of them")
		}
	}
	return s, nil
}
