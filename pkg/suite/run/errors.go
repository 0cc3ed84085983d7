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

// SizeError says that the replies of a step are more than are kept.
type SizeError struct{ Limit int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("the replies have more than %d MiB together", e.Limit>>20)
}

// Outcome is KindConnection: that many are wrong for a suite.
func (*SizeError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindConnection} }
