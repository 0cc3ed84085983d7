package idl

import (
	"fmt"
	"strings"
)

// NotFoundError says that no source has a symbol.
type NotFoundError struct {
	// Kind is "service", "method", "message type", "type", "extension",
	// "symbol" or "file".
	Kind, Name string
	// In is where it was looked for, if that is not everywhere: a service.
	In string
	// Nearest are the names most like it, best first; at most three.
	Nearest []string
}

func (e *NotFoundError) Error() string {
	s := fmt.Sprintf("no %s %q", e.Kind, e.Name)
	if e.In != "" {
		s += " in " + e.In
	}
	return s
}

// IncompleteError says that what a server or a descriptor set sent refers to a
// type that is not in it. It unwraps to a *NotFoundError of kind "type".
type IncompleteError struct {
	// Symbol is what refers to the type, Missing the name of the type.
	Symbol, Missing string
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("descriptor of %s is incomplete: %v", e.Symbol, e.Unwrap())
}

func (e *IncompleteError) Unwrap() error { return &NotFoundError{Kind: "type", Name: e.Missing} }

// NoDescriptorSetError says that Save was to write Thrift IDL to what would be a
// descriptor set, a form that only Protobuf has.
type NoDescriptorSetError struct{ Dest string }

func (e *NoDescriptorSetError) Error() string {
	return fmt.Sprintf("save IDL: %s would be a descriptor set, which Thrift does not have; name a folder", e.Dest)
}

// AmbiguousError says that a short name fits more than one symbol, or that two
// sources define one name differently.
type AmbiguousError struct {
	Kind, Name string
	// Candidates are full names, sorted; with Conflict they are sources.
	Candidates []string
	// Conflict says that each candidate defines the name in its own way.
	Conflict bool
}

func (e *AmbiguousError) Error() string {
	if e.Conflict {
		return fmt.Sprintf("%s %q is defined differently in %s", e.Kind, e.Name, strings.Join(e.Candidates, " and "))
	}
	return fmt.Sprintf("%s %q is ambiguous: %s", e.Kind, e.Name, strings.Join(e.Candidates, ", "))
}

// ParseError is a mistake in IDL text.
type ParseError struct {
	File      string
	Line, Col int // from 1; 0 where unknown
	Message   string
}

func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message)
}
