package format

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/format/internal/kitexmap"
	"github.com/idlcall/idlcall/pkg/format/internal/thriftjson"
)

// ValueError is a mistake in a JSON document, as a Codec sees it.
type ValueError struct {
	// Offset is where the mistake stands, in bytes from the document's start.
	Offset int
	// Path leads to the value ("user.tags[2]"); empty at the top.
	Path    string
	Message string
	// Nearest are known names like the unknown one, best first.
	Nearest []string
}

func (e *ValueError) Error() string { return (*jsontext.ValueError)(e).Error() }

// InputError is a document that cannot become a request: where it stands, what
// is wrong, and the line itself.
type InputError struct {
	// Source names the input: "stdin", "-d", or a file.
	Source string
	// Index counts documents from 1.
	Index int
	// Line and Col count from 1, Col in characters.
	Line, Col int
	// Text is the line the mistake stands in, shortened to what a terminal
	// shows, and Caret the number of characters before the mistake in it.
	Text  string
	Caret int
	Err   error
}

func (e *InputError) Error() string {
	return fmt.Sprintf("%s: document %d, line %d, column %d: %v", e.Source, e.Index, e.Line, e.Col, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// ReadError is input that cannot be read.
type ReadError struct {
	Source string
	Err    error
}

func (e *ReadError) Error() string {
	err := e.Err
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // Source is the path
	}
	return "read " + e.Source + ": " + err.Error()
}

func (e *ReadError) Unwrap() error { return e.Err }

// DocumentSizeError is a document that is larger than the Reader's limit.
type DocumentSizeError struct{ Limit int }

func (e *DocumentSizeError) Error() string {
	return fmt.Sprintf("the document is larger than %d bytes", e.Limit)
}

// DecodeError is an encoded message that does not fit its type.
type DecodeError struct {
	Type string // full name of the message type
	Path string // field names down to the place; may be empty
	// Offset is in bytes from the start of the body.
	Offset  int
	Message string
}

func (e *DecodeError) Error() string { return (*jsontext.DecodeError)(e).Error() }

// Exception is a reply with an exception that the IDL declares for the method: it
// ran, and said no in its own words.
type Exception struct { //nolint:errname // the exception itself, as the IDL has it
	Type string // full name of the exception
	JSON []byte // its fields
}

func (e *Exception) Error() string { return (*thriftjson.Exception)(e).Error() }

// NoResultError is a reply without the result that its method must return.
type NoResultError struct {
	Method string // "Service.Method"
	Type   string // what it returns
}

func (e *NoResultError) Error() string { return (*thriftjson.NoResultError)(e).Error() }

// BaseError says why a BaseValue cannot be used.
type BaseError struct {
	Path   string // empty where there is no base.Base field at all
	Reason string
}

func (e *BaseError) Error() string { return (*thriftjson.BaseError)(e).Error() }

// public gives an error of a room its public type. The types have the same fields: the
// rooms cannot import this package.
func public(err error) error {
	switch e := err.(type) {
	case *jsontext.ValueError:
		return (*ValueError)(e)
	case *jsontext.DecodeError:
		return (*DecodeError)(e)
	case *thriftjson.Exception:
		return (*Exception)(e)
	case *kitexmap.Exception:
		return (*Exception)(e)
	case *thriftjson.NoResultError:
		return (*NoResultError)(e)
	case *thriftjson.BaseError:
		return (*BaseError)(e)
	}
	return err
}
