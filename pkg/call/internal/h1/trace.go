package h1

import (
	"context"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Moments are what a request that net/http makes goes through. It may send one
// twice, on another connection; what it repeats is reported once.
type Moments struct {
	Conn func(httptrace.GotConnInfo) // of the request
	// Written: the request has left, or failed to. It may be called again.
	Written func()
	// Sent: the request has left.
	Sent func()
	// Answered: the first byte of the answer is here.
	Answered func()
}

// Watch returns the context of a request that reports to t, as it happens, that the header has left. line is what
// stands for the first line of the request; the rest is what net/http says that it
// wrote, which is more than it was given.
func (m Moments) Watch(ctx context.Context, t *stream.Trace, line stream.Metadata) context.Context {
	sent := sync.OnceFunc(m.Sent)
	trace := &httptrace.ClientTrace{
		GotConn: m.Conn,
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				sent()
			}
			m.Written()
		},
	}
	if m.Answered != nil {
		trace.GotFirstResponseByte = sync.OnceFunc(m.Answered)
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
	return httptrace.WithClientTrace(context.WithValue(ctx, traceKey{}, t), trace)
}

// traceKey finds in the context of a dial the Trace of the RPC that net/http dials for:
// it passes nothing else.
type traceKey struct{}

func dialTrace(ctx context.Context) *stream.Trace {
	t, _ := ctx.Value(traceKey{}).(*stream.Trace)
	return t
}
