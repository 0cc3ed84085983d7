package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/idlcall/idlcall/pkg/stream"
)

// ending is an error with an outcome of its own, around another.
type ending struct {
	outcome stream.Outcome
	err     error
}

func (e *ending) Error() string           { return "ending" }
func (e *ending) Unwrap() error           { return e.err }
func (e *ending) Outcome() stream.Outcome { return e.outcome }

// several wraps others and has decided that it is the connection.
type several struct{ errs []error }

func (*several) Error() string           { return "several" }
func (e *several) Unwrap() []error       { return e.errs[:1] }
func (*several) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindConnection} }

// TestOutcomeOf: which of the kinds in the tree of an error counts.
func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	kind := func(k stream.Kind, code stream.Code, err error) error {
		return &ending{stream.Outcome{Kind: k, Code: int64(code)}, err}
	}
	status := &stream.Status{Code: 5, Message: "gone"}
	for _, tt := range []struct {
		name string
		err  error
		want string // kind, code, name, message
	}{
		{"well", nil, `0 0 "" ""`},
		{"unknown", io.ErrNoProgress, `12 0 "" "multiple Read calls return no data or error"`},
		{"status", status, `8 5 "NOT_FOUND" "gone"`},
		{"status without text", &stream.Status{Code: 99}, `8 99 "99" ""`},
		{"large code", &stream.Status{Code: 1<<32 - 1}, `8 4294967295 "4294967295" ""`},
		{"wrapped", fmt.Errorf("look up: %w", status), `8 5 "NOT_FOUND" "gone"`},
		{"transparent", kind(stream.KindOK, 0, status), `8 5 "NOT_FOUND" "gone"`},
		{"usage around a status", kind(stream.KindUsage, 0, status), `2 0 "" "ending"`},
		{"IDL around a status", kind(stream.KindIDL, 0, status), `8 5 "NOT_FOUND" "gone"`},
		{"joined", errors.Join(io.EOF, kind(stream.KindIDL, 0, nil)), `9 0 "" "EOF` + "\\n" + `ending"`},
		{"connection", kind(stream.KindConnection, 0, nil), `11 14 "UNAVAILABLE" "ending"`},
		{"connection with a code", kind(stream.KindConnection, stream.Internal, nil), `11 13 "INTERNAL" "ending"`},
		{"code of an inner one", kind(stream.KindConnection, 0, kind(stream.KindConnection, stream.Canceled, nil)), `11 1 "CANCELLED" "ending"`},
		{"deadline", context.DeadlineExceeded, `10 4 "DEADLINE_EXCEEDED" "context deadline exceeded"`},
		{"deadline of a connection", kind(stream.KindConnection, stream.Internal, context.DeadlineExceeded), `10 4 "DEADLINE_EXCEEDED" "ending"`},
		{"cancelled", context.Canceled, `1 0 "" "context canceled"`},
		{"cancelled connection", kind(stream.KindConnection, 0, context.Canceled), `11 14 "UNAVAILABLE" "ending"`},
		{"one that has decided for several", &several{[]error{status, context.DeadlineExceeded}}, `11 14 "UNAVAILABLE" "several"`},
		{"cardinality", &stream.CardinalityError{}, `11 12 "UNIMPLEMENTED" "the peer ended the call well but sent no reply"`},
	} {
		o := stream.OutcomeOf(tt.err)
		if got := fmt.Sprintf("%d %d %q %q", o.Kind, o.Code, o.Name, o.Message); got != tt.want || o.Err != tt.err {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
