package calltest

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// stalled: a server that reads nothing any more holds up a sender for no longer than its
// context lasts.
func (tr *Transport) stalled(t *testing.T) {
	for _, kind := range tr.Types {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		silent := *tr
		silent.Serve = func(ctx context.Context, c net.Conn, _ Handler) {
			_, _ = c.Read(make([]byte, 1))
			<-ctx.Done()
		}
		s, err := silent.client(t, nil).Open(ctx, tr.rpc(kind))
		large := tr.body(strings.Repeat("x", 8<<20))
		for start := time.Now(); err == nil && time.Since(start) < limit; {
			if err = s.Send(large); !kind.ClientStreams() {
				break
			}
		}
		if err == nil {
			_, err = s.Recv()
		}
		if stream.OutcomeOf(err).Kind != stream.KindDeadline {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// vanished: a connection that ends in the middle is told as that, at once.
func (tr *Transport) vanished(t *testing.T) {
	for _, kind := range tr.Types {
		gone := *tr
		gone.Serve = func(ctx context.Context, c net.Conn, h Handler) {
			tr.Serve(ctx, c, func(ctx context.Context, p Peer) error {
				time.AfterFunc(20*time.Millisecond, func() { _ = c.Close() })
				return h(ctx, p)
			})
		}
		s, _ := gone.begin(bounded(t), t, kind)
		if _, err := all(s); stream.OutcomeOf(err).Kind != stream.KindConnection {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
