package peer

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
)

// Relay is idlcall's proxy before a server, which checks what it relays: what came from one side
// went to the other, byte by byte, and was decoded.
type Relay struct {
	// Addr is where clients connect.
	Addr string

	cancel context.CancelFunc
	ended  chan struct{}

	mu       sync.Mutex
	unread   []string
	conns    []*relayed
	Finished int // calls of which the end was seen
}

// relayed is what passed over one connection, as the two ends of the proxy saw it.
type relayed struct{ client, server *recorded }

// recorded is a connection whose bytes are kept.
type recorded struct {
	*net.TCPConn

	mu       sync.Mutex
	in, out  bytes.Buffer
	readErr  error
	writeErr error
}

func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.TCPConn.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.in.Write(p[:n])
	if err != nil {
		r.readErr = err
	}
	return n, err
}

func (r *recorded) Write(p []byte) (int, error) {
	n, err := r.TCPConn.Write(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Write(p[:n])
	if err != nil {
		r.writeErr = err
	}
	return n, err
}

// NetConn is what a reset goes to.
func (r *recorded) NetConn() net.Conn { return r.TCPConn }

// NewRelay stands before a server.
func NewRelay(address string) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Relay{Addr: l.Addr().String(), cancel: cancel, ended: make(chan struct{})}
	d := decode.New(decode.Options{Emit: r.emit})
	p := &proxy.Proxy{Watch: d.Watch, Grace: time.Second, Buffer: 64 << 20}
	go func() {
		defer close(r.ended)
		var conns sync.WaitGroup
		defer conns.Wait()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			pair := &relayed{client: &recorded{TCPConn: c.(*net.TCPConn)}}
			one := &proxy.Proxy{Watch: p.Watch, Buffer: p.Buffer, Dial: func(ctx context.Context, _ []string) (net.Conn, error) {
				s, err := new(net.Dialer).DialContext(ctx, "tcp", address)
				if err != nil {
					return nil, err
				}
				pair.server = &recorded{TCPConn: s.(*net.TCPConn)}
				return pair.server, nil
			}}
			r.mu.Lock()
			r.conns = append(r.conns, pair)
			r.mu.Unlock()
			conns.Go(func() { one.ServeConn(ctx, pair.client) })
		}
	}()
	context.AfterFunc(ctx, func() { l.Close() })
	return r, nil
}

func (r *Relay) emit(e decode.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch d := e.Details.(type) {
	case decode.Undecoded:
		r.unread = append(r.unread, fmt.Sprintf("connection %d, from the %s: %s (% x)", e.Conn, d.From, d.Reason, d.First))
	case decode.Finish:
		r.Finished++
	}
}

// Close ends the proxy, and says where bytes were not the same, and where the proxy did not
// understand them.
func (r *Relay) Close() (changed, unread []string) {
	r.cancel()
	<-r.ended
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, c := range r.conns {
		if c.server == nil {
			continue
		}
		changed = append(changed, compareSides(i+1, "client", c.client, c.server)...)
		changed = append(changed, compareSides(i+1, "server", c.server, c.client)...)
	}
	return changed, r.unread
}

// compare holds what came from one side against what went to the other. Only where that could
// not be written may it be less.
func compareSides(conn int, side string, from, to *recorded) []string {
	in, out := from.in.Bytes(), to.out.Bytes()
	if !bytes.HasPrefix(in, out) || len(in) != len(out) && to.writeErr == nil {
		return []string{fmt.Sprintf("connection %d: %d bytes came from the %s, and %d went on", conn, len(in), side, len(out))}
	}
	return nil
}

// CallsFinished is how many calls have been seen to end.
func (r *Relay) CallsFinished() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Finished
}
