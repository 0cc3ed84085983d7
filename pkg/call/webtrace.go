package call

import (
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/stream"
)

// webMoments are what a request that net/http makes goes through. It may send one
// twice, on another connection; what it repeats is reported once.
type webMoments struct {
	conn func(httptrace.GotConnInfo) // of the request
	// written: the request has left, or failed to. It may be called again.
	written func()
	// sent: the request has left.
	sent func()
	// answered: the first byte of the answer is here.
	answered func()
}

// clientTrace reports to t, as it happens, that the header has left. line is what
// stands for the first line of the request; the rest is what net/http says that it
// wrote, which is more than it was given.
func (m webMoments) clientTrace(t *stream.Trace, line stream.Metadata) *httptrace.ClientTrace {
	sent := sync.OnceFunc(m.sent)
	trace := &httptrace.ClientTrace{
		GotConn: m.conn,
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				sent()
			}
			m.written()
		},
	}
	if m.answered != nil {
		trace.GotFirstResponseByte = sync.OnceFunc(m.answered)
	}
	if t != nil && t.SentHeader != nil {
		header := slices.Clip(line)
		trace.WroteHeaderField = func(name string, values []string) {
			for _, v := range values {
				header = append(header, stream.Pair{Name: strings.ToLower(name), Value: v})
			}
		}
		headed := sync.OnceFunc(func() { t.SentHeader(header) })
		trace.WroteHeaders = func() {
			headed()
			header = slices.Clip(line) // for what is sent again
		}
	}
	return trace
}
