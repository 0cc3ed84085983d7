package yamldoc

import "strings"

// Kind is what a Node is.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
)

func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "a mapping"}[k]
}

// Node is a value of a document and where it stands.
type Node struct {
	Kind Kind
	// Text is a scalar without its quotes; of Bool and Null as they are written.
	Text string
	// Quoted tells a string in quotes, or of several lines behind | or >, from plain text.
	Quoted bool
	Items  []*Node // of a List
	Fields []Field // of a Map, in order
	// Line and Col count from 1, Col in characters.
	Line, Col int

	doc    *document
	weight int // bytes of all that is below, aliases counted each time
	depth  int // levels below
}

// Field is an entry of a mapping.
type Field struct {
	Key   *Node // a scalar
	Value *Node
}

// File is the name of the file that the node is in.
func (n *Node) File() string { return n.doc.file }

// IsNull reports whether there is no value.
func (n *Node) IsNull() bool { return n.Kind == Null }

// Field is the value of a key of a mapping, nil where it has none.
func (n *Node) Field(name string) *Node {
	for _, f := range n.Fields {
		if f.Key.Text == name {
			return f.Value
		}
	}
	return nil
}

// document is a file whose lines errors show.
type document struct {
	file, text string
}

// line is a line of the text, which count from 1.
func (d *document) line(number int) string {
	rest := d.text
	for ; number > 1; number-- {
		_, after, found := strings.Cut(rest, "\n")
		if !found {
			return ""
		}
		rest = after
	}
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
