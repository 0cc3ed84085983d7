package call

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// pairMetadata is string pairs as metadata.
func pairMetadata(pairs []ttheader.Pair) stream.Metadata {
	md := make(stream.Metadata, len(pairs))
	for i, p := range pairs {
		md[i] = stream.Pair{Name: p.Key, Value: p.Value}
	}
	return md
}

// streamPairs describes a frame for traces.
func (s *ttStream) streamPairs(t ttheader.FrameType) stream.Metadata {
	return stream.Metadata{
		{Name: "transport", Value: string(TTHeaderStreaming)},
		{Name: "frame", Value: t.String()},
		{Name: "method", Value: s.method.Name},
		{Name: "stream", Value: fmt.Sprint(s.id)},
	}
}

// traceSent reports the HEADER that opens the stream.
func (s *ttStream) traceSent(h *ttheader.Header, frame []byte) {
	t := s.carrier.opts.Trace
	if t != nil && t.SentHeader != nil {
		t.SentHeader(ttPairs(s.streamPairs(ttheader.FrameHeader), h))
	}
	s.traceFrame(true, ttheader.FrameHeader, len(frame), 0)
}

// traceFrame reports a frame.
func (s *ttStream) traceFrame(out bool, f ttheader.FrameType, wire, body int) {
	if t := s.carrier.opts.Trace; t != nil && t.Frame != nil {
		t.Frame(out, fmt.Sprintf("%s len=%d %s stream=%d body=%d", TTHeaderStreaming, wire, f, s.id, body))
	}
}

// traceData reports a message that has left.
func (s *ttStream) traceData(body []byte) {
	wire := len(s.head) + len(body)
	s.traceFrame(true, ttheader.FrameData, wire, len(body))
	if t := s.carrier.opts.Trace; t != nil && t.Sent != nil {
		t.Sent(len(body), wire)
	}
}

// traceTrailer reports our half-close.
func (s *ttStream) traceTrailer() {
	s.traceFrame(true, ttheader.FrameTrailer, len(s.trailer), 0)
	if t := s.carrier.opts.Trace; t != nil && t.HalfClosed != nil {
		t.HalfClosed()
	}
}

func (s *ttStream) traceHeader(f *ttheader.StreamFrame) {
	if t := s.carrier.opts.Trace; t != nil && t.GotHeader != nil {
		t.GotHeader(append(s.streamPairs(f.Type), pairMetadata(f.Str)...))
	}
}

func (s *ttStream) traceReceived(f *ttheader.StreamFrame, wire int) {
	if t := s.carrier.opts.Trace; t != nil && t.Received != nil {
		t.Received(len(f.Payload), wire)
	}
}

// traceEnd reports a TRAILER or RST.
func (s *ttStream) traceEnd(f *ttheader.StreamFrame) {
	if t := s.carrier.opts.Trace; t != nil && t.GotTrailer != nil {
		t.GotTrailer(append(s.streamPairs(f.Type), pairMetadata(f.Str)...))
	}
}
