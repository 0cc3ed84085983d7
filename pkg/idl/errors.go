package idl

import (
	"errors"
	"fmt"
	"strings"
)

// ErrClosed is the error of lookups of types in a Schema that was closed.
var ErrClosed = errors.New("the schema is closed")

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

func (e *BrokenError) Error() string {
	list := make([]string, len(e.Errs))
	for i, err := range e.Errs {
		if list[i] = err.Error(); !strings.Contains(list[i], e.Symbols[i]) {
			list[i] = e.Symbols[i] + ": " + list[i]
		}
	}
	return strings.Join(list, "; ")
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

// ParseErrors are several mistakes in IDL text, in the order in which the parser
// met them; at least two. errors.As finds the first as *ParseError.
type ParseErrors []*ParseError

func (e ParseErrors) Error() string {
	return fmt.Sprintf("%v (and %d more)", e[0], len(e)-1)
}

// Unwrap returns every mistake.
func (e ParseErrors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

// NameError says that Save does not write a file of the name that a server, a
// descriptor set or an import gave it.
type NameError struct {
	Name string
	// Why is what is wrong with it, to follow "it".
	Why string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("save IDL: a file named %q is not written: it %s", e.Name, e.Why)
}

// ExistsError says that Save would write over a file that it did not make.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("save IDL: %s is there already, and not printed by idlcall", e.Path)
}

// NoReflectionError says that a server implements neither version of the
// reflection service, or not the one that was asked for. Err is its answer.
type NoReflectionError struct{ Err error }

func (e *NoReflectionError) Error() string {
	return "the server has no reflection service: " + e.Err.Error()
}

func (e *NoReflectionError) Unwrap() error { return e.Err }

// ReflectionError says that both versions of the reflection service failed, each
// in its own way.
type ReflectionError struct {
	V1, V1Alpha error
	// NoV1 says that V1 is how servers say that they have no such service.
	NoV1 bool
}

func (e *ReflectionError) Error() string {
	if e.V1.Error() == e.V1Alpha.Error() {
		return "server reflection: " + e.V1.Error()
	}
	return fmt.Sprintf("server reflection: v1: %v; v1alpha: %v", e.V1, e.V1Alpha)
}

// Unwrap returns the error that says more first: not that there is no v1.
func (e *ReflectionError) Unwrap() []error {
	if e.NoV1 {
		return []error{e.V1Alpha, e.V1}
	}
	return []error{e.V1, e.V1Alpha}
}
