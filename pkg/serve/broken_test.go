package serve_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/serve"
)

// raw is bytes in hexadecimal, or as text behind a quote.
func raw(t testing.TB, s string) []byte {
	t.Helper()
	if text, ok := strings.CutPrefix(s, "'"); ok {
		return []byte(text)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// broken are clients that do not do as they should. They send bytes, then close or stall.
var broken = []struct {
	name, send string
	stall      bool
	want       string // of the error; empty for none
}{
	{"goes at once", "", false, ""},
	{"says nothing", "", true, "timeout"},
	{"one byte, then nothing", "80", true, "timeout"},
	{"one byte", "80", false, "unexpected EOF"},
	{"half a preface, then nothing", "'PRI * HTTP/2", true, "timeout"},
	{"half a preface", "'PRI * HTTP/2", false, "unexpected EOF"},
	{"a preface, then nothing", "'" + detect.Preface, true, "timeout"},
	{"a preface", "'" + detect.Preface, false, ""},
	{"a preface, then rubbish", "'" + detect.Preface + "rubbish rubbish rubbish rubbish", false, "connection error: FRAME_SIZE_ERROR"},
	{"a preface, then a request", "'" + detect.Preface + "\x00\x00\x00\x01\x05\x00\x00\x00\x01", true, "connection error: PROTOCOL_ERROR"},
	{"rubbish", "01 02 03 04 05 06 07 08 09", false, "the client speaks no protocol of this server (01 02 03 04 05 06 07 08 09)"},
	{"TLS", "16 03 01 02 00 01 00 01 fc", false, "the client speaks TLS (16 03 01 02 00 01 00 01 fc)"},
	{"HTTP/1 that is none", "'GET / HTTP/1.1\r\n\r\n", false, ""},
	{"half a request of HTTP/1", "'POST /a.B/C HTTP/1.1\r\nHost: a\r\nContent-Type: application/proto\r\nContent-Length: 9\r\n\r\nabc", false, ""},
	{"half a header of HTTP/1", "'POST /a.B/C HTTP/1.1\r\nHost: a\r\n", true, ""},
	{"half a THeader", "00 00 00 10 0f ff 00 00 00 00", false, "unexpected EOF"},
	{"THeader around rubbish", "00 00 00 12 0f ff 00 00 00 00 00 01 00 01 00 00 00 00 01 02 03 04", false, "the client speaks THeader with no Thrift inside (01 02 03 04)"},
	{"a THeader too large", "3f ff ff ff 0f ff 00 00", true, "a request of 1073741827 bytes, above the limit of 67108864"},
	{"Kitex Protobuf without a frame", "90 01 00 01 00 00 00 01 65", false, "the client speaks no protocol of this server (90 01 00 01 00 00 00 01 65)"},
	{"a frame too large", "3f ff ff fb 80 01 00 01", true, "a request of 1073741823 bytes, above the limit of 67108864"},
	{"a frame of 4 GiB", "ff ff ff ff 80 01 00 01", true, "a request of 4294967299 bytes, above the limit of 67108864"},
	{"half a frame", "00 00 10 00 80 01 00 01 00 00 00 04", false, "unexpected EOF"},
	{"a frame shorter than its envelope", "00 00 00 04 80 01 00 01", false, "the envelope is cut short"},
	{"a name longer than its frame", "00 00 00 0c 80 01 00 01 00 ff ff ff 00 00 00 00", false, "the method name has 16777215 bytes, but only 4 follow"},
	{"a negative name", "00 00 00 0c 80 01 00 01 ff ff ff ff 00 00 00 00", false, "the method name has the length -1"},
	{"half a message", "80 01 00 01 00 00 00 04 65", false, "unexpected EOF"},
	{"a string too large", "80 01 00 01 00 00 00 01 65 00 00 00 01 0b 00 01 7f ff ff ff", true, "a request of 2147483667 bytes, above the limit of 67108864"},
	{"half a string", "80 01 00 01 00 00 00 01 65 00 00 00 01 0b 00 01 03 ff ff 00", false, "unexpected EOF"},
	{"TTHeader too large", "3f ff ff ff 10 00 00 00", true, "a request of 1073741827 bytes, above the limit of 67108864"},
	{"half a TTHeader", "00 00 00 20 10 00 00 00 00 00 00 01", false, "unexpected EOF"},
	{"a header beyond the frame", "00 00 00 0c 10 00 00 00 00 00 00 01 ff ff 00 00", false, "a TTHeader header of 262154 bytes in a frame of 16"},
	{"TTHeader around nothing", "00 00 00 0e 10 00 00 00 00 00 00 01 00 01 00 00 00 00", false, "the client speaks TTHeader with no Thrift inside ()"},
	{"TTHeader around rubbish", "00 00 00 16 10 00 00 00 00 00 00 01 00 01 00 00 00 00 01 02 03 04 05 06 07 08", false, "the client speaks TTHeader with no Thrift inside (05 06 07 08)"},
	{"a stream too large", "3f ff ff ff 10 00 00 02", true, "a request of 1073741827 bytes, above the limit of 67108864"},
	{"a stream without a type", "00 00 00 0e 10 00 00 02 00 00 00 01 00 01 10 00 00 00", false, "a frame of a stream without a type"},
	{"half a frame of a stream", "00 00 00 32 10 00 00 02 00 00", false, "unexpected EOF"},
	{"a stream, then a call", "00 00 00 1f 10 00 00 02 00 00 00 01 00 05 10 00 10 00 02 00 09 00 01 65 00 1b 00 01 32 00 00 00 00 00 00" +
		"00 00 00 20 10 00 00 00", false, "the client speaks no protocol of this server (00 00 00 20 10 00)"},
}

// TestBrokenClients: each ends with an error that says what it was, in a time that is bounded,
// and leaves nothing behind. The handler waits for more than comes.
func TestBrokenClients(t *testing.T) {
	t.Parallel()
	for _, tt := range broken {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &serve.Server{Find: always(echo)}
				ours, theirs := net.Pipe()
				defer ours.Close()
				go func() { _, _ = io.Copy(io.Discard, ours) }()
				go func() {
					_, _ = ours.Write(raw(t, tt.send))
					if !tt.stall {
						ours.Close()
					}
				}()
				begun := time.Now()
				err := s.ServeConn(t.Context(), theirs)
				text := ""
				if err != nil {
					text = err.Error()
				}
				if errors.Is(err, os.ErrDeadlineExceeded) {
					text = "timeout"
				}
				if text != tt.want {
					t.Errorf("%q, want %q", text, tt.want)
				}
				if took := time.Since(begun); took > serve.DefaultGreeting {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// TestAnnouncedMemory: what is announced and does not come takes no memory.
func TestAnnouncedMemory(t *testing.T) {
	for name, send := range map[string]string{
		"frame":    "03 ff ff 00 80 01 00 01 00 00 00 04",
		"TTHeader": "03 ff ff 00 10 00 00 00 00 00 00 01",
		"stream":   "03 ff ff 00 10 00 00 02 00 00 00 01",
		"buffered": "80 01 00 01 00 00 00 01 65 00 00 00 01 0b 00 01 03 ff ff 00",
	} {
		s := &serve.Server{Find: always(echo)}
		ours, theirs := net.Pipe()
		go func() {
			_, _ = ours.Write(raw(t, send))
			ours.Close()
		}()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := s.ServeConn(t.Context(), theirs)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 || err != io.ErrUnexpectedEOF {
			t.Errorf("%s: %d bytes, %v", name, took, err)
		}
	}
}

// callBytes is a call of Echo in a form.
func callBytes(p *protocol, framed bool) []byte {
	message := thriftwire.Append(nil, p.wire(), thriftwire.Envelope{Name: "Echo", Type: thriftwire.Call, Seq: 7}, p.body(3))
	if !framed {
		return message
	}
	n := len(message)
	return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, message...)
}

// streamBytes are frames of a stream: HEADER, and a DATA for each body.
func streamBytes(t testing.TB, id int32, end bool, bodies ...[]byte) []byte {
	t.Helper()
	b, err := ttheader.AppendStream(nil, ttheader.FrameHeader, id, "Echo", nil)
	for _, body := range bodies {
		if err == nil {
			b, err = ttheader.AppendStream(b, ttheader.FrameData, id, "Echo", body)
		}
	}
	if end && err == nil {
		b, err = ttheader.AppendStream(b, ttheader.FrameTrailer, id, "Echo", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHalfClose: a client that has closed its side still gets its answers.
func TestHalfClose(t *testing.T) {
	t.Parallel()
	binary, compact := named("framed"), named("framed compact")
	for name, send := range map[string][]byte{
		"framed": callBytes(binary, true), "buffered": callBytes(binary, false),
		"two calls": append(callBytes(binary, true), callBytes(compact, false)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error)
			s := &serve.Server{Find: always(echo)}
			go func() { served <- s.Serve(ctx, l) }()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, _ = c.Write(send)
			_ = c.(*net.TCPConn).CloseWrite()
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			got, err := io.ReadAll(c)
			if err != nil || len(got) != len(send) { // the reply has the size of the request
				t.Errorf("%x, %v", got, err)
			}
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNeverReads: a client that takes no answer is stopped in what it sends, and the end of
// the context ends it all.
func TestNeverReads(t *testing.T) {
	t.Parallel()
	many := bytes.Repeat([]byte{'x'}, 100_000)
	for name, send := range map[string][]byte{
		"calls":   bytes.Repeat(callBytes(named("framed"), true), 1000),
		"streams": bytes.Repeat(streamBytes(t, 1, false, many), 100),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer ours.Close()
				ctx, cancel := context.WithCancelCause(t.Context())
				served, sent := make(chan error, 1), make(chan int, 1)
				s := &serve.Server{Find: always(echo), MaxMessage: 1 << 20}
				go func() { served <- s.ServeConn(ctx, theirs) }()
				go func() {
					n, _ := ours.Write(send)
					sent <- n
				}()
				synctest.Wait()
				over := errors.New("over")
				cancel(over)
				if err := <-served; err != over {
					t.Error(err)
				}
				if n := <-sent; n > 2<<20 {
					t.Errorf("%d bytes were taken", n)
				}
			})
		})
	}
}

// TestManyStreams: above the limit a stream is refused; the others live.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		var running, most atomic.Int32
		s := &serve.Server{Find: always(func(ctx context.Context, s serve.ServerStream) error {
			n := running.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			defer running.Add(-1)
			return echo(ctx, s)
		})}
		served := make(chan error, 1)
		go func() { served <- s.ServeConn(t.Context(), theirs) }()
		go func() {
			for id := range int32(1000) {
				_, _ = ours.Write(streamBytes(t, id, false, []byte{0}))
			}
		}()
		echoed, refused := 0, 0
		for echoed+refused < 1000 {
			f := readFrame(t, ours)
			switch f.Type {
			case ttheader.FrameData:
				echoed++
			case ttheader.FrameTrailer:
				m, err := thriftwire.Parse(thriftwire.Binary, f.Payload)
				if err != nil {
					t.Fatal(err)
				}
				if _, text, _ := thriftwire.ParseException(thriftwire.Binary, m.Body); text != "too many streams on the connection" {
					t.Fatal(text)
				}
				refused++
			}
		}
		if echoed != serve.DefaultMaxStreams || most.Load() != serve.DefaultMaxStreams {
			t.Errorf("%d answered, %d refused, %d at once", echoed, refused, most.Load())
		}
		ours.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func readFrame(t *testing.T, c net.Conn) ttheader.StreamFrame {
	t.Helper()
	var length [4]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, ttheader.FrameLen(length[:]))
	copy(frame, length[:])
	if _, err := io.ReadFull(c, frame[4:]); err != nil {
		t.Fatal(err)
	}
	f, err := ttheader.ParseStream(frame)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSlowHandler: what waits for a handler is bounded, in messages and in bytes, and so is
// the client. When it reads at last, nothing is missing.
func TestSlowHandler(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 300_000} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			const messages = 200
			begin, got := make(chan struct{}), 0
			s := &serve.Server{MaxMessage: 1 << 20, Find: always(func(_ context.Context, s serve.ServerStream) error {
				<-begin
				for {
					body, err := s.Recv()
					if err == io.EOF {
						return nil
					}
					if err != nil || len(body) != size || body[0] != byte(got) {
						return fmt.Errorf("message %d: %d bytes, %w", got, len(body), err)
					}
					got++
				}
			})}
			go func() { _ = s.ServeConn(t.Context(), theirs) }()
			var sent atomic.Int32
			go func() {
				_, _ = ours.Write(streamBytes(t, 1, false))
				for i := range messages {
					body := bytes.Repeat([]byte{byte(i)}, size)
					frame, _ := ttheader.AppendStream(nil, ttheader.FrameData, 1, "Echo", body)
					_, _ = ours.Write(frame)
					sent.Add(1)
				}
				frame, _ := ttheader.AppendStream(nil, ttheader.FrameTrailer, 1, "Echo", nil)
				_, _ = ours.Write(frame)
			}()
			synctest.Wait()
			if n := int(sent.Load()); n > 130 || n*size > 3<<20 {
				t.Errorf("%d messages of %d bytes were taken", n, size)
			}
			close(begin)
			for readFrame(t, ours).Type != ttheader.FrameTrailer {
			}
			if got != messages {
				t.Errorf("%d messages arrived", got)
			}
		})
	}
}

// TestManyHTTP2Streams: a client that opens more than it may is cut off, and one that keeps
// to the rules gets through.
func TestManyHTTP2Streams(t *testing.T) {
	t.Parallel()
	s := &serve.Server{Find: always(echo), MaxStreams: 3}
	ours, theirs := net.Pipe()
	defer ours.Close()
	served := make(chan error, 1)
	go func() { served <- s.ServeConn(t.Context(), theirs) }()
	go func() { _, _ = ours.Write([]byte(detect.Preface)) }()
	framer := http2.NewFramer(nil, ours)
	f, err := framer.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := f.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("%v", f)
	}
	if n, _ := settings.Value(http2.SettingMaxConcurrentStreams); n != 3 {
		t.Errorf("MAX_CONCURRENT_STREAMS %d", n)
	}
	ours.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestContextEnds: the end of the context ends connections in every state, with its cause,
// and ServeConn waits for handlers.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	over := errors.New("over")
	for name, send := range map[string][]byte{
		"before the first byte": nil,
		"inside a frame":        raw(t, "00 00 10 00 80 01 00 01 00"),
		"inside a call":         callBytes(named("framed"), true),
		"inside a stream":       streamBytes(t, 1, false),
		"HTTP/2":                []byte(detect.Preface),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				var handlers sync.WaitGroup
				s := &serve.Server{Find: always(func(ctx context.Context, _ serve.ServerStream) error {
					handlers.Add(1)
					defer handlers.Done()
					<-ctx.Done()
					time.Sleep(time.Second)
					return nil
				})}
				ours, theirs := net.Pipe()
				defer ours.Close()
				go func() { _, _ = io.Copy(io.Discard, ours) }()
				go func() { _, _ = ours.Write(send) }()
				time.AfterFunc(time.Second, func() { cancel(over) })
				if err := s.ServeConn(ctx, theirs); err != over {
					t.Error(err)
				}
				handlers.Wait() // is over, or the bubble is in deadlock
			})
		})
	}
}

// TestServe: a listener that fails is the error; the end of the context is none.
func TestServe(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := &serve.Server{Find: always(echo)}
	if err := s.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// FuzzServeConn: whatever a client sends, the server answers or hangs up, in bounded time and
// memory. The recordings of gRPC are among the seeds.
func FuzzServeConn(f *testing.F) {
	for _, tt := range broken {
		f.Add(raw(f, tt.send))
	}
	for i := range protocols {
		if p := &protocols[i]; !p.family.streams() {
			f.Add(callBytes(p, true))
			f.Add(callBytes(p, false))
		}
	}
	f.Add(http2Bytes())
	f.Add([]byte("POST /a.B/C HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\nConnect-Timeout-Ms: 10\r\nContent-Length: 7\r\n\r\n\x00\x00\x00\x00\x02{}"))
	f.Add([]byte("POST /a.B/C HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc-web-text\r\nContent-Length: 8\r\n\r\nAAAAAAE="))
	f.Add([]byte("GET /a.B/C?connect=v1&encoding=json&message=%7B%7D&compression=gzip HTTP/1.1\r\nHost: a\r\n\r\n"))
	f.Add(streamBytes(f, 1, true, []byte{0}, []byte{0}))
	f.Add(append(streamBytes(f, 1, false, []byte{0}), streamBytes(f, 2, true)...))
	for _, name := range []string{"unary", "bidi", "metadata", "server-stream"} {
		recorded, err := os.ReadFile("../../testdata/recorded/" + name + ".client.bin")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(recorded)
	}
	s := &serve.Server{Find: always(echo), MaxMessage: 1 << 16, MaxStreams: 8, Greeting: time.Second}
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		synctest.Test(t, func(t *testing.T) { // a goroutine that is left would be a deadlock
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, ours) }()
			go func() {
				_, _ = ours.Write(data)
				ours.Close()
			}()
			begun := time.Now()
			err := s.ServeConn(t.Context(), theirs)
			if took := time.Since(begun); took > 5*time.Second {
				t.Fatalf("%v: %v", took, err)
			}
		})
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20+100*uint64(len(data)) {
			t.Fatalf("%d bytes for %d", took, len(data))
		}
	})
}
