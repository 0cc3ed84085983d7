// Command frames calls bench.Bench on bare HTTP/2 frames: what the network and the server
// cost, and what no client can be faster than. It knows neither descriptors nor JSON, and
// reads messages no further than to count them. Its arguments are an address and
//
//	many COUNT [SIZE]   one server stream of so many messages
//	each COUNT          so many unary calls, one after the other
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/encoding/protowire"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "frames:", err)
		os.Exit(1)
	}
}

func run(address, mode string, args []string) error {
	var numbers []uint64
	for _, arg := range args {
		n, err := strconv.ParseUint(arg, 10, 32)
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer nc.Close()
	c := newClient(nc)
	if mode == "many" {
		return c.many(numbers)
	}
	return c.each(int(numbers[0]))
}

// window is what a server may send before it hears from us.
const window = 1 << 20

// client is one connection with one stream at a time.
type client struct {
	nc     net.Conn
	w      bytes.Buffer // to be written
	fr     *http2.Framer
	block  bytes.Buffer
	enc    *hpack.Encoder
	id     uint32
	unread int // bytes of DATA for which the server has not got its window back
}

func newClient(nc net.Conn) *client {
	c := &client{nc: nc, id: 1}
	c.fr = http2.NewFramer(&c.w, bufio.NewReaderSize(nc, 64<<10))
	c.fr.SetReuseFrames()
	c.enc = hpack.NewEncoder(&c.block)
	c.w.WriteString(http2.ClientPreface)
	_ = c.fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window})
	_ = c.fr.WriteWindowUpdate(0, window)
	return c
}

// flush writes what there is in one piece.
func (c *client) flush() error {
	_, err := c.w.WriteTo(c.nc)
	return err
}

// request writes a whole request.
func (c *client) request(method string, message []byte) error {
	c.block.Reset()
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", "/bench.Bench/" + method}, {":authority", "localhost"},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		_ = c.enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	_ = c.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: c.id, BlockFragment: c.block.Bytes(), EndHeaders: true})
	data := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
	_ = c.fr.WriteData(c.id, true, data)
	return c.flush()
}

// answer reads frames to the end of the stream, and counts messages.
func (c *client) answer() (messages int, err error) {
	var left []byte // of a message that has not come whole
	for {
		f, err := c.fr.ReadFrame()
		if err != nil {
			return 0, err
		}
		switch f := f.(type) {
		case *http2.DataFrame:
			var n int
			if n, left = count(left, f.Data()); n > 0 {
				messages += n
			}
			err = c.credit(len(f.Data()))
		case *http2.HeadersFrame:
			if f.StreamEnded() {
				c.id += 2
				return messages, nil
			}
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = c.fr.WriteSettingsAck()
				err = c.flush()
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				_ = c.fr.WritePing(true, f.Data)
				err = c.flush()
			}
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return messages, fmt.Errorf("the server ended the stream: %v", f)
		}
		if err != nil {
			return messages, err
		}
	}
}

// count is how many messages end in a piece of a body, and what is left behind the last.
func count(left, piece []byte) (int, []byte) {
	b, n := piece, 0
	if len(left) > 0 {
		b = append(left, piece...)
	}
	for len(b) >= 5 && len(b)-5 >= int(binary.BigEndian.Uint32(b[1:])) {
		b = b[5+binary.BigEndian.Uint32(b[1:]):]
		n++
	}
	return n, append(left[:0:0], b...)
}

// credit gives the server its window back.
func (c *client) credit(n int) error {
	if c.unread += n; c.unread < window/2 {
		return nil
	}
	_ = c.fr.WriteWindowUpdate(0, uint32(c.unread))
	_ = c.fr.WriteWindowUpdate(c.id, uint32(c.unread))
	c.unread = 0
	return c.flush()
}

func (c *client) many(numbers []uint64) error {
	var request []byte
	for i, n := range numbers {
		request = protowire.AppendVarint(protowire.AppendTag(request, protowire.Number(i+1), protowire.VarintType), n)
	}
	if err := c.request("Many", request); err != nil {
		return err
	}
	got, err := c.answer()
	if err == nil && got != int(numbers[0]) {
		err = fmt.Errorf("%d messages, want %d", got, numbers[0])
	}
	return err
}

func (c *client) each(calls int) error {
	message := []byte("\x08\x07\x12\x09some name\x18\x01")
	for range calls {
		if err := c.request("Unary", message); err != nil {
			return err
		}
		if got, err := c.answer(); err != nil || got != 1 {
			return fmt.Errorf("%d messages, want 1: %w", got, err)
		}
	}
	return nil
}
