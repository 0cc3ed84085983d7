package mock

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/stream"
)

// FileError is a script that cannot be read.
type FileError struct {
	File string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("read the script %s: %v", e.File, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }

// Outcome is KindUsage.
func (*FileError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }
