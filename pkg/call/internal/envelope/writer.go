package envelope

import (
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/pool"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Writer sends the messages of one request.
type Writer struct {
	Req   *pool.Request
	Trace *stream.Trace
	Comp  *compress.Compressor // nil for none

	prefix [grpcwire.PrefixLen]byte
	done   bool
}

// Send writes a message. Where the client sends exactly one, it opens the exchange, and
// the half-close follows in the same write.
func (w *Writer) Send(body []byte) error {
	if w.done {
		return fault.ErrSendClosed
	}
	wire, flags, err := w.Comp.Message(body)
	if err != nil {
		return err
	}
	if int64(len(wire)) > 1<<32-1 {
		return fmt.Errorf("message of %d bytes does not fit a gRPC frame", len(wire))
	}
	grpcwire.AppendPrefix(w.prefix[:0], flags, uint32(len(wire)))
	st, single := w.Req.Opened(), w.Req.Waits()
	if single {
		w.done = true
		w.Req.Keep(w.prefix[:], wire)
		if st, err = w.Req.Start(false, true); err != nil {
			return err
		}
	}
	if err = w.Req.Sent(st.Write(w.prefix[:], wire, single)); err != nil {
		return err
	}
	w.Trace.Send(len(body), len(wire)+grpcwire.PrefixLen)
	if single {
		w.Trace.HalfClose()
	}
	return nil
}

// CloseSend half-closes, once. After the one message of a request that has but one it does
// nothing, since Send did; one without any message is a header and nothing else.
func (w *Writer) CloseSend() error {
	if w.done {
		return nil
	}
	w.done = true
	if w.Req.Waits() {
		_, err := w.Req.Start(true, false)
		return err
	}
	err := w.Req.Opened().Write(nil, nil, true)
	if err == nil {
		w.Trace.HalfClose()
	}
	if err == io.EOF {
		return nil // the peer has finished, Recv knows
	}
	return err
}

// Unsent reports whether a request of one message has none yet.
func (w *Writer) Unsent() bool { return !w.done && w.Req.Waits() }
