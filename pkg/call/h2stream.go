package call

import (
	"io"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/stream"
)

// h2stream is one stream of an h2conn. The reader goroutine fills in; the
// receiver takes everything that has come at once, and works on it without a
// lock. The peer gets its window back only for bytes that the receiver has used.
type h2stream struct {
	c     *h2conn
	id    uint32
	trace *stream.Trace

	// Under c.mu.
	window  int64 // what the peer lets us send
	sentEnd bool  // END_STREAM is sent, or RST_STREAM came
	gone    bool  // not in c.streams any more

	mu         sync.Mutex
	arrived    sync.Cond
	waiting    bool
	in         []byte
	recvWindow int64 // what the peer may still send
	header     []hpack.HeaderField
	last       []hpack.HeaderField // trailer
	gotHeader  bool
	// trailersOnly: the header is all there is (gRPC "Trailers-Only").
	trailersOnly bool
	ended        bool
	err          error // why it ended; nil is END_STREAM
}

func newH2Stream(t *stream.Trace) *h2stream {
	st := &h2stream{trace: t}
	st.arrived.L = &st.mu
	return st
}

func (st *h2stream) at() Target { return st.c.target }

func (st *h2stream) write(head, body []byte, end bool) error { return st.c.write(st, head, body, end) }

func (st *h2stream) abort(code http2.ErrCode, err error) { st.c.abort(st, code, err) }

func (st *h2stream) answer() (header []hpack.HeaderField, bare bool) {
	return st.header, st.trailersOnly
}

func (st *h2stream) trailer() []hpack.HeaderField { return st.last }

// What a peer can do wrong on a stream.
const (
	sawOverrun    = "more data than the stream's flow-control window"
	sawDataFirst  = "DATA before HEADERS"
	sawTwoHeaders = "a second HEADERS frame without END_STREAM"
)

// data takes the payload of a DATA frame; n is its length with padding. The
// result is empty or says what the peer did wrong.
func (st *h2stream) data(p []byte, n int64) (saw string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.ended:
		return ""
	case !st.gotHeader:
		return sawDataFirst
	}
	if st.recvWindow -= n; st.recvWindow < 0 {
		return sawOverrun
	}
	st.in = append(st.in, p...)
	return ""
}

// headers takes a header block: the header, or the trailer. Informational
// answers (status 1xx, RFC 9113 section 8.1) are skipped.
func (st *h2stream) headers(fields []hpack.HeaderField, end bool) (saw string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.ended:
	case st.gotHeader && !end:
		return sawTwoHeaders
	case st.gotHeader:
		st.last = fields
	case !end && len(fields) > 0 && fields[0].Name == ":status" && len(fields[0].Value) == 3 && fields[0].Value[0] == '1':
	default:
		st.header, st.gotHeader, st.trailersOnly = fields, true, end
	}
	return ""
}

// end marks the stream as over and wakes the receiver. The first end stays;
// false means that there was one.
func (st *h2stream) end(err error) bool {
	first := st.endQuiet(err)
	st.wake()
	return first
}

// endQuiet leaves the waking to the caller.
func (st *h2stream) endQuiet(err error) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.ended {
		return false
	}
	st.ended, st.err = true, err
	return true
}

func (st *h2stream) wake() {
	st.mu.Lock()
	if st.waiting {
		st.arrived.Broadcast()
	}
	st.mu.Unlock()
}

// wait sleeps until something has happened; the caller holds mu.
func (st *h2stream) wait() {
	st.waiting = true
	st.arrived.Wait()
	st.waiting = false
}

// waitHeader waits for the peer's first header block. Where the stream ends
// without one, err says why; io.EOF is END_STREAM.
func (st *h2stream) waitHeader() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	for !st.gotHeader && !st.ended {
		st.wait()
	}
	if st.gotHeader {
		return nil
	}
	return st.endError()
}

func (st *h2stream) endError() error {
	if st.err == nil {
		return io.EOF
	}
	return st.err
}

// sendError says why nothing can be sent any more. The caller holds c.mu.
func (st *h2stream) sendError() error {
	if !st.gone {
		return errSendClosed
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return whyNotSent(st.err)
}

// more appends what has come to the unused part cur[off:], which it moves to
// the front, or trades cur for it where everything was used. It waits if there
// is nothing. need is how many bytes the receiver is about to use in all: the
// window grows to let a message of that size through without a stop. At the end
// of the stream cur[off:] is returned with io.EOF or the error.
func (st *h2stream) more(cur []byte, off, need int) ([]byte, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	want := max(streamWindow, int64(need-(len(cur)-off)))
	for st.creditUp(want); len(st.in) == 0 && !st.ended; st.creditUp(want) {
		st.wait()
	}
	switch {
	case st.err != nil && !peerEnded(st.err):
		return cur[off:], st.err
	case len(st.in) == 0:
		return cur[off:], st.endError()
	case off == len(cur):
		cur, st.in = st.in, cur[:0]
	default:
		cur = append(cur[:copy(cur, cur[off:])], st.in...)
		st.in = st.in[:0]
	}
	return cur, nil
}

// creditUp gives the peer window until want bytes may come, where that is worth a
// frame. What padding took counts too, so that frames of nothing else cannot use the
// window up. The caller holds mu, which is given up for a moment.
func (st *h2stream) creditUp(want int64) {
	credit := want - st.recvWindow - int64(len(st.in))
	if credit < streamWindow/2 || st.ended {
		return
	}
	st.recvWindow += credit
	st.mu.Unlock()
	st.c.credit(st, credit)
	st.mu.Lock()
}

// peerEnded reports whether messages that came before an error still count:
// those of a peer that ended the stream or the connection, or that broke the
// rules, do; a cancelled RPC has none.
func peerEnded(err error) bool {
	switch err.(type) {
	case *ResetError, *RefusedError, *ConnectionLostError, *ProtocolError:
		return true
	}
	return false
}
