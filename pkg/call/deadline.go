package call

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// deadlineSlack is how long before our deadline a peer's word that the time is up
// counts as it: we told the peer the deadline, and clocks and schedulers are not
// exact.
const deadlineSlack = 50 * time.Millisecond

// ownDeadline tells our own deadline, which the peer may be first to notice, from
// one that the peer set itself: the user shall see the same error whoever was
// first.
func ownDeadline(ctx context.Context, err error) error {
	if s, ok := err.(*stream.Status); ok && saysDeadline(s) && deadlineDue(ctx) {
		return context.Cause(ctx)
	}
	return err
}

// saysDeadline reports whether a status speaks of a deadline. Kitex handlers that
// return the error of their context end with INTERNAL and its text.
func saysDeadline(s *stream.Status) bool {
	return s.Code == stream.DeadlineExceeded ||
		s.Code == stream.Internal && strings.Contains(s.Message, context.DeadlineExceeded.Error())
}

// deadlineDue reports whether our own deadline has come; it waits for the last of
// it.
func deadlineDue(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	if !ok || time.Until(deadline) >= deadlineSlack {
		return false
	}
	<-ctx.Done()
	return true
}

// WaitError means that our deadline passed before the answer was complete, and says
// how much of it had come.
type WaitError struct {
	// First is true where nothing had been answered on a connection of Thrift
	// before: the peer may wait as well, for the rest of what it takes for a longer
	// request.
	First    bool
	Messages int   // whole messages of a stream that came
	Have     int   // bytes of the next that came
	Want     int64 // all of its bytes; zero where that is not known
	Err      error // the cause of the context
}

func (e *WaitError) Error() string {
	var came []string
	if e.Messages > 0 {
		came = append(came, count(e.Messages))
	}
	if e.Have > 0 {
		bytes := fmt.Sprintf("%d bytes", e.Have)
		if e.Want > 0 {
			bytes += fmt.Sprintf(" of %d", e.Want)
		}
		came = append(came, bytes)
	}
	if came == nil {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v: the answer stopped after %s", e.Err, strings.Join(came, " and "))
}

func (e *WaitError) Unwrap() error { return e.Err }
