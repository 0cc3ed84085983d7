package run

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// RequestError is a request of a step that is no message of its method.
type RequestError struct {
	// At is where in the file it is wrong.
	At  *yamldoc.Error
	Err error
}

func (e *RequestError) Error() string { return e.At.Error() }
func (e *RequestError) Unwrap() error { return e.Err }

// Outcome is KindData.
func (*RequestError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }

// TimeoutError says that a step took longer than it may.
type TimeoutError struct{ After string }

func (e *TimeoutError) Error() string { return "not done within " + e.After }

// Outcome is KindDeadline.
func (*TimeoutError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindDeadline} }

// SizeError says that what a step has to compare is more than is kept.
type SizeError struct {
	What  string // "the replies of a step", for one
	Limit int    // in bytes
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s: more than %d MiB, which a step does not keep", e.What, e.Limit>>20)
}

// Outcome is KindConnection: that many are wrong for a suite.
func (*SizeError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindConnection} }
