package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/h2"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// await reads frames until one fits.
func (p *peer) await(fits func(http2.FrameHeader) bool) (http2.Frame, error) {
	p.bw.Flush()
	for {
		f, err := p.fr.ReadFrame()
		if err != nil || fits(f.Header()) {
			return f, err
		}
	}
}

func isAck(h http2.FrameHeader) bool {
	return h.Type == http2.FrameSettings && h.Flags.Has(http2.FlagSettingsAck)
}

func isData(h http2.FrameHeader) bool { return h.Type == http2.FrameData }

// endsStream fits the frame of a request's half-close.
func endsStream(h http2.FrameHeader) bool {
	return h.Type == http2.FrameData && h.Flags.Has(http2.FlagDataEndStream) ||
		h.Type == http2.FrameHeaders && h.Flags.Has(http2.FlagHeadersEndStream)
}

// TestHalfCloseWithoutWindow takes back window that is in use: END_STREAM needs none
// (RFC 9113 section 6.9.1).
func TestHalfCloseWithoutWindow(t *testing.T) {
	t.Parallel()
	for _, window := range []uint32{0, 1, 11, 12, 13} { // the request has 12 bytes
		for _, kind := range []stream.Type{stream.Client, stream.Bidi} {
			t.Run(fmt.Sprint(kind, window), func(t *testing.T) {
				t.Parallel()
				shrunk := make(chan struct{})
				addr := listen(t, func(nc net.Conn) {
					p := newPeer(nc)
					p.start()
					if _, err := p.await(isData); err != nil {
						return
					}
					_ = p.fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window})
					if _, err := p.await(isAck); err != nil {
						return
					}
					close(shrunk)
					if _, err := p.await(endsStream); err != nil {
						t.Error("no half-close:", err)
						return
					}
					p.grpcHeader(1)
					p.message(1, false, "all")
					p.header(1, true, "grpc-status", "0")
					p.bw.Flush()
					_, _ = io.Copy(io.Discard, nc)
				})
				s := open(t, newClient(t, addr), kind)
				if err := s.Send([]byte("seven b")); err != nil {
					t.Fatal(err)
				}
				<-shrunk
				if err := s.CloseSend(); err != nil {
					t.Fatal(err)
				}
				if got, err := s.Recv(); err != nil || string(got) != "all" {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
	}
}

// TestOnlyPadding sends frames of nothing but padding, three times the window of the
// stream, before the reply.
func TestOnlyPadding(t *testing.T) {
	t.Parallel()
	addr := listen(t, afterRequest(func(p *peer, id uint32) {
		p.grpcHeader(id)
		for range 3 * h2.StreamWindow / 256 {
			if p.credit -= 256; p.credit < 0 {
				p.awaitCredit()
			}
			_ = p.fr.WriteDataPadded(id, false, nil, make([]byte, 255))
		}
		if p.credit -= 12; p.credit < 0 {
			p.awaitCredit()
		}
		p.message(id, false, "at last")
		p.header(id, true, "grpc-status", "0")
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, _, err := do(ctx, newClient(t, addr), stream.Unary, nil, nil)
	if err != nil || len(got) != 1 || string(got[0]) != "at last" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestBadSettings has the error that RFC 9113 names for each setting that is out of
// range, for the peer and for the user.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		act  func(p *peer)
		code http2.ErrCode
		saw  string
	}{
		{"window", setting(http2.SettingInitialWindowSize, 1<<31), http2.ErrCodeFlowControl, "a frame that HTTP/2 does not allow (FLOW_CONTROL_ERROR)"},
		{"overflow", func(p *peer) {
			_ = p.fr.WriteWindowUpdate(1, 1<<30)
			setting(http2.SettingInitialWindowSize, 1<<31-1)(p)
		}, http2.ErrCodeFlowControl, "setting [INITIAL_WINDOW_SIZE = 2147483647] overflows a window"},
		{"small frame", setting(http2.SettingMaxFrameSize, 16383), http2.ErrCodeProtocol, "setting [MAX_FRAME_SIZE = 16383] is out of range"},
		{"large frame", setting(http2.SettingMaxFrameSize, 1<<24), http2.ErrCodeProtocol, "setting [MAX_FRAME_SIZE = 16777216] is out of range"},
		{"push", setting(http2.SettingEnablePush, 2), http2.ErrCodeProtocol, "setting [ENABLE_PUSH = 2] is out of range"},
		{"connection window", func(p *peer) { _ = p.fr.WriteWindowUpdate(0, 1<<31-1) }, http2.ErrCodeFlowControl, "WINDOW_UPDATE beyond the largest window"},
		{"no window", func(p *peer) { _ = p.fr.WriteRawFrame(http2.FrameWindowUpdate, 0, 0, make([]byte, 4)) },
			http2.ErrCodeProtocol, "a frame that HTTP/2 does not allow (PROTOCOL_ERROR)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			left := make(chan http2.ErrCode, 1)
			addr := listen(t, afterRequest(func(p *peer, _ uint32) {
				tt.act(p)
				if f, err := p.await(func(h http2.FrameHeader) bool { return h.Type == http2.FrameGoAway }); err == nil {
					left <- f.(*http2.GoAwayFrame).ErrCode
				}
				close(left)
			}))
			_, _, err := do(ctxFor(t), newClient(t, addr), stream.Unary, nil, []byte("hi"))
			if want := addr + " broke the protocol: " + tt.saw; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if code := <-left; code != tt.code {
				t.Errorf("GOAWAY %v, want %v", code, tt.code)
			}
		})
	}
}

func setting(id http2.SettingID, value uint32) func(*peer) {
	return func(p *peer) { _ = p.fr.WriteSettings(http2.Setting{ID: id, Val: value}) }
}

// TestHeaderTableChanges changes the size of the table between requests, several
// times, each time in a SETTINGS frame of its own. The next header block begins with
// at most two updates, the first no larger than the smallest size, the last the final
// one, and decodes.
func TestHeaderTableChanges(t *testing.T) {
	t.Parallel()
	for _, rounds := range [][][]uint32{
		{{4096}}, {{0}}, {{0, 4096}}, {{100, 4096}}, {{300, 4096}}, {{4096, 100}}, {{100, 50, 4096, 200}}, {{8192, 60, 1 << 30}}, {{4096, 0, 4096, 0}},
		{{300}, {400, 4000}}, {{300}, {400}, {500, 600, 700}},
	} {
		t.Run(fmt.Sprint(rounds), func(t *testing.T) {
			t.Parallel()
			addr := listen(t, func(nc net.Conn) { serveTableSizes(t, nc, rounds) })
			c := newClient(t, addr)
			for range 4 {
				md := stream.Metadata{{Name: "x-same", Value: "again"}, {Name: "x-other", Value: strings.Repeat("o", 30)}}
				if _, _, err := do(ctxFor(t), c, stream.Unary, md, nil); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// serveTableSizes changes to each of the sizes of a round before an answer; the last round is
// repeated.
func serveTableSizes(t *testing.T, nc net.Conn, rounds [][]uint32) {
	p := newPeer(nc)
	decoder := p.fr.ReadMetaHeaders
	p.fr.ReadMetaHeaders = nil // to see the bytes of the blocks
	p.start()
	sizes := []uint32{h2.MaxHeaderTable}
	for had, next := uint32(0), uint32(h2.MaxHeaderTable); ; had, next = next, min(h2.MaxHeaderTable, sizes[len(sizes)-1]) {
		f, err := p.await(func(h http2.FrameHeader) bool { return h.Type == http2.FrameHeaders })
		if err != nil {
			return
		}
		block := slices.Clone(f.(*http2.HeadersFrame).HeaderBlockFragment())
		checkUpdates(t, block, had, sizes)
		fields, err := decoder.DecodeFull(block)
		if err != nil || !slices.Contains(fields, hpackField("x-other", strings.Repeat("o", 30))) {
			t.Errorf("after sizes %v: %v, fields %v", sizes, err, fields)
		}
		id := f.Header().StreamID
		if _, err := p.await(endsStream); err != nil {
			return
		}
		sizes, rounds = rounds[0], rounds[min(1, len(rounds)-1):]
		for _, size := range sizes {
			_ = p.fr.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: size})
			if _, err := p.await(isAck); err != nil {
				return
			}
		}
		decoder.SetAllowedMaxDynamicTableSize(sizes[len(sizes)-1])
		p.header(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "0")
	}
}

// checkUpdates reads the updates at the beginning of a header block (RFC 7541 section
// 6.3), which comes after the sizes; before them it was had.
func checkUpdates(t *testing.T, block []byte, had uint32, sizes []uint32) {
	var updates []uint32
	for len(block) > 0 && block[0]&0xe0 == 0x20 {
		size, shift := uint32(block[0]&0x1f), 0
		block = block[1:]
		if size == 31 {
			for more := true; more; shift += 7 {
				more = block[0]&0x80 != 0
				size += uint32(block[0]&0x7f) << shift
				block = block[1:]
			}
		}
		updates = append(updates, size)
	}
	smallest, final := min(h2.MaxHeaderTable, slices.Min(sizes)), min(h2.MaxHeaderTable, sizes[len(sizes)-1])
	switch {
	case len(updates) > 2, smallest < had && len(updates) == 0,
		len(updates) > 0 && (updates[0] > smallest || updates[len(updates)-1] != final):
		t.Errorf("after sizes %v: updates %v", sizes, updates)
	}
}

// TestKeepaliveDue: an answer is due within the time of silence again, within bounds.
func TestKeepaliveDue(t *testing.T) {
	t.Parallel()
	for interval, due := range map[time.Duration]time.Duration{
		10 * time.Millisecond: time.Second, 3 * time.Second: 3 * time.Second, time.Minute: 20 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			var pinged atomic.Int64
			start := time.Now()
			c := pipeClient(t, func(nc net.Conn) {
				p := newPeer(nc)
				p.start()
				_, _ = p.await(func(h http2.FrameHeader) bool { return h.Type == http2.FramePing })
				pinged.Store(int64(time.Since(start)))
				_, _ = io.Copy(io.Discard, nc)
			}, func(o *setup) { o.Keepalive = interval })
			_, _, err := do(t.Context(), c, stream.Unary, nil, nil)
			var dead *call.KeepaliveError
			if !errors.As(err, &dead) || dead.After != due || time.Since(start)-time.Duration(pinged.Load()) != due {
				t.Errorf("--keepalive %v: after %v and %v: %v", interval, time.Duration(pinged.Load()), time.Since(start), err)
			}
			c.Close()
		})
	}
}

// TestCreditOfBrokenStream: DATA of streams that are over counts for the connection's
// window, padding included, and is given back.
func TestCreditOfBrokenStream(t *testing.T) {
	t.Parallel()
	piece := append(grpcwire.AppendPrefix(nil, 0, 1<<20), make([]byte, 15000)...)
	sent := make(chan struct{})
	addr := listen(t, afterRequest(func(p *peer, id uint32) {
		defer close(sent)
		_ = p.fr.WriteRSTStream(id, http2.ErrCodeCancel)
		window := int64(h2.ConnWindow)
		for sent := 0; sent < 3*h2.ConnWindow; sent += len(piece) + 256 {
			for window -= int64(len(piece) + 256); window < 0; {
				f, err := p.await(func(h http2.FrameHeader) bool { return h.Type == http2.FrameWindowUpdate && h.StreamID == 0 })
				if err != nil {
					t.Error("no window:", err)
					return
				}
				window += int64(f.(*http2.WindowUpdateFrame).Increment)
			}
			_ = p.fr.WriteDataPadded(id, false, piece, make([]byte, 255))
		}
	}))
	var reset *call.ResetError
	if _, _, err := do(ctxFor(t), newClient(t, addr), stream.Unary, nil, nil); !errors.As(err, &reset) {
		t.Fatal(err)
	}
	<-sent
}
