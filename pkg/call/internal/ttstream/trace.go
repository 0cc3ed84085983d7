package ttstream

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// streamPairs describes a frame for traces.
func (s *rpcStream) streamPairs(t ttheader.FrameType) stream.Metadata {
	return stream.Metadata{
		{Name: "transport", Value: string(call.TTHeaderStreaming)},
		{Name: "frame", Value: t.String()},
		{Name: "method", Value: s.rpc.Method.Name},
		{Name: "stream", Value: fmt.Sprint(s.id)},
	}
}

// traceSent reports the HEADER that opens the stream.
func (s *rpcStream) traceSent(h *ttheader.Header, frame []byte) {
	s.rpc.Trace.SendHeader(func() stream.Metadata { return thrift.TTPairs(s.streamPairs(ttheader.FrameHeader), h) })
	s.traceFrame(true, ttheader.FrameHeader, len(frame), 0)
}

// traceFrame reports a frame.
func (s *rpcStream) traceFrame(out bool, f ttheader.FrameType, wire, body int) {
	s.rpc.Trace.SeeFrame(out, func() string {
		return fmt.Sprintf("%s len=%d %s stream=%d body=%d", call.TTHeaderStreaming, wire, f, s.id, body)
	})
}

// traceData reports a message that has left.
func (s *rpcStream) traceData(body []byte) {
	wire := len(s.head) + len(body)
	s.traceFrame(true, ttheader.FrameData, wire, len(body))
	s.rpc.Trace.Send(len(body), wire)
}

// traceTrailer reports our half-close.
func (s *rpcStream) traceTrailer() {
	s.traceFrame(true, ttheader.FrameTrailer, len(s.trailer), 0)
	s.rpc.Trace.HalfClose()
}

func (s *rpcStream) traceHeader(f *ttheader.StreamFrame) {
	s.rpc.Trace.GetHeader(func() stream.Metadata { return append(s.streamPairs(f.Type), thrift.PairMetadata(f.Str)...) })
}

func (s *rpcStream) traceReceived(f *ttheader.StreamFrame, wire int) {
	s.rpc.Trace.Receive(len(f.Payload), wire)
}

// traceEnd reports a TRAILER or RST.
func (s *rpcStream) traceEnd(f *ttheader.StreamFrame) {
	s.rpc.Trace.GetTrailer(func() stream.Metadata { return append(s.streamPairs(f.Type), thrift.PairMetadata(f.Str)...) })
}
