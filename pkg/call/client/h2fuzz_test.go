package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/call/internal/h2"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// What a byte of FuzzWindows does; each takes one more byte as its argument.
const (
	doSend = iota
	doCloseSend
	doRecv
	doClose
	doCancel
	saySettings // two settings, so that a frame may hold the same one twice
	sayStreamWindow
	sayConnWindow
	sayHeader
	sayMessage
	sayPadding
	sayTrailer
	sayReset
	sayGoAway
	sayPing
	sayAnything
	fuzzOps
)

// fuzzSettings and fuzzSizes are what an argument stands for.
var (
	fuzzSettings = []http2.SettingID{
		http2.SettingInitialWindowSize, http2.SettingInitialWindowSize, http2.SettingMaxFrameSize, http2.SettingHeaderTableSize,
		http2.SettingMaxConcurrentStreams, http2.SettingMaxHeaderListSize, http2.SettingEnablePush, 99,
	}
	fuzzSizes = []uint32{0, 1, 5, 12, 100, 4096, 16383, 16384, 20000, 65535, 1 << 20, 1 << 24, 1<<31 - 1, 1 << 31}
)

func fuzzSetting(arg byte) http2.Setting {
	return http2.Setting{ID: fuzzSettings[arg&7], Val: fuzzSizes[int(arg>>3)%len(fuzzSizes)]}
}

// rulebook is what a client may send, as the peer sees it. Settings count from their
// acknowledgement on, which comes in the order of the frames; window updates from the
// moment they were sent, so that a window may look larger than the client knows it.
type rulebook struct {
	t *testing.T

	mu       sync.Mutex
	unacked  [][]http2.Setting
	initial  int64
	maxFrame uint32
	conn     int64
	streams  map[uint32]int64
	ended    map[uint32]bool
}

func newRulebook(t *testing.T) *rulebook {
	return &rulebook{
		t: t, initial: h2.DefaultWindow, maxFrame: h2.DefaultMaxFrame, conn: h2.DefaultWindow,
		streams: map[uint32]int64{}, ended: map[uint32]bool{},
	}
}

// watch reads what the client sends until the connection ends.
func (r *rulebook) watch(nc net.Conn) {
	defer nc.Close()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(nc, preface); err != nil {
		return
	}
	fr := http2.NewFramer(io.Discard, nc)
	fr.SetMaxReadFrameSize(1<<24 - 1)
	for {
		f, err := fr.ReadFrame()
		if err != nil {
			if errors.As(err, new(http2.ConnectionError)) || errors.As(err, new(http2.StreamError)) {
				r.t.Errorf("the client sent %v", err)
			}
			_, _ = io.Copy(io.Discard, nc)
			return
		}
		r.judge(f)
	}
}

func (r *rulebook) judge(f http2.Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := f.Header()
	if h.Length > r.maxFrame {
		r.t.Errorf("%v, but frames may have %d bytes", h, r.maxFrame)
	}
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if f.IsAck() {
			r.acked()
		}
	case *http2.HeadersFrame:
		r.streams[h.StreamID] += r.initial
		r.ended[h.StreamID] = f.StreamEnded()
	case *http2.DataFrame:
		n := int64(h.Length)
		r.streams[h.StreamID] -= n
		r.conn -= n
		if n > 0 && (r.streams[h.StreamID] < 0 || r.conn < 0) {
			r.t.Errorf("%v leaves windows of %d and %d", h, r.streams[h.StreamID], r.conn)
		}
		if r.ended[h.StreamID] {
			r.t.Errorf("%v after the end of the stream", h)
		}
		r.ended[h.StreamID] = f.StreamEnded()
	}
}

func (r *rulebook) acked() {
	if len(r.unacked) == 0 {
		r.t.Error("an acknowledgement of nothing")
		return
	}
	for _, s := range r.unacked[0] {
		switch s.ID {
		case http2.SettingInitialWindowSize:
			for id := range r.streams {
				r.streams[id] += int64(s.Val) - r.initial
			}
			r.initial = int64(s.Val)
		case http2.SettingMaxFrameSize:
			r.maxFrame = s.Val
		}
	}
	r.unacked = r.unacked[1:]
}

// said notes what the peer is about to say.
func (r *rulebook) said(id uint32, window uint32, settings ...http2.Setting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case settings != nil:
		r.unacked = append(r.unacked, settings)
	case id == 0:
		r.conn += int64(window)
	default:
		r.streams[id] += int64(window)
	}
}

// say writes the frame that op stands for.
func (r *rulebook) say(p *peer, op, arg byte, rest []byte) {
	size := fuzzSizes[int(arg)%len(fuzzSizes)]
	switch op {
	case saySettings:
		settings := []http2.Setting{fuzzSetting(arg)}
		if len(rest) > 0 {
			settings = append(settings, fuzzSetting(rest[0]))
		}
		r.said(0, 0, settings...)
		_ = p.fr.WriteSettings(settings...)
	case sayStreamWindow:
		r.said(1, size)
		_ = p.fr.WriteWindowUpdate(1, size)
	case sayConnWindow:
		r.said(0, size)
		_ = p.fr.WriteWindowUpdate(0, size)
	case sayHeader:
		p.grpcHeader(1)
	case sayMessage:
		_ = p.fr.WriteDataPadded(1, arg&0x80 != 0, append(grpcwire.AppendPrefix(nil, 0, uint32(arg)), make([]byte, arg)...), make([]byte, arg))
	case sayPadding:
		for range int(arg) {
			_ = p.fr.WriteDataPadded(1, false, nil, make([]byte, 255))
		}
	case sayTrailer:
		p.header(1, true, "grpc-status", "0")
	case sayReset:
		_ = p.fr.WriteRSTStream(1, http2.ErrCode(arg))
	case sayGoAway:
		_ = p.fr.WriteGoAway(uint32(arg), http2.ErrCode(arg>>4), rest)
	case sayPing:
		_ = p.fr.WritePing(arg&1 == 1, [8]byte{arg})
	case sayAnything: // but for what the book has to know of
		typ := http2.FrameType(arg & 15)
		if typ == http2.FrameSettings || typ == http2.FrameWindowUpdate {
			return
		}
		_ = p.fr.WriteRawFrame(typ, http2.Flags(arg), uint32(arg>>6), rest[:min(len(rest), int(arg))])
	}
	p.bw.Flush()
}

// FuzzWindows has a peer and a caller do what the input says, in turns: whatever that
// is, the client keeps the peer's windows and frame sizes, and everything ends. Time is
// not real, so that what hangs is found at once.
func FuzzWindows(f *testing.F) {
	const shrink, wide = 0, 10 << 3 // INITIAL_WINDOW_SIZE
	f.Add(byte(3), []byte{doSend, 12, saySettings, shrink, doCloseSend, 0, sayHeader, 0, sayTrailer, 0, doRecv, 0})
	f.Add(byte(3), []byte{doSend, 200, saySettings, shrink, doSend, 200, saySettings, wide, doCloseSend, 0, sayStreamWindow, 10})
	f.Add(byte(1), []byte{doSend, 255, doSend, 255, doSend, 255, sayConnWindow, 10, sayStreamWindow, 10, sayStreamWindow, 12})
	f.Add(byte(0), []byte{doSend, 255, saySettings, 2 | 8<<3, sayHeader, 0, doRecv, 0, sayPadding, 255, sayPadding, 255, sayMessage, 7})
	f.Add(byte(2), []byte{doSend, 1, sayGoAway, 1, sayReset, 7, doRecv, 0, doClose, 0})
	f.Add(byte(3), []byte{sayConnWindow, 12, doCancel, 0, sayAnything, 9, sayPing, 0})
	f.Fuzz(func(t *testing.T, kind byte, program []byte) {
		if len(program) > 200 {
			return
		}
		synctest.Test(t, func(t *testing.T) { runWindows(t, stream.Type(kind&3), program) })
	})
}

func runWindows(t *testing.T, kind stream.Type, program []byte) {
	book := newRulebook(t)
	ours, theirs := net.Pipe()
	p := newPeer(theirs)
	dials := 0
	c := newClient(t, "pipe:1", func(o *setup) {
		o.Dial = func(context.Context) (net.Conn, error) {
			if dials++; dials > 1 {
				return nil, io.ErrUnexpectedEOF
			}
			return ours, nil
		}
	})
	book.unacked = append(book.unacked, nil)
	go book.watch(theirs)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := c.Open(ctx, rpc(method(kind), nil))
	if err != nil {
		t.Fatal(err)
	}
	sends, recvs, says := make(chan func(), len(program)), make(chan func(), len(program)), make(chan func(), len(program)+1)
	says <- func() { _ = p.fr.WriteSettings(); p.bw.Flush() }
	var running sync.WaitGroup
	for _, queue := range []chan func(){sends, recvs, says} {
		running.Go(func() {
			for do := range queue {
				do()
			}
		})
	}
	synctest.Wait()
	for i := 0; i+1 < len(program); i += 2 {
		arg := program[i+1]
		switch op := program[i] % fuzzOps; op {
		case doSend:
			sends <- func() { _ = s.Send(bytes.Repeat([]byte("x"), int(arg)*int(arg))) }
		case doCloseSend:
			sends <- func() { _ = s.CloseSend() }
		case doRecv:
			recvs <- func() { _, _ = s.Recv() }
		case doClose:
			_ = s.Close(nil)
		case doCancel:
			cancel()
		default:
			says <- func() { book.say(p, op, arg, program[i+2:]) }
		}
		synctest.Wait()
	}
	cancel()
	_ = s.Close(nil)
	_ = c.Close()
	_ = theirs.Close()
	for _, queue := range []chan func(){sends, recvs, says} {
		close(queue)
	}
	running.Wait()
}
