package idl

import (
	"context"
	"errors"
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
	// Remote says that a server was asked.
	Remote bool
	// None says that there is nothing of the kind at all.
	None bool
}

func (e *NotFoundError) Error() string {
	s := fmt.Sprintf("no %s %q", e.Kind, e.Name)
	switch {
	case e.In != "":
		s += " in " + e.In
	case e.None && e.Remote:
		s += ": the server's reflection lists no services"
	case e.None:
		s += ": the IDL has no services"
	}
	return s
}

// IncompleteError says that what a server or a descriptor set sent refers to a
// type that is not in it. It unwraps to a *NotFoundError of kind "type".
type IncompleteError struct {
	// Symbol is what refers to the type, Missing the name of the type.
	Symbol, Missing string
	// File is where Symbol is declared; Absent are those of its imports that
	// are nowhere, of which one will have the type.
	File   string
	Absent []string
	// Remote says that a server sent it.
	Remote bool
}

func (e *IncompleteError) Error() string {
	s := "descriptor of "
	if e.Remote {
		s = "the server's descriptor of "
	}
	s += fmt.Sprintf("%s is incomplete: %v", e.Symbol, e.Unwrap())
	if len(e.Absent) > 0 {
		s += fmt.Sprintf("; %s imports %s, which is not there", e.File, strings.Join(e.Absent, " and "))
	}
	return s
}

func (e *IncompleteError) Unwrap() error { return &NotFoundError{Kind: "type", Name: e.Missing} }

// DescriptorError says that an encoded descriptor does not link, and cannot be
// repaired.
type DescriptorError struct {
	// File is what it describes.
	File string
	// Remote says that a server sent it.
	Remote bool
	Err    error
}

func (e *DescriptorError) Error() string {
	if e.Remote {
		return fmt.Sprintf("the server's descriptor of %s is wrong: %v", e.File, e.Err)
	}
	return fmt.Sprintf("descriptor of %s: %v", e.File, e.Err)
}

func (e *DescriptorError) Unwrap() error { return e.Err }

// BrokenError names those of several symbols that could not be had, each with the
// reason. The others could.
type BrokenError struct {
	Symbols []string
	Errs    []error
}

// Add adds a symbol.
func (e *BrokenError) Add(symbol string, err error) {
	e.Symbols, e.Errs = append(e.Symbols, symbol), append(e.Errs, err)
}

// sift tries symbols: it returns those that can be had, and adds the others. It ends
// with the first error where ctx has ended.
func (e *BrokenError) sift(ctx context.Context, symbols []string, have func(symbol string) error) (good []string, err error) {
	for _, symbol := range symbols {
		switch err := have(symbol); {
		case err == nil:
			good = append(good, symbol)
		case ctx.Err() != nil:
			return nil, err
		default:
			e.Add(symbol, err)
		}
	}
	return good, nil
}

func (e *BrokenError) orNil() error {
	if len(e.Symbols) == 0 {
		return nil
	}
	return e
}

func (e *BrokenError) Error() string {
	list := make([]string, len(e.Errs))
	for i, err := range e.Errs {
		if list[i] = err.Error(); !strings.Contains(list[i], e.Symbols[i]) {
			list[i] = e.Symbols[i] + ": " + list[i]
		}
	}
	return strings.Join(list, "; ")
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

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
	// Import is what the file imports and nobody has, if that is the mistake;
	// Message says where it was looked for.
	Import string
}

func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message)
}
