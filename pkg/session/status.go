package session

import (
	"bytes"
	"errors"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// StatusError is a peer's status with its details made readable.
type StatusError struct {
	*stream.Status

	// Details are JSON, each with its "@type".
	Details [][]byte
	// Broken says why further details could not be read.
	Broken error
}

func (e *StatusError) Unwrap() error { return e.Status }

// Outcome is that of the status, with the details as a JSON array.
func (e *StatusError) Outcome() stream.Outcome {
	o := e.Status.Outcome()
	if len(e.Details) > 0 {
		o.Detail = append(append([]byte{'['}, bytes.Join(e.Details, []byte{','})...), ']')
	}
	return o
}

// Detailed adds the decoded details to a status that has some.
func (m *Method) Detailed(err error) error {
	status, ok := errors.AsType[*stream.Status](err)
	if !ok || len(status.Details) == 0 {
		return err
	}
	if e := m.Decode(status); e != nil {
		return e
	}
	return err
}

// Decode reads the details of a status; nil where the method has no types for them.
func (m *Method) Decode(status *stream.Status) *StatusError {
	out, isProto := m.Output.(*idl.ProtoMessage)
	if !isProto {
		return nil
	}
	e := &StatusError{Status: status}
	e.Details, e.Broken = format.Details(status.Details, out.Types, m.session.options.Format)
	return e
}
