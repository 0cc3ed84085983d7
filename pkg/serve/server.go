package serve

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Server answers the connections of clients. Only Find must be set. It may be shared by
// any number of goroutines, and copied before it is first used.
type Server struct {
	// Find returns the Handler of a method, which is as in ServerStream.Method. Neither
	// a Handler nor an error is a method that there is not. It is called for each RPC,
	// by many goroutines.
	Find func(m *stream.Method) (Handler, error)

	// MaxMessage bounds a request, in bytes; 0 is DefaultMaxMessage.
	MaxMessage int64
	// MaxStreams bounds the RPCs at one time on a connection; 0 is DefaultMaxStreams.
	MaxStreams int
	// Greeting is the time that a client has to say what it speaks; 0 is
	// DefaultGreeting.
	Greeting time.Duration

	// TLS, if set, lets clients begin with TLS. Those that do not are served as well, unless
	// they would have had to show a certificate.
	TLS *tls.Config
	// Origin, if set, says which origins of the web ("https://shop.example") may read
	// answers.
	Origin func(origin string) bool
	// Draining, if set, ends before the server does: no more connections are accepted, and
	// each ends once no RPC is under way on it.
	Draining context.Context //nolint:containedctx // an event, not what bounds a call
	// Ended, if set, is told how a connection ended that did not end well.
	Ended func(from net.Addr, err error)
}

// Defaults of a Server's limits. Clients of HTTP/1 dial ahead and keep what they have dialed for
// a while, 90 s in Go: one that is closed in that time may be closed under a request. grpc-go
// has 2 minutes, too.
const (
	DefaultMaxMessage = 64 << 20
	DefaultMaxStreams = 250
	DefaultGreeting   = 2 * time.Minute
)

func (s *Server) maxMessage() int64       { return cmp.Or(s.MaxMessage, DefaultMaxMessage) }
func (s *Server) maxStreams() int         { return cmp.Or(s.MaxStreams, DefaultMaxStreams) }
func (s *Server) greeting() time.Duration { return cmp.Or(s.Greeting, DefaultGreeting) }

// Serve accepts connections until ctx or Draining ends, or the listener fails, and closes
// that. It returns when the last connection has ended: nil where it was not the listener
// that failed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	if s.Draining != nil {
		defer context.AfterFunc(s.Draining, func() { _ = l.Close() })()
	}
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil, s.Draining != nil && s.Draining.Err() != nil:
			if err == nil {
				_ = c.Close()
			}
			return nil
		case err != nil:
			if isPassing(err) {
				time.Sleep(acceptPause)
				continue
			}
			_ = l.Close()
			cancel()
			return err
		}
		conns.Go(func() {
			if err := s.ServeConn(ctx, c); err != nil && ctx.Err() == nil && s.Ended != nil {
				s.Ended(c.RemoteAddr(), err)
			}
		})
	}
}

// acceptPause is how long accepting rests where the process has no more descriptors.
const acceptPause = 50 * time.Millisecond

// isPassing reports whether accepting may work again.
func isPassing(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED)
}

// ServeConn answers one client, and closes its connection. It returns when all RPCs have
// ended: nil where the client went between them, otherwise why it could not go on; the
// cause of ctx where that ended it. Errors of one RPC are for its client only.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer nc.Close()
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	c := &conn{Conn: nc, in: bufio.NewReaderSize(nc, usualSize), room: room{free: 2 * s.maxMessage()}}
	if s.Draining != nil {
		defer context.AfterFunc(s.Draining, c.drain)()
	}
	err := s.serve(ctx, c)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == io.EOF:
		return nil
	}
	return err
}

// serve finds out what the client speaks.
func (s *Server) serve(ctx context.Context, c *conn) error {
	form, err := c.greet(s.greeting())
	if err == nil && form.Kind == detect.TLS && s.TLS != nil {
		if err = c.secure(ctx, s.TLS, s.greeting()); err == nil {
			form, err = c.greet(s.greeting())
		}
	}
	if err != nil {
		return err
	}
	if !c.secured && s.TLS != nil && s.TLS.ClientAuth >= tls.RequireAnyClientCert {
		first, _ := c.in.Peek(min(c.in.Buffered(), 16))
		return &ForeignError{"no TLS, and so shows no certificate", append([]byte(nil), first...)}
	}
	switch form.Kind {
	case detect.HTTP2:
		return s.serveHTTP2(ctx, c)
	case detect.HTTP1:
		return s.serveHTTP1(ctx, c)
	case detect.TTHeaderStreams:
		return s.serveStreams(ctx, c)
	}
	return s.serveCalls(ctx, c)
}
