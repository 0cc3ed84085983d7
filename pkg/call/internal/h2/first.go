package h2

import (
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/foreign"
)

// readFirst checks that the peer begins as an HTTP/2 server must, before the
// Framer would take its bytes for frames.
func (c *Conn) readFirst() error {
	var head []byte
	for n := 1; n <= frameHeaderLen; n++ { // byte by byte: others may say less
		var err error
		if head, err = c.br.Peek(n); err != nil && len(head) == 0 {
			err = c.lost(err)
			if e, ok := err.(*call.ConnectError); ok {
				e.Dropped = e.Alert == 0 && fault.PeerClosed(e.Err)
			}
			return err
		}
		if len(head) < n || !beginsHTTP2(head) {
			break
		}
		if n == frameHeaderLen {
			return nil
		}
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(foreign.SniffWait)) // the rest of it explains more
	if string(head) == "H" || c.br.Buffered() < frameHeaderLen {
		_, _ = c.br.Peek(foreign.SniffLimit)
	}
	first, _ := c.br.Peek(min(c.br.Buffered(), foreign.SniffLimit))
	return foreign.NotHTTP2(c.opts, c.target, append([]byte(nil), first...))
}

// beginsHTTP2 reports whether the bytes can be the beginning of the header of a
// SETTINGS frame, or of the GOAWAY of a peer that wants no connection at all.
func beginsHTTP2(head []byte) bool {
	for i, b := range head {
		switch i {
		case 1, 2: // length, checked by the Framer
		case 3:
			if b != byte(http2.FrameSettings) && b != byte(http2.FrameGoAway) {
				return false
			}
		default:
			if b != 0 {
				return false
			}
		}
	}
	return true
}
