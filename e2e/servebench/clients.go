package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// item is an Item with id, name, ok and two tags.
var item = []byte("\x08\x05\x12\x05hello\x18\x01\x22\x01a\x22\x01b")

// http2Client keeps so many calls of gRPC under way.
func http2Client(c net.Conn, l load) (int, error) {
	out := bufio.NewWriterSize(c, 64<<10)
	in := bufio.NewReaderSize(c, 64<<10)
	f := http2.NewFramer(out, in)
	_, _ = io.WriteString(out, http2.ClientPreface)
	_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
	_ = f.WriteWindowUpdate(0, 1<<30)
	block := headers()
	body := append([]byte{0, 0, 0, 0, byte(len(item))}, item...)
	next, open, done, got := uint32(1), 0, 0, 0
	end := time.Now().Add(l.time)
	begin := func() {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: next, BlockFragment: block, EndHeaders: true})
		_ = f.WriteData(next, true, body)
		next += 2
		open++
	}
	for range l.streams {
		begin()
	}
	for open > 0 {
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return 0, err
			}
		}
		frame, err := f.ReadFrame()
		if err != nil {
			return 0, err
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = f.WriteSettingsAck()
			}
			continue
		case *http2.PingFrame:
			if !frame.IsAck() {
				_ = f.WritePing(true, frame.Data)
			}
			continue
		case *http2.DataFrame:
			if bytes.Equal(frame.Data(), body) {
				got++
			}
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return 0, fmt.Errorf("%v", frame)
		}
		if frame.Header().Flags&1 == 0 || frame.Header().StreamID == 0 { // END_STREAM of DATA and HEADERS
			continue
		}
		open--
		done++
		if time.Now().Before(end) {
			begin()
		}
	}
	if got != done {
		return 0, fmt.Errorf("%d of %d answers are an echo", got, done)
	}
	return done, out.Flush()
}

// headers are those of a call, without anything for the table.
func headers() []byte {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	e.SetMaxDynamicTableSizeLimit(0)
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", "/bench.Bench/Unary"}, {":authority", "localhost"},
		{"content-type", "application/grpc"}, {"te", "trailers"}, {"user-agent", "servebench"},
	} {
		_ = e.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]})
	}
	return block.Bytes()
}

// ttheaderClient makes one call after the other.
func ttheaderClient(c net.Conn, l load) (int, error) {
	call := ttheaderCall()
	in := bufio.NewReaderSize(c, 64<<10)
	end := time.Now().Add(l.time)
	answer := make([]byte, 4096)
	for done := 1; ; done++ {
		if _, err := c.Write(call); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(in, answer[:4]); err != nil {
			return 0, err
		}
		n := int(binary.BigEndian.Uint32(answer))
		if n > len(answer) {
			return 0, fmt.Errorf("an answer of %d bytes", n)
		}
		if _, err := io.ReadFull(in, answer[:n]); err != nil {
			return 0, err
		}
		if !bytes.Contains(answer[:n], []byte("hello")) {
			return 0, fmt.Errorf("no echo: %q", answer[:n])
		}
		if !time.Now().Before(end) {
			return done, nil
		}
	}
}

// ttheaderCall is a call of EchoTypes/Echo.
func ttheaderCall() []byte {
	message := []byte{0x80, 1, 0, 1, 0, 0, 0, 4}
	message = append(message, "Echo\x00\x00\x00\x01"...)
	message = append(message, 0x0c, 0, 1) // the argument
	message = append(message, 0x0b, 0, 1, 0, 0, 0, 5)
	message = append(message, "hello"...)
	message = append(message, 0, 0)
	header := []byte{0, 0, 1} // binary, no transforms; string pairs
	header = append(header, 0, 1)
	for _, s := range []string{"isn", "EchoTypes"} {
		header = binary.BigEndian.AppendUint16(header, uint16(len(s)))
		header = append(header, s...)
	}
	for len(header)%4 != 0 {
		header = append(header, 0)
	}
	frame := []byte{0x10, 0, 0, 0, 0, 0, 0, 1}
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(header)/4))
	frame = append(append(frame, header...), message...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...)
}
