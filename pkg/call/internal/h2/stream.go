package h2

import (
	"io"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Stream is one stream of a Conn. Who reads the connection fills in; the
// receiver takes a large piece of what has come at once, and works on it without a
// lock. The peer gets its window back only for bytes that the receiver has used.
type Stream struct {
	c     *Conn
	id    uint32
	trace *stream.Trace

	// Under c.mu.
	window  int64 // what the peer lets us send
	sentEnd bool  // END_STREAM is sent
	left    bool  // the peer has no part in it: RST_STREAM came, or a GOAWAY that leaves it out
	gone    bool  // not in c.streams any more

	Mu         sync.Mutex
	arrived    sync.Cond
	waiting    bool
	in         inbox
	recvWindow int64 // what the peer may still send
	header     []hpack.HeaderField
	last       []hpack.HeaderField // trailer
	gotHeader  bool
	// trailersOnly: the header is all there is (gRPC "Trailers-Only").
	trailersOnly bool
	Ended        bool
	err          error // why it ended; nil is END_STREAM
	// turns is how often the receiver may still read the connection's frames itself.
	turns int
}

func newStream(t *stream.Trace) *Stream {
	st := &Stream{trace: t, turns: turnsOfStream}
	st.arrived.L = &st.Mu
	return st
}

// HalfDuplex is false.
func (st *Stream) HalfDuplex() bool { return false }

// At is where the connection leads.
func (st *Stream) At() call.Target { return st.c.target }

func (st *Stream) Write(head, body []byte, end bool) error { return st.c.write(st, head, body, end) }

// Abort ends the exchange from our side; the peer sees RST_STREAM.
func (st *Stream) Abort(code http2.ErrCode, err error) { st.c.abort(st, code, err) }

// Answer is the header, and whether it is all there is.
func (st *Stream) Answer() (header []hpack.HeaderField, bare bool) {
	return st.header, st.trailersOnly
}

// Trailer is what came after the body.
func (st *Stream) Trailer() []hpack.HeaderField { return st.last }

// What a peer can do wrong on a stream.
const (
	sawOverrun    = "more data than the stream's flow-control window"
	sawDataFirst  = "DATA before HEADERS"
	sawTwoHeaders = "a second HEADERS frame without END_STREAM"
)

// data takes the payload of a DATA frame; n is its length with padding. The
// result is empty or says what the peer did wrong.
func (st *Stream) data(p []byte, n int64) (saw string) {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	switch {
	case st.Ended:
		return ""
	case !st.gotHeader:
		return sawDataFirst
	}
	if st.recvWindow -= n; st.recvWindow < 0 {
		return sawOverrun
	}
	st.in.put(p)
	return ""
}

// headers takes a header block: the header, or the trailer. Informational
// answers (status 1xx, RFC 9113 section 8.1) are skipped.
func (st *Stream) headers(fields []hpack.HeaderField, end bool) (saw string) {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	switch {
	case st.Ended:
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
func (st *Stream) end(err error) bool {
	first := st.endQuiet(err)
	st.wake()
	return first
}

// endQuiet leaves the waking to the caller.
func (st *Stream) endQuiet(err error) bool {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	if st.Ended {
		return false
	}
	st.Ended, st.err = true, err
	return true
}

func (st *Stream) wake() {
	st.Mu.Lock()
	if st.waiting {
		st.arrived.Broadcast()
	}
	st.Mu.Unlock()
}

// wait returns when something may have happened, and sleeps or reads until then; the caller
// holds mu.
func (st *Stream) wait() {
	if st.turns > 0 {
		st.turns--
		st.Mu.Unlock()
		if !st.c.readFor(st) {
			st.turns = 0
		}
		st.Mu.Lock()
		return
	}
	st.waiting = true
	st.arrived.Wait()
	st.waiting = false
}

// WaitHeader waits for the peer's first header block. Where the stream ends
// without one, err says why; io.EOF is END_STREAM.
func (st *Stream) WaitHeader() error {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	for !st.gotHeader && !st.Ended {
		st.wait()
	}
	if st.gotHeader {
		return nil
	}
	return st.endError()
}

func (st *Stream) endError() error {
	if st.err == nil {
		return io.EOF
	}
	return st.err
}

// sendError says why nothing can be sent any more. The caller holds c.mu.
func (st *Stream) sendError() error {
	if !st.gone {
		return fault.ErrSendClosed
	}
	st.Mu.Lock()
	defer st.Mu.Unlock()
	return web.WhyNotSent(st.err)
}

// More returns the unused part cur[off:] with what has come behind it; cur is the Stream's
// again. It waits if there is nothing, and for all of a large message: that is put together
// once. need is how many bytes the receiver is about to use in all: the
// window grows to let a message of that size through without a stop. At the end
// of the stream cur[off:] is returned with io.EOF or the error.
func (st *Stream) More(cur []byte, off, need int) ([]byte, error) {
	st.Mu.Lock()
	defer st.Mu.Unlock()
	lacks, least := need-(len(cur)-off), 1
	if lacks > largeMessage {
		least = lacks
	}
	want := max(StreamWindow, int64(lacks))
	for st.creditUp(want, int64(least)); st.in.size < least && !st.Ended; st.creditUp(want, int64(least)) {
		st.wait()
	}
	switch {
	case st.in.size == 0:
		return cur[off:], st.endError()
	case least > 1:
		cur = st.in.join(cur, off)
	case st.err == nil || peerEnded(st.err):
		cur = st.in.take(cur, off)
	default:
		cur = cur[off:]
	}
	if st.err != nil && !peerEnded(st.err) {
		return cur, st.err
	}
	return cur, nil
}

// largeMessage is how many bytes a message may lack that is put together as it comes.
const largeMessage = 256 << 10

// creditUp gives the peer window until want bytes may come, where that is worth a
// frame, or the receiver waits for least bytes that may not come otherwise. What padding took counts too, so that frames of nothing else cannot use the
// window up. The caller holds mu, which is given up for a moment.
func (st *Stream) creditUp(want, least int64) {
	credit := want - st.recvWindow - int64(st.in.size)
	if short := st.recvWindow+int64(st.in.size) < least; credit < StreamWindow/2 && !short || st.Ended {
		return
	}
	st.recvWindow += credit
	st.Mu.Unlock()
	st.c.credit(st, credit)
	st.Mu.Lock()
}

// peerEnded reports whether messages that came before an error still count:
// those of a peer that ended the stream or the connection, or that broke the
// rules, do; a cancelled RPC has none.
func peerEnded(err error) bool {
	switch err.(type) {
	case *call.ResetError, *call.RefusedError, *call.ConnectionLostError, *call.ProtocolError:
		return true
	}
	return false
}
