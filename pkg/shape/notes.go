package shape

import (
	"context"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// Notes are the comments of the IDL. A type is described when it is first asked for, once.
// The text is that of whoever wrote the IDL: a terminal may obey what is in it. Notes that
// are nil have none.
type Notes struct {
	ctx    context.Context //nolint:containedctx // of all lookups
	schema idl.Schema
	method string
	known  map[string]*noted
}

// noted is one type.
type noted struct {
	element any // *idl.Element, *thrift.Element, or nil
	lines   []string
	members map[string][]string // of fields and values
}

// NewNotes returns the notes of a schema. method, as the schema finds it, is whose
// arguments a message may be that is no declaration of its own, which of Thrift are; it may
// be empty. What cannot be looked up, as after the end of ctx, has no notes.
func NewNotes(ctx context.Context, schema idl.Schema, method string) *Notes {
	return &Notes{ctx, schema, method, map[string]*noted{}}
}

// Message is the comment of a message or an enum, in lines.
func (n *Notes) Message(name string) []string { return n.of(name).lines }

// Field is the comment of a field, by its name in the IDL.
func (n *Notes) Field(message, name string) []string { return n.of(message).members[name] }

// Value is the comment of a value of an enum.
func (n *Notes) Value(enum, name string) []string { return n.of(enum).members[name] }

// Element is the declaration of a type, an *idl.Element or a *thrift.Element, nil where
// there is none.
func (n *Notes) Element(name string) any { return n.of(name).element }

func (n *Notes) of(name string) *noted {
	if n == nil {
		return &noted{}
	}
	if t := n.known[name]; t != nil {
		return t
	}
	d, err := n.schema.Describe(n.ctx, name)
	if err != nil && n.method != "" {
		d, err = n.schema.Describe(n.ctx, n.method)
	}
	t := &noted{members: map[string][]string{}}
	if err == nil {
		t.element = d.Value
		t.read()
	}
	n.known[name] = t
	return t
}

// read takes the comments out of a declaration.
func (t *noted) read() {
	switch e := t.element.(type) {
	case *idl.Element:
		t.lines = lines(e.Comment)
		for _, m := range slices.Concat(e.Extensions, e.Fields, e.Values) {
			t.members[m.Name[strings.LastIndexByte(m.Name, '.')+1:]] = lines(m.Comment)
		}
	case *thrift.Element:
		t.lines = lines(e.Comment)
		for _, m := range slices.Concat(e.Fields, e.Arguments, e.Values) {
			t.members[m.Name] = lines(m.Comment)
		}
	}
}

// lines are those of a comment, without space around them.
func lines(comment string) []string {
	var list []string
	for line := range strings.Lines(strings.TrimSpace(comment)) {
		list = append(list, strings.TrimSpace(line))
	}
	return list
}
