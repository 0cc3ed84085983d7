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
		{Name: "method", Value: s.rpc.Method.Name},
		{Name: "stream", Value: fmt.Sprint(s.id)},
	}
}

// traceSent reports the HEADER that opens the stream.
func (s *ttStream) traceSent(h *ttheader.Header, frame []byte) {
	s.rpc.Trace.SendHeader(func() stream.Metadata { return ttPairs(s.streamPairs(ttheader.FrameHeader), h) })
	s.traceFrame(true, ttheader.FrameHeader, len(frame), 0)
}

// traceFrame reports a frame.
func (s *ttStream) traceFrame(out bool, f ttheader.FrameType, wire, body int) {
	s.rpc.Trace.SeeFrame(out, func() string {
		return fmt.Sprintf("%s len=%d %s stream=%d body=%d", TTHeaderStreaming, wire, f, s.id, body)
	})
}

// traceData reports a message that has left.
func (s *ttStream) traceData(body []byte) {
	wire := len(s.head) + len(body)
	s.traceFrame(true, ttheader.FrameData, wire, len(body))
	s.rpc.Trace.Send(len(body), wire)
}

// traceTrailer reports our half-close.
func (s *ttStream) traceTrailer() {
	s.traceFrame(true, ttheader.FrameTrailer, len(s.trailer), 0)
	s.rpc.Trace.HalfClose()
}

func (s *ttStream) traceHeader(f *ttheader.StreamFrame) {
	s.rpc.Trace.GetHeader(func() stream.Metadata { return append(s.streamPairs(f.Type), pairMetadata(f.Str)...) })
}

func (s *ttStream) traceReceived(f *ttheader.StreamFrame, wire int) {
	s.rpc.Trace.Receive(len(f.Payload), wire)
}

// traceEnd reports a TRAILER or RST.
func (s *ttStream) traceEnd(f *ttheader.StreamFrame) {
	s.rpc.Trace.GetTrailer(func() stream.Metadata { return append(s.streamPairs(f.Type), pairMetadata(f.Str)...) })
}
