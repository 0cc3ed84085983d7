package client

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call/internal/h2"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// rawServer answers on bare frames, so that a benchmark measures the client:
// every END_STREAM with messages copies of a message, then status OK.
func rawServer(messages int, message []byte) func(net.Conn) {
	size := len(message) + grpcwire.PrefixLen
	return framesServer(messages, max(1, min(messages, 16000/size)), message)
}

// framesServer puts perFrame messages into each DATA frame.
func framesServer(messages, perFrame int, message []byte) func(net.Conn) {
	batch := append(grpcwire.AppendPrefix(nil, 0, uint32(len(message))), message...)
	batch = bytes.Repeat(batch, perFrame)
	return func(nc net.Conn) {
		p := newPeer(nc)
		p.start()
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				return
			}
			switch f := f.(type) {
			case *http2.DataFrame:
				p.received += len(f.Data())
				if p.received > 1<<20 {
					_ = p.fr.WriteWindowUpdate(0, uint32(p.received))
					_ = p.fr.WriteWindowUpdate(f.StreamID, uint32(p.received))
					p.received = 0
				}
				if f.StreamEnded() {
					p.credit = h2.StreamWindow
					p.header(f.StreamID, false, ":status", "200", "content-type", "application/grpc")
					for left := messages; left > 0; left -= perFrame {
						if p.credit -= int64(len(batch)); p.credit < 0 {
							p.awaitCredit()
						}
						_ = p.fr.WriteData(f.StreamID, false, batch)
					}
					p.header(f.StreamID, true, "grpc-status", "0")
				}
			case *http2.SettingsFrame:
				if !f.IsAck() {
					_ = p.fr.WriteSettingsAck()
				}
			case *http2.WindowUpdateFrame:
				if f.StreamID != 0 {
					p.credit += int64(f.Increment)
				}
			case *http2.PingFrame:
				if !f.IsAck() {
					_ = p.fr.WritePing(true, f.Data)
				}
			}
			if p.br.Buffered() == 0 {
				p.bw.Flush()
			}
		}
	}
}

// peer is the server's side of a connection, at the level of frames.
type peer struct {
	nc       net.Conn
	br       *bufio.Reader
	bw       *bufio.Writer
	fr       *http2.Framer
	enc      *hpack.Encoder
	block    bytes.Buffer
	received int
	credit   int64 // stream window of the only big stream
}

func newPeer(nc net.Conn) *peer {
	p := &peer{nc: nc, br: bufio.NewReader(nc), bw: bufio.NewWriterSize(nc, 32<<10), credit: h2.StreamWindow}
	p.fr = http2.NewFramer(p.bw, p.br)
	p.fr.SetReuseFrames()
	p.fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	p.enc = hpack.NewEncoder(&p.block)
	return p
}

// start reads the preface and sends SETTINGS.
func (p *peer) start(settings ...http2.Setting) {
	preface := make([]byte, len(http2.ClientPreface))
	_, _ = io.ReadFull(p.br, preface)
	if len(settings) == 0 {
		settings = []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 4 << 20}}
		_ = p.fr.WriteSettings(settings...)
		_ = p.fr.WriteWindowUpdate(0, 16<<20)
	} else {
		_ = p.fr.WriteSettings(settings...)
	}
	p.bw.Flush()
}

// header writes one header block of name, value, ...
func (p *peer) header(id uint32, end bool, fields ...string) {
	p.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = p.enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	_ = p.fr.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: p.block.Bytes(), EndStream: end, EndHeaders: true,
	})
}

// awaitCredit reads until the stream's window is open again.
func (p *peer) awaitCredit() {
	p.bw.Flush()
	for p.credit < 0 {
		f, err := p.fr.ReadFrame()
		if err != nil {
			return
		}
		if w, ok := f.(*http2.WindowUpdateFrame); ok && w.StreamID != 0 {
			p.credit += int64(w.Increment)
		}
	}
}

func BenchmarkUnary(b *testing.B) {
	c := newClient(b, listen(b, rawServer(1, make([]byte, 64))))
	body := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := do(b.Context(), c, stream.Unary, nil, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnaryParallel50(b *testing.B) {
	c := newClient(b, listen(b, rawServer(1, make([]byte, 64))))
	body := make([]byte, 64)
	b.ReportAllocs()
	b.SetParallelism(25)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := do(b.Context(), c, stream.Unary, nil, body); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkServerStream100k(b *testing.B) {
	const messages = 100_000
	for _, perFrame := range []int{1, 640} {
		b.Run(fmt.Sprintf("perframe=%d", perFrame), func(b *testing.B) {
			receiveAll(b, messages, newClient(b, listen(b, framesServer(messages, perFrame, make([]byte, 20)))))
		})
	}
}

func receiveAll(b *testing.B, messages int, c *testClient) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := c.Open(b.Context(), rpc(method(stream.Server), nil))
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Send(nil); err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			if _, err := s.Recv(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n < messages {
			b.Fatal(n)
		}
		s.Close(nil)
	}
}

func BenchmarkClientStream100k(b *testing.B) {
	c := newClient(b, listen(b, rawServer(1, make([]byte, 20))))
	body := make([]byte, 20)
	b.ReportAllocs()
	for b.Loop() {
		s, err := c.Open(b.Context(), rpc(method(stream.Client), nil))
		if err != nil {
			b.Fatal(err)
		}
		for range 100_000 {
			if err := s.Send(body); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.CloseSend(); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Recv(); err != nil {
			b.Fatal(err)
		}
		s.Close(nil)
	}
}

func BenchmarkBidi10k(b *testing.B) {
	c := newClient(b, startH2C(b, grpcHandler(echo)))
	body := make([]byte, 20)
	b.ReportAllocs()
	for b.Loop() {
		s, err := c.Open(b.Context(), rpc(method(stream.Bidi), nil))
		if err != nil {
			b.Fatal(err)
		}
		go func() {
			for range 10_000 {
				_ = s.Send(body)
			}
			_ = s.CloseSend()
		}()
		for {
			if _, err := s.Recv(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		s.Close(nil)
	}
}
