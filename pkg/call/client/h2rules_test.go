package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/h2"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestAnswers is one call per shape of an answer: how many messages it yields,
// and which error.
func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		answer   func(p *peer, id uint32)
		messages int
		want     string
	}{
		{"empty messages", func(p *peer, id uint32) {
			p.grpcHeader(id)
			for range 3 {
				p.message(id, false, "")
			}
			p.header(id, true, "grpc-status", "0")
		}, 3, ""},
		{"end on empty data", func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.message(id, false, "one")
			_ = p.fr.WriteData(id, true, nil)
		}, 1, "ADDR broke the protocol: the answer ended without grpc-status"},
		{"trailers without end", func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.message(id, false, "one")
			p.header(id, false, "grpc-status", "0")
		}, 1, "ADDR broke the protocol: a second HEADERS frame without END_STREAM"},
		{"100 before the header", func(p *peer, id uint32) {
			p.header(id, false, ":status", "100")
			p.header(id, false, ":status", "103", "link", "x")
			p.grpcHeader(id)
			p.message(id, false, "one")
			p.header(id, true, "grpc-status", "0")
		}, 1, ""},
		{"100 that ends the stream", func(p *peer, id uint32) { p.header(id, true, ":status", "100") },
			0, "ADDR did not answer in gRPC: saw HTTP status 100 without content-type"},
		{"upper case", func(p *peer, id uint32) { p.header(id, false, ":status", "200", "X-Upper", "1") },
			0, `ADDR broke the protocol: invalid header field name "X-Upper"`},
		{"no :status", func(p *peer, id uint32) { p.header(id, false, "content-type", "application/grpc") },
			0, "ADDR broke the protocol: an answer without a :status"},
		{"status in the first header", func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "application/grpc", "grpc-status", "0")
			p.message(id, false, "one")
			p.header(id, true, "grpc-status", "9", "grpc-message", "late")
		}, 1, "status 9 FAILED_PRECONDITION: late"},
		{"status in the header, and an empty end", func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "application/grpc", "grpc-status", "5", "grpc-message", "gone")
			_ = p.fr.WriteData(id, true, nil)
		}, 0, "status 5 NOT_FOUND: gone"},
		{"status in the header of another type, and an empty end", func(p *peer, id uint32) {
			p.header(id, false, ":status", "503", "content-type", "text/html", "grpc-status", "14")
			_ = p.fr.WriteData(id, true, nil)
		}, 0, "status 14 UNAVAILABLE"},
		{"a page that does not end", func(p *peer, id uint32) {
			p.header(id, false, ":status", "503", "content-type", "text/html", "grpc-status", "14")
			_ = p.fr.WriteData(id, false, []byte("<p>no"))
		}, 0, `ADDR did not answer in gRPC: saw HTTP status 503, content-type "text/html", body "<p>no"`},
		{"a page that does not begin", func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "text/html")
		}, 0, `ADDR did not answer in gRPC: saw HTTP status 200, content-type "text/html"`},
		{"status in the first header only", func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "application/grpc", "grpc-status", "0")
			p.message(id, true, "one")
		}, 1, "ADDR broke the protocol: the answer ended without grpc-status"},
		{"compressed identity", func(p *peer, id uint32) {
			p.header(id, false, ":status", "200", "content-type", "application/grpc", "grpc-encoding", "identity")
			_ = p.fr.WriteData(id, false, []byte{1, 0, 0, 0, 1, 'x'})
		}, 0, "ADDR broke the protocol: compressed message although grpc-encoding is identity"},
		{"reset without error after trailers", func(p *peer, id uint32) {
			p.grpcHeader(id)
			p.message(id, false, "one")
			p.header(id, true, "grpc-status", "0")
			_ = p.fr.WriteRSTStream(id, http2.ErrCodeNo)
			_ = p.fr.WriteRSTStream(id, http2.ErrCodeCancel)
			_ = p.fr.WriteWindowUpdate(id, 10)
			p.message(id, false, "after the end")
		}, 1, ""},
		{"goaway and loss after trailers", func(p *peer, id uint32) {
			p.grpcHeader(id)
			for range 500 {
				p.message(id, false, strings.Repeat("x", 1000))
			}
			p.header(id, true, "grpc-status", "0")
			_ = p.fr.WriteGoAway(id, http2.ErrCodeInternal, nil)
			p.leave()
		}, 500, ""},
		{"loss before trailers", func(p *peer, id uint32) {
			p.grpcHeader(id)
			for range 500 {
				p.message(id, false, strings.Repeat("x", 1000))
			}
			p.leave()
		}, 500, "connection to ADDR lost after 500 messages: the peer closed the connection"},
		{"rule broken after messages", func(p *peer, id uint32) {
			p.grpcHeader(id)
			for range 100 {
				p.message(id, false, "x")
			}
			_ = p.fr.WriteRawFrame(http2.FrameRSTStream, 0, id, []byte{1})
		}, 100, "ADDR broke the protocol: a frame that HTTP/2 does not allow (FRAME_SIZE_ERROR)"},
		{"window update of nothing", func(p *peer, id uint32) {
			_ = p.fr.WriteRawFrame(http2.FrameWindowUpdate, 0, id, []byte{0, 0, 0, 0})
		}, 0, "ADDR broke the protocol: malformed frame on the stream"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := listen(t, afterRequest(tt.answer))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			all, _, err := do(ctx, newClient(t, addr), stream.Server, nil, []byte("hi"))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if want := strings.ReplaceAll(tt.want, "ADDR", addr); got != want || len(all) != tt.messages {
				t.Errorf("got  %d messages, %s\nwant %d messages, %s", len(all), got, tt.messages, want)
			}
		})
	}
}

// leave closes our direction only: a socket that is closed with bytes unread
// sends RST, and the kernel throws away what was not delivered yet.
func (p *peer) leave() {
	p.bw.Flush()
	_ = p.nc.(*net.TCPConn).CloseWrite()
}

// TestPaddingIsCredited sends more padding than any window holds, and stops
// where the windows are used up.
func TestPaddingIsCredited(t *testing.T) {
	t.Parallel()
	const messages = 80_000
	message := grpcwire.AppendPrefix(nil, 0, 0)
	padding := make([]byte, 250)
	addr := listen(t, afterRequest(func(p *peer, id uint32) {
		p.grpcHeader(id)
		conn := int64(h2.ConnWindow)
		for range messages {
			n := int64(len(message) + len(padding) + 1)
			p.credit -= n
			conn -= n
			for p.credit < 0 || conn < 0 {
				p.bw.Flush()
				f, err := p.fr.ReadFrame()
				if err != nil {
					return
				}
				if w, ok := f.(*http2.WindowUpdateFrame); ok && w.StreamID == 0 {
					conn += int64(w.Increment)
				} else if ok {
					p.credit += int64(w.Increment)
				}
			}
			_ = p.fr.WriteDataPadded(id, false, message, padding)
		}
		p.header(id, true, "grpc-status", "0")
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if all, _, err := do(ctx, newClient(t, addr), stream.Server, nil, nil); err != nil || len(all) != messages {
		t.Errorf("%d messages, %v", len(all), err)
	}
}

// TestAbandonedDataIsCredited abandons streams whose data is on its way: it must
// not use up the connection's window.
func TestAbandonedDataIsCredited(t *testing.T) {
	t.Parallel()
	piece := append(grpcwire.AppendPrefix(nil, 0, 1<<20), make([]byte, 16000)...)
	c := newClient(t, listen(t, afterRequest(func(p *peer, id uint32) {
		p.grpcHeader(id)
		for range 60 {
			_ = p.fr.WriteData(id, false, piece)
		}
	})))
	for i := range 40 {
		s := open(t, c, stream.Server)
		if err := s.Send(nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Header(); err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
		_ = s.Close(nil)
	}
}

// TestWindowBySettings opens the window of a running stream with SETTINGS alone
// (RFC 9113 section 6.9.2).
func TestWindowBySettings(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(nc net.Conn) {
		p := newPeer(nc)
		p.start(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
		_ = p.fr.WriteWindowUpdate(0, 1<<24)
		p.bw.Flush()
		got, opened := 0, false
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				return
			}
			if d, ok := f.(*http2.DataFrame); ok {
				if got += len(d.Data()); d.StreamEnded() {
					p.grpcHeader(d.StreamID)
					p.message(d.StreamID, false, fmt.Sprint(got))
					p.header(d.StreamID, true, "grpc-status", "0")
				}
			}
			if got >= 10 && !opened {
				opened = true
				_ = p.fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 22})
			}
			p.bw.Flush()
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, _, err := do(ctx, newClient(t, addr), stream.Unary, nil, make([]byte, 1<<20))
	if err != nil || len(got) != 1 || string(got[0]) != fmt.Sprint(1<<20+grpcwire.PrefixLen) {
		t.Errorf("got %q, %v", got, err)
	}
}

// noStreams refuses everything; after wait, if that is not zero, it allows one.
func noStreams(wait time.Duration) func(net.Conn) {
	return func(nc net.Conn) {
		p := newPeer(nc)
		p.start(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 0})
		first := true
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				return
			}
			h := f.Header()
			if h.Type != http2.FrameData || !h.Flags.Has(http2.FlagDataEndStream) {
				continue
			}
			if !first {
				p.header(h.StreamID, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "0")
				p.bw.Flush()
				continue
			}
			first = false
			_ = p.fr.WriteRSTStream(h.StreamID, http2.ErrCodeRefusedStream)
			p.bw.Flush()
			if wait > 0 {
				time.Sleep(wait)
				_ = p.fr.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 1})
				p.bw.Flush()
			}
		}
	}
}

func TestNoStreamsAllowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := pipeClient(t, noStreams(0), nil)
		start := time.Now()
		_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
		var none *call.NoStreamsError
		if !errors.As(err, &none) || time.Since(start) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		c.Close()
		c = pipeClient(t, noStreams(time.Second), nil)
		if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
			t.Errorf("allowed after a second: %v", err)
		}
		c.Close()
	})
}

// TestHeaderTableSize: after SETTINGS_HEADER_TABLE_SIZE 0 our encoder may not
// refer to what it sent before (RFC 7541 section 4.2).
func TestHeaderTableSize(t *testing.T) {
	t.Parallel()
	for _, size := range []uint32{0, 100, 1 << 20} {
		addr := listen(t, func(nc net.Conn) {
			p := newPeer(nc)
			p.start(http2.Setting{ID: http2.SettingHeaderTableSize, Val: size})
			for {
				f, err := p.fr.ReadFrame()
				if err != nil {
					t.Error(err)
					return
				}
				if h := f.Header(); h.Type == http2.FrameData && h.Flags.Has(http2.FlagDataEndStream) {
					p.header(h.StreamID, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "0")
					p.bw.Flush()
					if h.StreamID == 7 {
						return
					}
				} else if h.Type == http2.FrameSettings && h.Flags.Has(http2.FlagSettingsAck) && size < 4096 {
					p.fr.ReadMetaHeaders = hpack.NewDecoder(size, nil)
				}
			}
		})
		c := newClient(t, addr)
		for range 4 {
			if _, _, err := do(t.Context(), c, stream.Unary, stream.Metadata{{Name: "x-same", Value: "again"}}, nil); err != nil {
				t.Errorf("size %d: %v", size, err)
			}
		}
	}
}

// TestFloods: a peer that makes us answer, and reads nothing, is cut off.
func TestFloods(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		frame func(p *peer) error
		want  string
	}{
		{"ping", func(p *peer) error { return p.fr.WritePing(false, [8]byte{}) }, "too many PING frames"},
		{"settings", func(p *peer) error { return p.fr.WriteSettings() }, "too many SETTINGS frames"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := pipeClient(t, afterRequest(func(p *peer, _ uint32) {
				for tt.frame(p) == nil {
				}
			}), nil)
			_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
			if err == nil || err.Error() != "pipe:1 broke the protocol: "+tt.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestContinuationFlood: a header block without end does not outlive the call,
// and does not keep Close waiting.
func TestContinuationFlood(t *testing.T) {
	t.Parallel()
	c := pipeClient(t, afterRequest(func(p *peer, id uint32) {
		_ = p.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id})
		for p.fr.WriteContinuation(id, false, nil) == nil {
		}
	}), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := do(ctx, c, stream.Unary, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	start := time.Now()
	if c.Close(); time.Since(start) > 5*time.Second {
		t.Errorf("Close took %v", time.Since(start))
	}
}

// TestEndWhileBlocked: the server answers while our message waits for its window.
func TestEndWhileBlocked(t *testing.T) {
	t.Parallel()
	for _, reset := range []bool{false, true} {
		addr := listen(t, func(nc net.Conn) {
			p := newPeer(nc)
			p.start(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 100})
			sent := false
			for {
				f, err := p.fr.ReadFrame()
				if err != nil {
					return
				}
				if h := f.Header(); h.Type == http2.FrameData && !sent {
					sent = true
					p.header(h.StreamID, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "8")
					if reset { // RFC 9113 section 8.1
						_ = p.fr.WriteRSTStream(h.StreamID, http2.ErrCodeNo)
					}
					p.bw.Flush()
				}
			}
		})
		s := open(t, newClient(t, addr), stream.Client)
		if err := s.Send(make([]byte, 1<<20)); err != io.EOF {
			t.Errorf("Send: %v", err)
		}
		var status *stream.Status
		if _, err := s.Recv(); !errors.As(err, &status) || status.Code != stream.ResourceExhausted {
			t.Errorf("Recv: %v", err)
		}
	}
}

// TestDeadlineRace ends the call shortly before its deadline.
func TestDeadlineRace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		before time.Duration
		status string
		ours   bool
	}{
		{5 * time.Millisecond, "4", true},
		{500 * time.Millisecond, "4", false},
		{5 * time.Millisecond, "5", false},
		{5 * time.Millisecond, "0", false},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			c := pipeClient(t, afterRequest(func(p *peer, id uint32) {
				time.Sleep(time.Second - tt.before)
				p.header(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", tt.status)
			}), nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _, err := do(ctx, c, stream.Unary, nil, nil)
			if errors.Is(err, context.DeadlineExceeded) != tt.ours {
				t.Errorf("%v before the deadline, status %s: %v", tt.before, tt.status, err)
			}
			c.Close()
		})
	}
}

// TestGoAwayLeavesNothing: a GOAWAY on an idle connection ends it (synctest
// fails if a goroutine is left), and one in place of every answer is reported.
func TestGoAwayLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := make(chan struct{})
		c := pipeClient(t, func(nc net.Conn) {
			defer close(left)
			rawServerThen(nc, func(p *peer) { _ = p.fr.WriteGoAway(1, http2.ErrCodeNo, nil) })
		}, nil)
		if _, _, err := do(t.Context(), c, stream.Unary, nil, nil); err != nil {
			t.Fatal(err)
		}
		<-left // the client has closed the connection
		c.Close()
	})
}

// rawServerThen answers one request and then acts, until the client leaves.
func rawServerThen(nc net.Conn, act func(p *peer)) {
	afterRequest(func(p *peer, id uint32) {
		p.header(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "0")
		p.bw.Flush()
		time.Sleep(time.Second)
		act(p)
	})(nc)
}

// TestBigMessageBytes checks a message that is larger than every window, byte by
// byte.
func TestBigMessageBytes(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("0123456789abcde"), 3<<20/15)
	s := open(t, newClient(t, startH2C(t, grpcHandler(echo))), stream.Bidi)
	for range 3 {
		if err := s.Send(big); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Recv(); err != nil || !bytes.Equal(got, big) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
	}
}
