package serve

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
)

// streamConn is a connection with TTHeader streams. Frames of several streams may be mixed
// on it.
//
// The protocol has no flow control: a handler that is slow stops the whole connection,
// once streamQueue messages wait for it, or Server.MaxMessage bytes for all.
type streamConn struct {
	ctx    context.Context //nolint:containedctx // it lasts as long as the connection
	server *Server
	conn   *conn

	mu      sync.Mutex // guards all below, and what its streams say that it does
	streams map[int32]*ttStream
	queued  int64         // bytes that wait for handlers
	room    chan struct{} // a token where queued has become less
	last    bool          // no stream may begin, and the connection ends with the last

	writing sync.Mutex
	frame   []byte // guarded by writing
}

// streamQueue is how many messages of a stream may wait for its handler.
const streamQueue = 64

// serveStreams runs the handler of each stream until the connection ends.
func (s *Server) serveStreams(ctx context.Context, c *conn) error {
	ctx, cancel := context.WithCancel(ctx)
	sc := &streamConn{ctx: ctx, server: s, conn: c, streams: map[int32]*ttStream{}, room: make(chan struct{}, 1)}
	var handlers sync.WaitGroup
	defer handlers.Wait()
	defer c.Close() // a handler may sit in a write
	defer cancel()
	c.whenDraining(sc.drain)
	for ctx.Err() == nil {
		f, err := sc.read()
		if err != nil {
			return sc.ending(err)
		}
		switch st, err := sc.take(&f); {
		case err != nil:
			return err
		case st != nil:
			handlers.Go(func() { sc.handle(st) })
		}
	}
	return ctx.Err()
}

// drain lets the streams that there are be the last.
func (s *streamConn) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = true
	s.endIdle()
}

// endIdle closes the connection after the last stream. mu is held.
func (s *streamConn) endIdle() {
	if s.last && len(s.streams) == 0 {
		_ = s.conn.Close()
	}
}

// ending is how a connection ends that is asked to.
func (s *streamConn) ending(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last && len(s.streams) == 0 {
		return io.EOF
	}
	return err
}

// read returns the next frame, valid until the following.
func (s *streamConn) read() (f ttheader.StreamFrame, err error) {
	form, err := s.conn.detect()
	if err != nil {
		return f, err
	}
	first, err := s.conn.in.Peek(ttheader.PrefixLen)
	if err != nil {
		return f, err
	}
	if form.Kind != detect.TTHeaderStreams {
		return f, foreign(form, first)
	}
	frame, err := s.conn.take(ttheader.FrameLen(first), s.server.maxMessage())
	if err != nil {
		return f, err
	}
	return ttheader.ParseStream(frame)
}

// take deals with a frame; a stream that it begins is returned. Frames of streams that are
// over are dropped, as Kitex does.
func (s *streamConn) take(f *ttheader.StreamFrame) (*ttStream, error) {
	switch f.Type {
	case ttheader.FrameHeader:
		return s.open(f)
	case ttheader.FrameData:
		s.push(f.Stream, f.Payload)
	case ttheader.FrameTrailer:
		s.finish(f.Stream, nil)
	case ttheader.FrameReset:
		s.finish(f.Stream, context.Canceled)
	}
	return nil, nil
}

// errTooMany is what the streams above Server.MaxStreams get.
var errTooMany = errors.New("too many streams on the connection")

// open begins a stream; a second HEADER on it is dropped.
func (s *streamConn) open(f *ttheader.StreamFrame) (*ttStream, error) {
	st := newStream(s, f)
	s.mu.Lock()
	running := len(s.streams)
	if s.streams[st.id] != nil || running >= s.server.maxStreams() || s.last {
		again := s.streams[st.id] != nil
		s.mu.Unlock()
		st.cancel(nil)
		if again {
			return nil, nil
		}
		return nil, st.end(errTooMany)
	}
	s.streams[st.id] = st
	s.mu.Unlock()
	return st, nil
}

// push hands a message to its stream; it waits for room.
func (s *streamConn) push(id int32, payload []byte) {
	size := int64(len(payload))
	for {
		s.mu.Lock()
		st := s.streams[id]
		if st == nil || st.closed {
			s.mu.Unlock()
			return
		}
		if len(st.queue) < streamQueue && (s.queued == 0 || s.queued+size <= s.server.maxMessage()) {
			st.queue = append(st.queue, append([]byte(nil), payload...))
			s.queued += size
			s.mu.Unlock()
			signal(st.more)
			return
		}
		s.mu.Unlock()
		select {
		case <-s.room:
		case <-s.ctx.Done():
			return
		}
	}
}

// finish ends the client's side of a stream: with a cause, the whole stream.
func (s *streamConn) finish(id int32, cause error) {
	s.mu.Lock()
	st := s.streams[id]
	if st != nil {
		st.closed = true
	}
	s.mu.Unlock()
	if st == nil {
		return
	}
	signal(st.more)
	if cause != nil {
		st.cancel(cause)
	}
}

// pop takes the next message out of a stream's queue. ended: none will follow.
func (s *streamConn) pop(st *ttStream) (body []byte, ok, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(st.queue) == 0 {
		return nil, false, st.closed
	}
	body = st.queue[0]
	st.queue[0] = nil
	st.queue = st.queue[1:]
	s.queued -= int64(len(body))
	signal(s.room)
	return body, true, false
}

// forget takes a stream and what waits for it out of the connection.
func (s *streamConn) forget(st *ttStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, st.id)
	for _, body := range st.queue {
		s.queued -= int64(len(body))
	}
	st.queue = nil
	signal(s.room)
	s.endIdle()
}

// signal leaves a token for who waits, or will.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// handle runs a stream's handler, and ends the stream with its outcome.
func (s *streamConn) handle(st *ttStream) {
	err := s.server.run(st.ctx, st)
	if errors.Is(err, ErrDrop) {
		_ = s.conn.Close()
	}
	st.cancel(nil)
	_ = st.end(err) // a connection that does not take it ends by itself
	s.forget(st)
}

// write sends one frame.
func (s *streamConn) write(st *ttStream, t ttheader.FrameType, payload []byte, str ...ttheader.Pair) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	frame, err := ttheader.AppendStream(s.frame[:0], t, st.id, st.wire, payload, str...)
	if err != nil {
		return err
	}
	if s.frame = frame; cap(frame) > 1<<20 { // what one large reply took is not kept
		s.frame = nil
	}
	_, err = s.conn.Write(frame)
	return err
}
