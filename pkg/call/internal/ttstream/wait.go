package ttstream

import (
	"context"
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/call/internal/dial"
)

// firstWait is the wait for the first frame of an answer. A server sends HEADER no
// sooner than its first message, so that one whose method is slow cannot be told
// from one that does not have the method: Kitex drops the frames of those in
// silence (cloudwego/kitex:pkg/remote/trans/ttstream/server_handler.go).
type firstWait struct {
	late, limit *time.Timer // nil where not begun
	over        bool
}

// silenceError is the cause of a stream that SilentLimit ended.
type silenceError struct{ after time.Duration }

func (e *silenceError) Error() string { return fmt.Sprintf("no answer within %v", e.after) }

// Is makes the error count as a deadline.
func (e *silenceError) Is(target error) bool { return target == context.DeadlineExceeded }

// expectAnswer begins the wait with the first message: there is a warning when
// connecting might have taken no longer. all says that nothing more is sent: the
// limit begins.
func (s *rpcStream) expectAnswer(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	opts := s.carrier.Opts
	if s.wait.over {
		return
	}
	if s.wait.late == nil {
		s.wait.late = dial.Impatient(opts, s.rpc.Trace, "nothing from "+s.conn.Target.Text,
			"a Kitex server says nothing about a method that it does not have, nor before the first message of a slow one")
	}
	if _, bounded := s.ctx.Deadline(); all && !bounded && opts.SilentLimit > 0 {
		s.wait.limit = time.AfterFunc(opts.SilentLimit, func() { s.abandon(&silenceError{opts.SilentLimit}) })
	}
}

// stopWaiting ends the wait.
func (s *rpcStream) stopWaiting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wait.over = true
	if s.wait.late != nil {
		s.wait.late.Stop()
	}
	if s.wait.limit != nil {
		s.wait.limit.Stop()
	}
}
