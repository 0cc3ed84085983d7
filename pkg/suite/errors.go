package suite

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/idlcall/idlcall/pkg/stream"
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
