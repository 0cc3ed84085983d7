package call

import (
	"net/http/httptrace"
	"sync"

	"github.com/idlcall/idlcall/pkg/stream"
)

// webMoments are what a request that net/http makes goes through. It may send one
// twice, on another connection; what it repeats is reported once.
type webMoments struct {
	conn func(httptrace.GotConnInfo)
	// written: the request has left, or failed to. It may be called again.
	written func()
	// sent: the request has left.
	sent func()
}

// clientTrace reports to t, as it happens, that header has left and that the answer
// begins.
func (m webMoments) clientTrace(t *stream.Trace, header stream.Metadata) *httptrace.ClientTrace {
	headed := sync.OnceFunc(func() {
		if t != nil && t.SentHeader != nil {
			t.SentHeader(header)
		}
	})
	sent := sync.OnceFunc(m.sent)
	return &httptrace.ClientTrace{
		GotConn:      m.conn,
		WroteHeaders: headed,
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				sent()
			}
			m.written()
		},
		GotFirstResponseByte: sync.OnceFunc(t.Answered),
	}
}
