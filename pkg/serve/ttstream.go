package serve

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// streamConn is the server's end of a connection with TTHeader streams. Frames of
// several streams may be mixed on it.
type streamConn struct {
	ctx    context.Context //nolint:containedctx // it lasts as long as the connection
	frames *thriftConn
	find   func(service, method string) (Handler, error)

	mu      sync.Mutex // guards streams
	streams map[int32]*streamRPC
	writing sync.Mutex
}

// streamQueue is how many messages of a stream may wait for its handler. There is no
// flow control: a handler that is slower stops the whole connection.
const streamQueue = 64

// streamRPC is one stream.
type streamRPC struct {
	conn   *streamConn
	id     int32
	method string
	ctx    context.Context //nolint:containedctx // the context of the call
	cancel context.CancelFunc
	in     chan []byte // closed by the client's TRAILER
	closed bool        // in is; by the reader
	headed bool        // HEADER has left
}

// startsStream reports whether a connection begins with a frame of a stream.
func startsStream(in *bufio.Reader) bool {
	const withFlags = ttheader.PrefixLen + 2
	first, err := in.Peek(withFlags)
	return err == nil && ttheader.IsPrefix(first) && first[withFlags-1]&ttheader.FlagStreaming != 0
}

// serveStreams runs the handler of each stream until the connection ends.
func serveStreams(ctx context.Context, c *thriftConn, find func(service, method string) (Handler, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &streamConn{ctx: ctx, frames: c, find: find, streams: map[int32]*streamRPC{}}
	var handlers sync.WaitGroup
	defer handlers.Wait()
	defer cancel()
	for {
		f, err := s.read()
		if err != nil {
			return err
		}
		if f.Type == ttheader.FrameHeader {
			if rpc := s.open(&f); rpc != nil {
				handlers.Go(func() { s.handle(rpc, ttheader.Lookup(f.Str, ttheader.StrIDLService)) })
			}
			continue
		}
		s.pass(&f)
	}
}

func (s *streamConn) read() (f ttheader.StreamFrame, err error) {
	first, err := s.frames.in.Peek(ttheader.PrefixLen)
	if err != nil {
		return f, err
	}
	if !ttheader.IsPrefix(first) {
		return f, errors.New("no TTHeader")
	}
	frame, err := s.frames.take(ttheader.FrameLen(first))
	if err != nil {
		return f, err
	}
	return ttheader.ParseStream(frame)
}

// open begins a stream; a second HEADER on it is dropped.
func (s *streamConn) open(f *ttheader.StreamFrame) *streamRPC {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[f.Stream] != nil {
		return nil
	}
	rpc := &streamRPC{conn: s, id: f.Stream, method: f.Method, in: make(chan []byte, streamQueue)}
	rpc.ctx, rpc.cancel = context.WithCancel(s.ctx)
	s.streams[f.Stream] = rpc
	return rpc
}

// pass hands a frame to its stream. Frames of streams that are over are dropped, as
// Kitex does.
func (s *streamConn) pass(f *ttheader.StreamFrame) {
	s.mu.Lock()
	rpc := s.streams[f.Stream]
	s.mu.Unlock()
	if rpc == nil || rpc.closed {
		return
	}
	switch f.Type {
	case ttheader.FrameData:
		select {
		case rpc.in <- append([]byte{}, f.Payload...):
		case <-rpc.ctx.Done():
		}
	case ttheader.FrameTrailer:
		rpc.closed = true
		close(rpc.in)
	case ttheader.FrameReset:
		rpc.closed = true
		rpc.cancel()
	}
}

// handle runs a stream's handler, and ends the stream with its outcome.
func (s *streamConn) handle(rpc *streamRPC, service string) {
	handler, err := s.find(service, rpc.method)
	if err == nil {
		err = handler(rpc)
	}
	rpc.cancel()
	_ = rpc.end(err)
	s.mu.Lock()
	delete(s.streams, rpc.id)
	s.mu.Unlock()
}

// Context ends when the client has gone, or has given the stream up.
func (r *streamRPC) Context() context.Context { return r.ctx }

// Recv returns the next message, which the handler may keep.
func (r *streamRPC) Recv() ([]byte, error) {
	select {
	case body, ok := <-r.in:
		if !ok {
			return nil, io.EOF
		}
		return body, nil
	case <-r.ctx.Done():
		return nil, &stream.Status{Code: stream.Canceled, Message: "the client has gone"}
	}
}

// Send writes one message, with HEADER before the first.
func (r *streamRPC) Send(body []byte) error {
	if err := r.begin(); err != nil {
		return err
	}
	return r.write(ttheader.FrameData, body)
}

// begin sends HEADER, once.
func (r *streamRPC) begin() error {
	if r.headed {
		return nil
	}
	r.headed = true
	return r.write(ttheader.FrameHeader, nil)
}

// end sends the TRAILER that err stands for.
func (r *streamRPC) end(err error) error {
	if sendErr := r.begin(); sendErr != nil {
		return sendErr
	}
	if err == nil {
		return r.write(ttheader.FrameTrailer, nil)
	}
	if biz, ok := errors.AsType[*bizStatus](err); ok {
		info, err := biz.info()
		if err != nil {
			return err
		}
		return r.write(ttheader.FrameTrailer, nil, info...)
	}
	e, ok := errors.AsType[*application](err)
	if !ok {
		e = &application{internalError, statusOf(err).Message}
	}
	envelope := thriftwire.Envelope{Name: r.method, Type: thriftwire.Exception, Seq: r.id}
	exception := thriftwire.AppendException(nil, e.typ, e.message)
	return r.write(ttheader.FrameTrailer, thriftwire.Append(nil, thriftwire.Binary, envelope, exception))
}

func (r *streamRPC) write(t ttheader.FrameType, payload []byte, str ...ttheader.Pair) error {
	frame, err := ttheader.AppendStream(nil, t, r.id, r.method, payload, str...)
	if err != nil {
		return err
	}
	r.conn.writing.Lock()
	defer r.conn.writing.Unlock()
	_, err = r.conn.frames.out.Write(frame)
	return err
}
