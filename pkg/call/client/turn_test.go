package client

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// readBy is a connection that counts the reads of receivers, as the stack has them.
type readBy struct {
	net.Conn
	receivers *atomic.Int64
}

func (r readBy) Read(p []byte) (int, error) {
	if bytes.Contains(debug.Stack(), []byte(".readFor(")) {
		r.receivers.Add(1)
	}
	return r.Conn.Read(p)
}

// few is how many calls, one after another, have the next receiver read itself.
const few = 10

// lone is a client that has made so many calls, one after another, over a pipe to a peer that
// answers those, and any later one by act.
func lone(t *testing.T, before int, act func(p *peer, id uint32)) (*testClient, *atomic.Int64) {
	t.Helper()
	receivers := new(atomic.Int64)
	c := newClient(t, "pipe:1", func(o *setup) {
		o.Dial = func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				answered := 0
				afterRequest(func(p *peer, id uint32) {
					if answered++; answered > before {
						act(p, id)
						return
					}
					p.unary(id)
				})(theirs)
			}()
			return readBy{ours, receivers}, nil
		}
	})
	for range before {
		if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the reader has stepped back
	}
	receivers.Store(0)
	return c, receivers
}

func (p *peer) unary(id uint32) {
	p.grpcHeader(id)
	p.message(id, false, "one")
	p.header(id, true, "grpc-status", "0")
}

// checkNext makes one more call, on the same connection or on another.
func checkNext(t *testing.T, c *testClient) {
	t.Helper()
	all, _, err := do(t.Context(), c, stream.Unary, nil, nil)
	if err != nil || len(all) != 1 || string(all[0]) != "one" {
		t.Errorf("the next call: %q, %v", all, err)
	}
}

// TestReceiverReads: what comes is the same whoever reads it, and the receiver of a call
// behind others has read itself.
func TestReceiverReads(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		act  func(p *peer, id uint32)
		want string
	}{
		{"at once", (*peer).unary, ""},
		{"in pieces", func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.bw.Flush()
			time.Sleep(time.Second)
			p.message(id, false, "one")
			p.bw.Flush()
			time.Sleep(time.Second)
			p.header(id, true, "grpc-status", "0")
		}, ""},
		{"a byte at a time", func(p *peer, id uint32) {
			var wire bytes.Buffer
			bw := p.bw
			p.fr = http2.NewFramer(&wire, p.br)
			p.unary(id)
			for _, b := range wire.Bytes() {
				_ = bw.WriteByte(b)
				bw.Flush()
				time.Sleep(time.Millisecond)
			}
			p.fr = http2.NewFramer(bw, p.br)
		}, ""},
		{"a new header", func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "application/grpc", "x-new", "1")
			p.message(id, false, "one")
			p.header(id, true, "grpc-status", "0", "x-new-too", "2")
		}, ""},
		{"settings and unknown frames", func(p *peer, id uint32) {
			_ = p.fr.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 15})
			_ = p.fr.WriteRawFrame(0xfa, 0, id, []byte("grease"))
			p.unary(id)
			_ = p.fr.WriteWindowUpdate(0, 100)
		}, ""},
		{"status", func(p *peer, id uint32) {
			p.header(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "5", "grpc-message", "no")
		}, "status 5 NOT_FOUND: no"},
		{"reset", func(p *peer, id uint32) { _ = p.fr.WriteRSTStream(id, http2.ErrCodeInternal) },
			"pipe:1 reset the stream after 0 messages: INTERNAL_ERROR"},
		{"gone", func(p *peer, _ uint32) { p.bw.Flush(); p.nc.Close() },
			"connection to pipe:1 lost after 0 messages: the peer closed the connection"},
		{"half a frame and gone", func(p *peer, id uint32) {
			p.grpcHeader(id)
			_, _ = p.bw.Write([]byte{0, 0, 100, 0, 0, 0, 0, 0, byte(id), 'x'})
			p.bw.Flush()
			p.nc.Close()
		}, "connection to pipe:1 lost after 0 messages: the peer closed the connection"},
		{"a rule broken", func(p *peer, id uint32) { p.message(id+2, false, "x") },
			"pipe:1 broke the protocol: frame on stream NEXT, which was not opened"},
		{"data first", func(p *peer, id uint32) { p.message(id, false, "x") },
			"pipe:1 broke the protocol: DATA before HEADERS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, before := range []int{0, few} {
				synctest.Test(t, func(t *testing.T) { checkAnswer(t, before, tt.act, tt.want) })
			}
		})
	}
}

// checkAnswer makes one call behind others.
func checkAnswer(t *testing.T, before int, act func(p *peer, id uint32), want string) {
	t.Helper()
	c, receivers := lone(t, before, act)
	defer c.Close()
	all, _, err := do(t.Context(), c, stream.Unary, nil, nil)
	got := ""
	if err != nil {
		got = err.Error()
	} else if len(all) != 1 || string(all[0]) != "one" {
		t.Errorf("got %q", all)
	}
	if want = strings.ReplaceAll(want, "NEXT", strconv.Itoa(2*before+3)); got != want {
		t.Errorf("behind %d calls: got  %s\nwant %s", before, got, want)
	}
	if n := receivers.Load(); (n > 0) != (before == few) {
		t.Errorf("behind %d calls the receiver has read %d times", before, n)
	}
}

// TestReceiverReadsOn: a connection whose receiver was cut short in the middle of a frame
// serves the next call.
func TestReceiverReadsOn(t *testing.T) {
	t.Parallel()
	for _, come := range []int{0, 5, 12, 30} {
		synctest.Test(t, func(t *testing.T) {
			first := true
			c, receivers := lone(t, few, func(p *peer, id uint32) {
				if !first {
					p.unary(id)
					return
				}
				first = false
				var wire bytes.Buffer
				bw := p.bw
				p.fr = http2.NewFramer(&wire, p.br)
				p.unary(id)
				p.fr = http2.NewFramer(bw, p.br)
				_, _ = bw.Write(wire.Bytes()[:come])
				bw.Flush()
				time.Sleep(time.Second)
				_, _ = bw.Write(wire.Bytes()[come:])
			})
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			start := time.Now()
			if _, _, err := do(ctx, c, stream.Unary, nil, nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 100*time.Millisecond {
				t.Errorf("%d bytes had come: %v after %v", come, err, time.Since(start))
			}
			if receivers.Load() == 0 {
				t.Error("the receiver has not read")
			}
			checkNext(t, c)
		})
	}
}

// TestReceiverReadsForAnother: a second call is answered while the first one's receiver
// reads, and when that has ended.
func TestReceiverReadsForAnother(t *testing.T) {
	t.Parallel()
	for _, firstEnds := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var waiting uint32
			c, _ := lone(t, few, func(p *peer, id uint32) {
				if waiting == 0 {
					waiting = id
					return
				}
				if firstEnds {
					p.unary(waiting)
					p.bw.Flush()
					time.Sleep(time.Second)
					p.unary(id)
				} else {
					p.unary(id)
					p.bw.Flush()
					time.Sleep(time.Second)
					p.unary(waiting)
				}
			})
			defer c.Close()
			done := make(chan time.Duration, 2)
			start := time.Now()
			for range 2 {
				go func() {
					checkNext(t, c)
					done <- time.Since(start)
				}()
				synctest.Wait()
			}
			if a, b := <-done, <-done; a != 0 || b != time.Second {
				t.Errorf("answers after %v and %v", a, b)
			}
		})
	}
}

// TestNobodyReads: while no call is under way, PINGs are answered and the end of a connection
// is seen, both soon.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	acts := []struct {
		name string
		act  func(p *peer)
	}{
		{"ping", func(p *peer) { _ = p.fr.WritePing(false, [8]byte{1}) }},
		{"ping twice", func(p *peer) {
			_ = p.fr.WritePing(false, [8]byte{1})
			_ = p.fr.WritePing(false, [8]byte{2})
		}},
		{"going away", func(p *peer) { _ = p.fr.WriteGoAway(2*few+1, http2.ErrCodeNo, nil) }},
		{"gone", func(p *peer) { p.bw.Flush(); p.nc.Close() }},
	}
	for _, tt := range acts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at *peer
				c, _ := lone(t, few, func(p *peer, id uint32) {
					at = p
					p.unary(id)
				})
				defer c.Close()
				checkNext(t, c)
				synctest.Wait()
				start := time.Now()
				tt.act(at)
				at.bw.Flush() // a pipe: returns when it is read
				if took := time.Since(start); took > 10*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				time.Sleep(time.Second)
				checkNext(t, c)
			})
		})
	}
}

// TestPingWhileReceiverReads: a PING is answered while the receiver waits for more.
func TestPingWhileReceiverReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, receivers := lone(t, few, func(p *peer, id uint32) {
			for n := range byte(3) {
				_ = p.fr.WritePing(false, [8]byte{n})
				p.bw.Flush()
				f, err := p.await(func(h http2.FrameHeader) bool { return h.Type == http2.FramePing })
				if err != nil || !f.(*http2.PingFrame).IsAck() || f.(*http2.PingFrame).Data[0] != n {
					t.Errorf("PING %d: %v, %v", n, f, err)
				}
			}
			p.unary(id)
		})
		defer c.Close()
		checkNext(t, c)
		if receivers.Load() == 0 {
			t.Error("the receiver has not read")
		}
	})
}

// TestCloseWhileReceiverReads: a client that is closed leaves neither a receiver that waits
// nor a goroutine, whoever reads.
func TestCloseWhileReceiverReads(t *testing.T) {
	t.Parallel()
	for _, reading := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := lone(t, few, func(*peer, uint32) {})
			ended := make(chan error, 1)
			if reading {
				go func() {
					_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
					ended <- err
				}()
				synctest.Wait()
			} else {
				ended <- call.ErrClosed
			}
			start := time.Now()
			c.Close()
			if err := <-ended; !errors.Is(err, call.ErrClosed) || time.Since(start) > time.Second {
				t.Errorf("reading %v: %v after %v", reading, err, time.Since(start))
			}
		})
	}
}

// TestReceiverOfLongStream: a stream that goes on is read ahead of its receiver, also where
// its receiver began to read.
func TestReceiverOfLongStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const messages = 100
		sent := make(chan struct{})
		c, receivers := lone(t, few, func(p *peer, id uint32) {
			p.grpcHeader(id)
			for range messages {
				p.message(id, false, strings.Repeat("x", 100))
				p.bw.Flush()
				synctest.Wait()
			}
			p.header(id, true, "grpc-status", "0")
			p.bw.Flush()
			close(sent)
		})
		defer c.Close()
		s := open(t, c, stream.Server)
		if err := s.Send(nil); err != nil {
			t.Fatal(err)
		}
		if err := s.CloseSend(); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := s.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		<-sent // though nobody receives
		if n := receivers.Load(); n == 0 || n > 10 {
			t.Errorf("the receiver has read %d times", n)
		}
		s.Close(nil)
	})
}

// TestReceiverReadsTLS: a receiver that is cut short again and again, at any byte of a record,
// leaves a TLS connection as it was.
func TestReceiverReadsTLS(t *testing.T) {
	t.Parallel()
	var conns atomic.Int64
	addr := startTLS(t, grpcHandler(func(_ *http.Request, recv func() ([]byte, error), send func([]byte)) *stream.Status {
		body, _ := recv()
		wait, _ := time.ParseDuration(string(body))
		time.Sleep(wait)
		send(bytes.Repeat([]byte("x"), 10_000))
		return nil
	}), func(s *httptest.Server) {
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				conns.Add(1)
			}
		}
	})
	c := newClient(t, addr, func(o *setup) { o.TLS.Enabled, o.TLS.Insecure = true, true })
	timed(t, c, time.Minute, "0s")
	for i := range 300 {
		timed(t, c, time.Duration(i%30)*10*time.Microsecond, "0s")
		timed(t, c, time.Millisecond, "1ms")
		if all, _, err := do(t.Context(), c, stream.Unary, nil, []byte("0s")); err != nil || len(all[0]) != 10_000 {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// timed makes a call that ends well or at its deadline.
func timed(t *testing.T, c *testClient, limit time.Duration, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, _, err := do(ctx, c, stream.Unary, nil, []byte(body)); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%s within %v: %v", body, limit, err)
	}
}

// TestClosedBetweenCalls: no call is lost on a connection that the peer has closed, or is about to
// leave, while nobody read.
func TestClosedBetweenCalls(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(p *peer, id uint32){
		"closed":     func(p *peer, _ uint32) { p.nc.Close() },
		"going away": func(p *peer, id uint32) { _ = p.fr.WriteGoAway(id, http2.ErrCodeNo, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const perConn = few + 2
			received, left := make(chan struct{}), make(chan struct{})
			addr := listen(t, func(nc net.Conn) {
				answered := 0
				afterRequest(func(p *peer, id uint32) {
					p.unary(id)
					p.bw.Flush()
					if answered++; answered == perConn {
						<-received // not with the answer
						leave(p, id)
						p.bw.Flush()
						left <- struct{}{}
					}
				})(nc)
			})
			c := newClient(t, addr)
			large := make([]byte, 300_000) // is not kept to be sent again
			for i := 1; i <= 5*perConn; i++ {
				if all, _, err := do(t.Context(), c, stream.Unary, nil, large); err != nil || len(all) != 1 {
					t.Fatalf("call %d: %q, %v", i, all, err)
				}
				if i%perConn == 0 {
					answered := time.Now()
					received <- struct{}{}
					<-left
					// On a busy machine the connection's goroutine reads again by then: it has to be let.
					if time.Since(answered) > 2*time.Millisecond {
						time.Sleep(100 * time.Millisecond)
					}
				}
			}
		})
	}
}
