package suite

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// FileError is a suite that cannot be read.
type FileError struct {
	File string
	Err  error
}

func (e *FileError) Error() string {
	err := e.Err
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // File is the path
	}
	return fmt.Sprintf("read suite %s: %v", e.File, err)
}

func (e *FileError) Unwrap() error { return e.Err }

// Outcome is KindUsage.
func (*FileError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

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
