package peer

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// fault is what a scripted HTTP/2 server does about a request.
type fault func(f *http2.Framer, stream uint32, conn net.Conn)

// afterReply is a fault after the first reply, {"text":"before"}.
func afterReply(do fault) fault {
	return func(f *http2.Framer, stream uint32, conn net.Conn) {
		reply(f, stream)
		do(f, stream, conn)
	}
}

// faults are the ways in which a connection can go wrong in mid-stream, and some
// in which it does not.
var faults = map[string]fault{
	// REFUSED says that the request was not looked at.
	"REFUSED": func(f *http2.Framer, stream uint32, _ net.Conn) {
		_ = f.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
	},
	"CLOSE": afterReply(func(_ *http2.Framer, _ uint32, conn net.Conn) { finish(conn) }),
	"RST": afterReply(func(f *http2.Framer, stream uint32, _ net.Conn) {
		_ = f.WriteRSTStream(stream, http2.ErrCodeInternal)
	}),
	"GOAWAY": afterReply(func(f *http2.Framer, stream uint32, conn net.Conn) {
		_ = f.WriteGoAway(stream, http2.ErrCodeEnhanceYourCalm, []byte("enough of this"))
		finish(conn)
	}),
	// DRAIN announces that the server goes away, and finishes the call.
	"DRAIN": afterReply(func(f *http2.Framer, stream uint32, _ net.Conn) {
		_ = f.WriteGoAway(stream, http2.ErrCodeNo, nil)
		_ = f.WriteHeaders(http2.HeadersFrameParam{
			StreamID: stream, EndHeaders: true, EndStream: true,
			BlockFragment: block("grpc-status", "0"),
		})
	}),
	// MALFORMED answers with a group that does not end.
	"MALFORMED": func(f *http2.Framer, stream uint32, _ net.Conn) {
		replyWith(f, stream, []byte{11, 0, 'c', 'u', 't'})
		trailers(f, stream, "grpc-status", "0")
	},
	// OPEN leaves the call open and waits for what the client does.
	"OPEN": afterReply(func(*http2.Framer, uint32, net.Conn) {}),
	// DEAF reads no more frames after the reply: pings have no answer.
	"DEAF": afterReply(func(_ *http2.Framer, _ uint32, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }),
	// EMPTYEND has a status in the header, and the end of the stream in a DATA frame
	// of its own.
	"EMPTYEND": func(f *http2.Framer, stream uint32, _ net.Conn) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, EndHeaders: true, BlockFragment: block(
			":status", "200", "content-type", "application/grpc", "grpc-status", "5", "grpc-message", "not here")})
		_ = f.WriteData(stream, true, nil)
	},
	// SHRINK takes back all window and answers the half-close.
	"SHRINK": func(f *http2.Framer, stream uint32, conn net.Conn) {
		for frame, err := f.ReadFrame(); err == nil; frame, err = f.ReadFrame() {
			switch h := frame.Header(); {
			case h.Type == http2.FrameData && h.Flags.Has(http2.FlagDataEndStream):
				trailers(f, stream, "grpc-status", "0")
				finish(conn)
				return
			case h.Type == http2.FrameData:
				_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
				reply(f, stream)
			case h.Type == http2.FrameSettings && !h.Flags.Has(http2.FlagSettingsAck):
				_ = f.WriteSettingsAck()
			}
		}
	},
	// FLOOD sends more than a pipe holds, within the client's window, and waits.
	"FLOOD": afterReply(func(f *http2.Framer, stream uint32, _ net.Conn) {
		for range 30_000 {
			_ = f.WriteData(stream, false, prefixed(encodeReply("more", 0, 0, nil)))
		}
	}),
}

// finish ends our side of the TCP connection. Closing it all with something unread
// would make the kernel send a reset instead, now and then.
func finish(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}

// scripted serves HTTP/2 frame by frame, and answers each request with the fault.
func (p *Peers) scripted(l net.Listener, do fault) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			p.script(conn, do)
		}()
	}
}

// script serves a connection until the client closes it.
func (p *Peers) script(conn net.Conn, do fault) {
	if t, ok := conn.(*tls.Conn); ok && t.Handshake() != nil {
		return
	}
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil || string(preface) != http2.ClientPreface {
		return
	}
	f := http2.NewFramer(conn, conn)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if f.WriteSettings() != nil {
		return
	}
	ids := map[uint32]string{}
	defer func() {
		for _, id := range ids {
			p.journal.note(id, "connection closed")
		}
	}()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		p.react(f, frame, conn, ids, do)
	}
}

func (p *Peers) react(f *http2.Framer, frame http2.Frame, conn net.Conn, ids map[uint32]string, do fault) {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			_ = f.WriteSettingsAck()
		}
	case *http2.PingFrame:
		_ = f.WritePing(true, frame.Data)
	case *http2.RSTStreamFrame:
		p.journal.note(ids[frame.StreamID], "RST_STREAM "+frame.ErrCode.String())
		delete(ids, frame.StreamID)
	case *http2.MetaHeadersFrame:
		for _, field := range frame.Fields {
			if field.Name == "x-call-id" {
				ids[frame.StreamID] = field.Value
			}
		}
		do(f, frame.StreamID, conn)
	}
}

// reply sends response headers and {"text":"before"}.
func reply(f *http2.Framer, stream uint32) { replyWith(f, stream, encodeReply("before", 0, 0, nil)) }

// replyWith sends response headers and a message.
func replyWith(f *http2.Framer, stream uint32, body []byte) {
	_ = f.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, EndHeaders: true,
		BlockFragment: block(":status", "200", "content-type", "application/grpc"),
	})
	_ = f.WriteData(stream, false, prefixed(body))
}

// block encodes names and values as header fields.
func block(pairs ...string) []byte {
	var b bytes.Buffer
	encoder := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return b.Bytes()
}

// prefixed puts gRPC's five bytes before a message.
func prefixed(body []byte) []byte {
	n := len(body)
	return append([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}
