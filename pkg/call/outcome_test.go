package call_test

import (
	"io"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestTargetsOutcome: of several targets the first counts.
func TestTargetsOutcome(t *testing.T) {
	t.Parallel()
	refused, late := &call.ConnectError{Err: io.EOF}, &call.ConnectError{Timeout: time.Second}
	page := &call.MismatchError{HTTPStatus: 404, Code: stream.Unimplemented}
	for _, tt := range []struct {
		name string
		errs []error
		kind stream.Kind
		code stream.Code
	}{
		{"refused, then late", []error{refused, late}, stream.KindConnection, stream.Unavailable},
		{"late, then refused", []error{late, refused}, stream.KindDeadline, stream.DeadlineExceeded},
		{"refused, then a page", []error{refused, page}, stream.KindConnection, stream.Unimplemented},
		{"none", nil, stream.KindConnection, stream.Unavailable},
	} {
		o := stream.OutcomeOf(&call.TargetsError{Errs: tt.errs})
		if o.Kind != tt.kind || o.Code != int64(tt.code) {
			t.Errorf("%s: %+v", tt.name, o)
		}
	}
}
