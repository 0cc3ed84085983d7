package fields

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/idlcall/idlcall/pkg/shape"
)

// node is a place in a document.
type node struct {
	// raw is the text of what has not been taken apart; nil where members or items
	// have it.
	raw     []byte
	object  bool
	members []member
	items   []*node
	// given says that the path of a pair leads here or through here, set that it ends
	// here.
	given, set bool
	// appended says that the last item came from "[]".
	appended bool
}

// member is one of an object.
type member struct {
	name string
	*node
}

// open takes an object or an array apart, one level. null and what is not there become
// an empty one.
func (n *node) open(object bool) error {
	if n.raw == nil {
		if n.object != object && (len(n.members) > 0 || len(n.items) > 0) {
			return fmt.Errorf("it is %s already", n.what())
		}
		n.object = object
		return nil
	}
	text := bytes.TrimSpace(n.raw)
	if string(text) == "null" || len(text) == 0 {
		n.raw, n.object = nil, object
		return nil
	}
	if want := map[bool]byte{true: '{', false: '['}[object]; text[0] != want {
		return fmt.Errorf("the document has %s there", kindOfJSON(text[0]))
	}
	n.object = object
	d := json.NewDecoder(bytes.NewReader(text))
	if err := n.read(d); err != nil {
		return err
	}
	n.raw = nil
	return nil
}

// read makes members or items of a text.
func (n *node) read(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		var name string
		if n.object {
			token, err := d.Token()
			if err != nil {
				return err
			}
			name, _ = token.(string)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if n.object {
			n.members = append(n.members, member{name, &node{raw: value}})
		} else {
			n.items = append(n.items, &node{raw: value})
		}
	}
	_, err := d.Token()
	return err
}

func (n *node) what() string {
	if n.object {
		return "an object"
	}
	return "a list"
}

func kindOfJSON(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}

// member is the one that has any of the names, made where there is none.
func (n *node) member(names ...string) *node {
	for _, m := range n.members {
		if slices.Contains(names, m.name) {
			return m.node
		}
	}
	made := &node{}
	n.members = append(n.members, member{names[0], made})
	return made
}

// drop removes the document's own members of the names, but for one node.
func (n *node) drop(names []string, keep *node) {
	n.members = slices.DeleteFunc(n.members, func(m member) bool {
		return m.node != keep && !m.given && slices.Contains(names, m.name)
	})
}

// append appends the text of the place.
func (n *node) append(dst []byte) []byte {
	switch {
	case n.raw != nil:
		return append(dst, n.raw...)
	case n.object:
		dst = append(dst, '{')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, shape.Quote(m.name)...), ':')
			dst = m.append(dst)
		}
		return append(dst, '}')
	}
	dst = append(dst, '[')
	for i, item := range n.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item.append(dst)
	}
	return append(dst, ']')
}

// lookup is the node to which a step leads, nil where there is none.
func (n *node) lookup(st step, names []string) *node {
	for _, m := range n.members {
		if slices.Contains(names, m.name) {
			return m.node
		}
	}
	if !n.object && st.kind == byIndex && st.index < len(n.items) {
		return n.items[st.index]
	}
	return nil
}
