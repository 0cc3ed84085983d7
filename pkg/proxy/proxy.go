package proxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Proxy relays connections to a server. Only Dial must be set. It may be shared by any number of
// goroutines, and must not be copied once it is used.
type Proxy struct {
	// Dial connects to the server. protos are the ALPN names that a client offered which was
	// accepted with TLS, else nil.
	Dial func(ctx context.Context, protos []string) (net.Conn, error)
	// TLS, if set, is what clients that begin with TLS are answered with; others are relayed as
	// well, unless they would have had to show a certificate. Client and server settle on the same ALPN protocol if both have TLS.
	TLS *tls.Config
	// Watch, if set, returns the Watcher of a connection. err is why the server could not be
	// reached, nil where it was: then nothing but Closed is called.
	Watch func(c Conn, err error) Watcher
	// Buffer bounds the bytes of a connection that its Watcher has not seen; 0 is
	// DefaultBuffer.
	Buffer int
	// Greeting is the time that a TLS handshake may take; 0 is DefaultGreeting.
	Greeting time.Duration
	// Grace is how long connections with calls under way may go on when Serve is to end.
	Grace time.Duration

	chunks chunks
	mu     sync.Mutex
	busy   map[*link]struct{}
}

// Defaults of a Proxy.
const (
	DefaultBuffer   = 8 << 20
	DefaultGreeting = 10 * time.Second
)

// protos are the ALPN protocols that a client may have where the server has no TLS.
var protos = [...]string{"h2", "http/1.1"}

// Conn is what is known of a connection when it begins.
type Conn struct {
	At time.Time
	// Client and Server are their addresses; Server is empty where it was not reached.
	Client, Server string
	// ALPN is what a client with TLS has settled on.
	ALPN string
	// Secured says that the client speaks TLS, which ends here.
	Secured bool
}

// Serve relays what connects to l until ctx ends or l fails, and closes l. Then connections
// without calls end at once, others with their last call, or after Grace. It returns when
// all have ended: nil where it was ctx that ended it.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	running, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var conns sync.WaitGroup
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = c.Close()
			}
			p.drain(&conns, cut)
			return nil
		case isPassing(err):
			time.Sleep(acceptPause)
			continue
		case err != nil:
			_ = l.Close()
			cut()
			conns.Wait()
			return err
		}
		conns.Go(func() { p.ServeConn(running, c) })
	}
}

// acceptPause is the time after which a listener that is out of file descriptors is asked again.
const acceptPause = 5 * time.Millisecond

// isPassing reports whether an error of Accept is over by itself, as EMFILE and ECONNABORTED.
func isPassing(err error) bool {
	e, ok := err.(interface{ Temporary() bool })
	return ok && e.Temporary()
}

// drain waits for calls that are under way, but not for ever.
func (p *Proxy) drain(conns *sync.WaitGroup, cut context.CancelFunc) {
	ended := make(chan struct{})
	go func() {
		conns.Wait()
		close(ended)
	}()
	grace := time.NewTimer(p.Grace)
	defer grace.Stop()
	look := time.NewTicker(idlePause)
	defer look.Stop()
	for {
		p.cutIdle()
		select {
		case <-ended:
			return
		case <-look.C:
		case <-grace.C:
			cut()
			<-ended
			return
		}
	}
}

// idlePause is how often connections are asked whether they are idle, when Serve is to end.
const idlePause = 20 * time.Millisecond

// cutIdle ends the connections on which no calls are.
func (p *Proxy) cutIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.busy {
		if l.tap == nil || !l.tap.busy() {
			l.finish()
		}
	}
}

// ServeConn relays one connection of a client, and returns when it has ended.
func (p *Proxy) ServeConn(ctx context.Context, client net.Conn) {
	known := Conn{At: time.Now(), Client: address(client.RemoteAddr())}
	client, server, err := p.join(ctx, client, &known)
	var w Watcher
	if p.Watch != nil {
		w = p.Watch(known, err)
	}
	if err != nil {
		_ = reset(client)
		if w != nil {
			w.Closed(Closed{At: time.Now(), Err: err})
		}
		return
	}
	l := &link{ends: [2]net.Conn{client, server}, chunks: &p.chunks}
	if w != nil {
		l.tap = newTap(w, cmp.Or(p.Buffer, DefaultBuffer))
	}
	p.keep(l)
	l.run(ctx)
	p.forget(l)
	if w != nil {
		l.tap.close(Closed{time.Now(), l.count[Client].Load(), l.count[Server].Load(), l.failure()})
	}
}

func (p *Proxy) keep(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy == nil {
		p.busy = map[*link]struct{}{}
	}
	p.busy[l] = struct{}{}
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, l)
}

// join connects to the server. Where TLS of the client ends here, the server is asked while the
// client waits for our half of the handshake, so that both get one ALPN protocol. The client's
// connection is returned in any case.
func (p *Proxy) join(ctx context.Context, client net.Conn, known *Conn) (_, server net.Conn, err error) {
	if p.TLS != nil {
		if client, known.Secured, err = greet(client, cmp.Or(p.Greeting, DefaultGreeting)); err != nil {
			return client, nil, &HandshakeError{known.Client, err}
		}
		if !known.Secured && p.TLS.ClientAuth >= tls.RequireAnyClientCert {
			return client, nil, &HandshakeError{known.Client, errNoCertificate}
		}
	}
	if !known.Secured {
		if server, err = p.Dial(ctx, nil); err == nil {
			known.Server = address(server.RemoteAddr())
		}
		return client, server, err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.Greeting, DefaultGreeting))
	defer cancel()
	config := p.TLS.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if server, err = p.Dial(ctx, hello.SupportedProtos); err != nil {
			return nil, err
		}
		known.Server = address(server.RemoteAddr())
		answer := p.TLS.Clone()
		answer.NextProtos = protos[:]
		if secured, ok := server.(*tls.Conn); ok {
			answer.NextProtos = nil
			if chosen := secured.ConnectionState().NegotiatedProtocol; chosen != "" {
				answer.NextProtos = []string{chosen}
			}
		}
		return answer, nil
	}
	secured := tls.Server(client, config)
	if failed := secured.HandshakeContext(ctx); failed != nil {
		if server != nil {
			_ = server.Close()
		}
		if err == nil {
			err = &HandshakeError{known.Client, failed}
		}
		return client, nil, err
	}
	known.ALPN = secured.ConnectionState().NegotiatedProtocol
	return secured, server, nil
}

// errNoCertificate is why a client is refused that has to show a certificate.
var errNoCertificate = errors.New("it speaks no TLS, and so shows no certificate")

// greet waits for a client's first byte, which tells whether it speaks TLS
// (RFC 8446 section 5.1: a handshake has content type 22).
func greet(c net.Conn, limit time.Duration) (client net.Conn, secured bool, err error) {
	var first [1]byte
	_ = c.SetReadDeadline(time.Now().Add(limit))
	_, err = io.ReadFull(c, first[:])
	_ = c.SetReadDeadline(time.Time{})
	return &greeted{Conn: c, first: first[:]}, first[0] == 22, err
}

// greeted is a connection of which the first byte has been read.
type greeted struct {
	net.Conn

	first []byte
}

func (g *greeted) Read(p []byte) (int, error) {
	if len(g.first) > 0 && len(p) > 0 {
		n := copy(p, g.first)
		g.first = g.first[n:]
		return n, nil
	}
	return g.Conn.Read(p)
}

// NetConn is the connection below.
func (g *greeted) NetConn() net.Conn { return g.Conn }

// CloseWrite ends our half.
func (g *greeted) CloseWrite() error {
	closeWrite(g.Conn)
	return nil
}

// address is one as people write it; that of a client of a Unix socket has no name.
func address(a net.Addr) string {
	if a == nil || a.String() == "" || a.String() == "@" {
		return "local"
	}
	return a.String()
}
