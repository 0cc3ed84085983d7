package cmd

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestExitCodes is the table of the documentation.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{io.ErrUnexpectedEOF, 1},
		{&usageError{err: io.EOF}, 2},
		{&call.TargetError{}, 2},
		{&call.OptionError{Err: io.EOF}, 2},
		{&call.UnsupportedError{}, 2},
		{&idl.NotFoundError{}, 3},
		{&idl.AmbiguousError{}, 3},
		{&idl.ParseError{}, 3},
		{&session.IDLError{Err: io.EOF}, 3},
		{&format.InputError{Err: io.EOF}, 4},
		{&stream.ExtraInputError{}, 4},
		{&dataError{io.EOF}, 4},
		{&call.ConnectError{Err: syscall.ECONNREFUSED}, 5},
		{&call.MismatchError{}, 5},
		{&call.ConnectionLostError{Err: io.EOF}, 5},
		{&call.ResetError{}, 5},
		{&stream.CardinalityError{}, 5},
		{&format.DecodeError{}, 5},
		{&call.ConnectError{Timeout: time.Second}, 6},
		{&deadlineError{"1s"}, 6},
		{context.DeadlineExceeded, 6},
		{&stream.TimeoutError{Op: "recv"}, 6},
		{&stream.Status{Code: 4}, 68},
		{&stream.Status{Code: 5}, 69},
		{&stream.Status{Code: 1 << 31}, 95},
		{&session.StatusError{Status: &stream.Status{Code: 3}}, 67},
		{&call.ApplicationError{}, 96},
		{&call.ApplicationError{Type: 6}, 102},
		{&call.ApplicationError{Type: 12001}, 111},
		{&call.ApplicationError{Type: -1}, 111},
		{&format.Exception{}, 112},
		{&call.BizStatusError{}, 113},
		{&format.NoResultError{}, 5},
		{&format.BaseError{}, 2},
		{&format.RawError{Err: io.EOF}, 4},
		{errInterrupted, 130},
		{&outputError{syscall.EPIPE}, 0},
		{&outputError{syscall.ENOSPC}, 1},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("exitCode(%T %v) = %d, want %d", test.err, test.err, got, test.want)
		}
		if test.err == nil {
			continue
		}
		if got := exitCode(fmt.Errorf("doing: %w", test.err)); got != test.want {
			t.Errorf("wrapped %T: exit code %d, want %d", test.err, got, test.want)
		}
	}
}
