package serve

import (
	"context"
	"errors"
	"io"

	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// ttStream is one TTHeader stream.
type ttStream struct {
	incoming

	conn   *streamConn
	id     int32
	wire   string // the method as in the frames
	method stream.Method
	ctx    context.Context //nolint:containedctx // the context of the RPC
	cancel context.CancelCauseFunc

	queue  [][]byte      // guarded by conn.mu
	closed bool          // no more will come; guarded by conn.mu
	more   chan struct{} // a token where one of these has changed

	headed  bool // HEADER has left
	trailer []ttheader.Pair
}

func newStream(s *streamConn, f *ttheader.StreamFrame) *ttStream {
	st := &ttStream{conn: s, id: f.Stream, wire: f.Method, incoming: ofTTHeader(f.Str), more: make(chan struct{}, 1)}
	st.method = stream.Method{
		Service: ttheader.Lookup(f.Str, ttheader.StrIDLService), Name: f.Method,
		Type: stream.Bidi, Lang: stream.Thrift, Streaming: true,
	}
	st.ctx, st.cancel = context.WithCancelCause(s.ctx)
	return st
}

func (r *ttStream) Method() stream.Method { return r.method }

func (r *ttStream) Peer() Peer { return r.conn.conn.peer(viaStreams) }

func (r *ttStream) Recv() ([]byte, error) {
	for {
		if r.ctx.Err() != nil {
			return nil, gone(r.ctx)
		}
		switch body, ok, ended := r.conn.pop(r); {
		case ok:
			return body, nil
		case ended:
			return nil, io.EOF
		}
		select {
		case <-r.more:
		case <-r.ctx.Done():
		}
	}
}

func (r *ttStream) Stop() { r.conn.finish(r.id, nil) }

func (r *ttStream) SendHeader(md stream.Metadata) error {
	if r.headed {
		return ErrLate
	}
	r.headed = true
	return r.conn.write(r, ttheader.FrameHeader, nil, appendTTHeader(nil, md)...)
}

func (r *ttStream) SetTrailer(md stream.Metadata) error {
	r.trailer = appendTTHeader(r.trailer, md)
	return nil
}

// Send writes one message, with HEADER before the first.
func (r *ttStream) Send(body []byte) error {
	if err := r.begin(); err != nil {
		return err
	}
	if r.ctx.Err() != nil {
		return gone(r.ctx)
	}
	return r.conn.write(r, ttheader.FrameData, body)
}

// begin sends HEADER, once.
func (r *ttStream) begin() error {
	if r.headed {
		return nil
	}
	return r.SendHeader(nil)
}

// end sends the TRAILER that err stands for. Of a status Kitex's clients see the text only.
func (r *ttStream) end(err error) error {
	if sendErr := r.begin(); sendErr != nil {
		return sendErr
	}
	if err == nil {
		return r.conn.write(r, ttheader.FrameTrailer, nil, r.trailer...)
	}
	if biz, ok := errors.AsType[*BizStatusError](err); ok {
		return r.conn.write(r, ttheader.FrameTrailer, nil, appendTTHeader(r.trailer, bizPairs(biz))...)
	}
	e := exceptionOf(err)
	if status, ok := errors.AsType[*stream.Status](err); ok {
		e = &ApplicationError{InternalError, status.Message}
	}
	envelope := thriftwire.Envelope{Name: r.wire, Type: thriftwire.Exception, Seq: r.id}
	body := thriftwire.AppendException(nil, thriftwire.Binary, e.Type, e.Message)
	return r.conn.write(r, ttheader.FrameTrailer, thriftwire.Append(nil, thriftwire.Binary, envelope, body), r.trailer...)
}
