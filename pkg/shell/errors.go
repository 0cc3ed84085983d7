package shell

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Outcome is KindUsage.
func (*SyntaxError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// UsageError is a command that is not used as it can be.
type UsageError struct {
	Message string
	// Hint says what would do, or is empty.
	Hint string
}

func (e *UsageError) Error() string { return e.Message }

// Outcome is KindUsage.
func (*UsageError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

func usage(format string, args ...any) *UsageError {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// DocumentError is a request that is an expression, of which no JSON comes.
type DocumentError struct {
	Text string
	Err  error
}

func (e *DocumentError) Error() string { return fmt.Sprintf("request %s: %v", e.Text, e.Err) }
func (e *DocumentError) Unwrap() error { return e.Err }

// Outcome is KindData.
func (*DocumentError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }
