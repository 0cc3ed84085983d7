package fault

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Causes that the rooms handle themselves.
var (
	ErrAbandoned  = errors.New("the RPC was abandoned")
	ErrSendClosed = errors.New("send after the last message")
)

// ErrPeerClosed is the cause where a peer ends the connection in an orderly way.
var ErrPeerClosed = errors.New("the peer closed the connection")

// PeerClosed reports whether an error means that the peer ended the connection.
// Whether that shows as an end of file or a reset is chance: the kernel sends
// RST for what the peer left unread, and tells only one of reader and writer.
func PeerClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.ErrClosedPipe) // net.Pipe, for servers inside the process
}

// PeerAlert is the TLS alert in an error, zero where there is none. crypto/tls
// does not export the type, which is a uint8.
func PeerAlert(err error) tls.AlertError {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" && op.Err != nil {
		if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
			return tls.AlertError(v.Uint())
		}
	}
	return 0
}

func Count(messages int) string {
	if messages == 1 {
		return "1 message"
	}
	return fmt.Sprintf("%d messages", messages)
}

// deadlineSlack is how long before our deadline a peer's word that the time is up
// counts as it: we told the peer the deadline, and clocks and schedulers are not
// exact.
const deadlineSlack = 50 * time.Millisecond

// OwnDeadline tells our own deadline, which the peer may be first to notice, from
// one that the peer set itself: the user shall see the same error whoever was
// first.
func OwnDeadline(ctx context.Context, err error) error {
	if s, ok := err.(*stream.Status); ok && saysDeadline(s) && DeadlineDue(ctx) {
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

// DeadlineDue reports whether our own deadline has come; it waits for the last of
// it.
func DeadlineDue(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	if !ok || time.Until(deadline) >= deadlineSlack {
		return false
	}
	<-ctx.Done()
	return true
}
