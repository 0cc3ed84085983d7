package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/grpc"
	"github.com/idlcall/idlcall/pkg/call/internal/h2"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// collect serves one connection with the given settings; it gives windows in
// steps and answers every END_STREAM with the number of bytes received. It
// fails the test when the client sends more than it may.
func collect(t *testing.T, step uint32, settings ...http2.Setting) func(net.Conn) {
	return func(nc net.Conn) {
		p := newPeer(nc)
		p.start(settings...)
		window := int64(h2.DefaultWindow)
		for _, s := range settings {
			if s.ID == http2.SettingInitialWindowSize {
				window = int64(s.Val)
			}
		}
		connWindow, total, slack := int64(h2.DefaultWindow), 0, int64(h2.DefaultWindow)-window
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				return
			}
			d, ok := f.(*http2.DataFrame)
			if !ok {
				continue
			}
			n := int64(len(d.Data()))
			total += int(n)
			window -= n
			connWindow -= n
			if window < -max(0, slack) || connWindow < 0 { // slack: sent before our SETTINGS came
				t.Errorf("stream window %d, connection window %d", window, connWindow)
				return
			}
			if d.StreamEnded() {
				p.grpcHeader(d.StreamID)
				p.message(d.StreamID, false, fmt.Sprint(total))
				p.header(d.StreamID, true, "grpc-status", "0")
			} else {
				if window <= 0 {
					inc := step - uint32(min(0, window))
					_ = p.fr.WriteWindowUpdate(d.StreamID, inc)
					window += int64(inc)
				}
				if connWindow <= 1000 {
					_ = p.fr.WriteWindowUpdate(0, 50000)
					connWindow += 50000
				}
			}
			p.bw.Flush()
		}
	}
}

func TestSendWindows(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("x"), 5_000_000)
	for _, kind := range []stream.Type{stream.Unary, stream.Client} {
		for _, window := range []uint32{0, 7, 1000, 1 << 20} {
			t.Run(fmt.Sprint(kind, window), func(t *testing.T) {
				t.Parallel()
				body := body
				if window == 7 {
					body = body[:100_000]
				}
				addr := listen(t, collect(t, max(window, 3000), http2.Setting{ID: http2.SettingInitialWindowSize, Val: window},
					http2.Setting{ID: http2.SettingMaxFrameSize, Val: 20000}))
				c := newClient(t, addr)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				got, _, err := do(ctx, c, kind, nil, body)
				if want := fmt.Sprint(len(body) + grpcwire.PrefixLen); err != nil || len(got) != 1 || string(got[0]) != want {
					t.Errorf("got %q, %v, want %s", got, err, want)
				}
			})
		}
	}
}

// TestNegativeWindow shrinks the window below what is in flight: the client must
// wait until it is positive again (RFC 9113 section 6.9.2).
func TestNegativeWindow(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(nc net.Conn) {
		p := newPeer(nc)
		p.start(http2.Setting{ID: http2.SettingInitialWindowSize, Val: h2.DefaultWindow})
		got := 0
		read := func(until int) (last *http2.DataFrame) {
			for got < until {
				f, err := p.fr.ReadFrame()
				if err != nil {
					return nil
				}
				if d, ok := f.(*http2.DataFrame); ok {
					got += len(d.Data())
					last = d
				}
			}
			return last
		}
		read(h2.DefaultWindow)
		_ = p.fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 100})
		_ = p.fr.WriteWindowUpdate(0, 1<<20)
		_ = p.fr.WriteWindowUpdate(1, h2.DefaultWindow-100) // to exactly zero
		p.bw.Flush()
		_ = nc.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if read(h2.DefaultWindow + 1); got != h2.DefaultWindow {
			t.Errorf("%d bytes were sent into a closed window", got-h2.DefaultWindow)
		}
		_ = nc.SetReadDeadline(time.Time{})
		p.br.Reset(nc)
		_ = p.fr.WriteWindowUpdate(1, 1<<20)
		p.bw.Flush()
		read(200_005)
		p.grpcHeader(1)
		p.header(1, true, "grpc-status", "0")
		p.bw.Flush()
		_, _ = io.Copy(io.Discard, nc)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, _, err := do(ctx, newClient(t, addr), stream.Unary, nil, make([]byte, 200_000)); err != nil {
		t.Fatal(err)
	}
}

// awaitEnd waits until the connection has ended a stream.
func awaitEnd(t *testing.T, s stream.Stream) {
	t.Helper()
	for st := s.(*grpc.Stream).Req.Opened().(*h2.Stream); t.Context().Err() == nil; time.Sleep(time.Millisecond) {
		st.Mu.Lock()
		ended := st.Ended
		st.Mu.Unlock()
		if ended {
			return
		}
	}
}

func TestWindowOverrun(t *testing.T) {
	t.Parallel()
	sent := make(chan struct{})
	addr := listen(t, afterRequest(func(p *peer, id uint32) {
		p.grpcHeader(id)
		for range 100 {
			_ = p.fr.WriteData(id, false, make([]byte, 16000))
		}
		p.bw.Flush()
		close(sent)
	}))
	s := open(t, newClient(t, addr), stream.Server)
	if err := s.Send(nil); err != nil {
		t.Fatal(err)
	}
	<-sent
	awaitEnd(t, s) // nothing is received meanwhile
	want := addr + " broke the protocol: more data than the stream's flow-control window"
	for {
		if _, err := s.Recv(); err != nil {
			if err.Error() != want {
				t.Errorf("got %v", err)
			}
			return
		}
	}
}

// TestSlowReceiver checks that the peer is stopped by the window and no memory
// gathers on our side.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	message := append(grpcwire.AppendPrefix(nil, 0, 1000), make([]byte, 1000)...)
	addr := listen(t, afterRequest(func(p *peer, id uint32) {
		p.grpcHeader(id)
		for range 5000 {
			if p.credit -= int64(len(message)); p.credit < 0 {
				p.awaitCredit()
			}
			_ = p.fr.WriteData(id, false, message)
			sent.Add(1)
		}
		p.header(id, true, "grpc-status", "0")
	}))
	s := open(t, newClient(t, addr), stream.Server)
	if err := s.Send(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recv(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if n := sent.Load(); n > 2*h2.StreamWindow/1000+100 {
		t.Errorf("the peer could send %d messages while one was read", n)
	}
	n := 1
	for {
		if _, err := s.Recv(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 5000 {
		t.Errorf("got %d messages", n)
	}
}

func TestMillionMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("a million messages")
	}
	c := newClient(t, listen(t, rawServer(1_000_000, make([]byte, 20))))
	s := open(t, c, stream.Bidi)
	done := make(chan error, 1)
	go func() {
		for range 1_000_000 {
			if err := s.Send([]byte("twenty bytes or so..")); err != nil {
				done <- err
				return
			}
		}
		done <- s.CloseSend()
	}()
	var before, after runtime.MemStats
	n := 0
	for {
		if _, err := s.Recv(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if n++; n == 100_000 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err := <-done; err != nil || n < 1_000_000 {
		t.Fatalf("%d messages, %v", n, err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

// TestRefusedIsRepeated refuses the first request in each of the two ways.
func TestRefusedIsRepeated(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(p *peer, id uint32){
		"reset":  func(p *peer, id uint32) { _ = p.fr.WriteRSTStream(id, http2.ErrCodeRefusedStream) },
		"goaway": func(p *peer, id uint32) { _ = p.fr.WriteGoAway(0, http2.ErrCodeNo, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			addr := listen(t, afterRequest(func(p *peer, id uint32) {
				if calls.Add(1) == 1 {
					refuse(p, id)
					return
				}
				p.grpcHeader(id)
				p.message(id, false, "second")
				p.header(id, true, "grpc-status", "0")
			}))
			got, _, err := do(t.Context(), newClient(t, addr), stream.Unary, nil, []byte("hi"))
			if err != nil || len(got) != 1 || string(got[0]) != "second" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// TestGoAwayKeepsStreams finishes the stream that a GOAWAY leaves alone, and
// opens the next on a new connection.
func TestGoAwayKeepsStreams(t *testing.T) {
	t.Parallel()
	var conns atomic.Int32
	serve := afterRequest(func(p *peer, id uint32) {
		_ = p.fr.WriteGoAway(id, http2.ErrCodeNo, nil)
		p.grpcHeader(id)
		p.message(id, false, "ok")
		p.header(id, true, "grpc-status", "0")
	})
	c := newClient(t, listen(t, func(nc net.Conn) { conns.Add(1); serve(nc) }))
	for range 3 {
		if got, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil || len(got) != 1 {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if conns.Load() != 3 {
		t.Errorf("%d connections", conns.Load())
	}
}

// TestGoAwayAmongMany: a server that takes a few requests of a connection only, as proxies do,
// fails no call, whether it refuses one before it is sent, while it is sent, or later.
func TestGoAwayAmongMany(t *testing.T) {
	t.Parallel()
	const atOnce, calls, perConn = 9, 1000, 7
	addr := listen(t, func(nc net.Conn) {
		answered, last := 0, uint32(0)
		afterRequest(func(p *peer, id uint32) {
			if last > 0 && id > last {
				return // refused
			}
			p.grpcHeader(id)
			p.message(id, false, "ok")
			p.header(id, true, "grpc-status", "0")
			if answered++; answered == perConn {
				last = id
				_ = p.fr.WriteGoAway(id, http2.ErrCodeNo, nil)
			}
		})(nc)
	})
	c := newClient(t, addr)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for range calls {
				if got, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil || len(got) != 1 {
					t.Errorf("got %q, %v", got, err)
				}
			}
		})
	}
	all.Wait()
}

// TestEndWhileSending: a sender whose stream the peer ends is told of that end, whatever it is
// about, and not that it has sent its last message itself.
func TestEndWhileSending(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(p *peer, id uint32){
		"reset":  func(p *peer, id uint32) { _ = p.fr.WriteRSTStream(id, http2.ErrCodeInternal) },
		"goaway": func(p *peer, id uint32) { _ = p.fr.WriteGoAway(0, http2.ErrCodeNo, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opens := func(h http2.FrameHeader) bool { return h.Type == http2.FrameHeaders }
			c := newClient(t, listen(t, onFrame(opens, end)))
			for range 300 {
				s, err := c.Open(t.Context(), rpc(method(stream.Client), nil))
				for err == nil {
					err = s.Send(nil)
				}
				if s != nil {
					s.Close(nil)
				}
				if errors.Is(err, fault.ErrSendClosed) {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestMaxConcurrentStreams runs more calls than the peer allows at a time.
func TestMaxConcurrentStreams(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int32
	addr := listen(t, func(nc net.Conn) {
		p := newPeer(nc)
		p.start(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 2})
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				return
			}
			h := f.Header()
			switch {
			case h.Type == http2.FrameHeaders:
				most.Store(max(most.Load(), running.Add(1)))
			case h.Type == http2.FrameData && h.Flags.Has(http2.FlagDataEndStream):
				running.Add(-1)
				p.grpcHeader(h.StreamID)
				p.header(h.StreamID, true, "grpc-status", "0")
				p.bw.Flush()
			}
		}
	})
	c := newClient(t, addr)
	if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil { // the limit is known now
		t.Fatal(err)
	}
	errs := make(chan error, 50)
	for range cap(errs) {
		go func() { _, _, err := do(t.Context(), c, stream.Unary, nil, nil); errs <- err }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d streams at a time", most.Load())
	}
	held := open(t, c, stream.Bidi)
	_ = open(t, c, stream.Bidi)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Open(ctx, rpc(method(stream.Bidi), nil)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third stream: %v", err)
	}
	_ = held.Close(nil)
}

// TestEarlyEnd: the server ends the RPC while we are still sending.
func TestEarlyEnd(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(nc net.Conn) {
		p := newPeer(nc)
		p.start()
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				return
			}
			if h := f.Header(); h.Type == http2.FrameHeaders {
				p.header(h.StreamID, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "3")
				p.bw.Flush()
			}
		}
	})
	s := open(t, newClient(t, addr), stream.Client)
	var err error
	for range 1_000_000 {
		if err = s.Send(make([]byte, 1000)); err != nil {
			break
		}
	}
	if err != io.EOF {
		t.Errorf("Send: %v, want io.EOF", err)
	}
	var status *stream.Status
	if _, err := s.Recv(); !errors.As(err, &status) || status.Code != 3 {
		t.Errorf("Recv: %v", err)
	}
	if err := s.CloseSend(); err != nil {
		t.Errorf("CloseSend: %v", err)
	}
}

// pipeClient connects to serve over an in-memory connection.
func pipeClient(t *testing.T, serve func(net.Conn), change func(*setup)) *testClient {
	return newClient(t, "pipe:1", func(o *setup) {
		o.Dial = func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { defer theirs.Close(); serve(theirs) }()
			return ours, nil
		}
		if change != nil {
			change(o)
		}
	})
}

func TestKeepalive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pings atomic.Int32
		c := pipeClient(t, func(nc net.Conn) {
			p := newPeer(nc)
			p.start()
			for {
				f, err := p.fr.ReadFrame()
				if err != nil {
					return
				}
				if ping, ok := f.(*http2.PingFrame); ok {
					if pings.Add(1) < 3 {
						_ = p.fr.WritePing(true, ping.Data)
						p.bw.Flush()
					}
				}
			}
		}, func(o *setup) { o.Keepalive = 30 * time.Second })
		start := time.Now()
		_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
		var dead *call.KeepaliveError
		if !errors.As(err, &dead) || pings.Load() != 3 {
			t.Errorf("%d pings, then %v", pings.Load(), err)
		}
		if took := time.Since(start); took > 3*time.Minute {
			t.Errorf("it took %v", took)
		}
		c.Close()
	})
}

func TestSilenceOverPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := pipeClient(t, func(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) }, nil)
		start := time.Now()
		_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
		if err == nil || err.Error() != "start HTTP/2 with pipe:1: no answer within 10s" || time.Since(start) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		c.Close()
	})
}

// TestCloseLeavesNothing: synctest fails if a goroutine is left.
func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := pipeClient(t, rawServer(3, []byte("x")), nil)
		s, err := c.Open(t.Context(), rpc(method(stream.Bidi), nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if _, err := s.Recv(); !errors.Is(err, call.ErrClosed) {
			t.Errorf("Recv after Close: %v", err)
		}
		if _, err := c.Open(t.Context(), rpc(method(stream.Bidi), nil)); !errors.Is(err, call.ErrClosed) {
			t.Errorf("Open after Close: %v", err)
		}
	})
}
