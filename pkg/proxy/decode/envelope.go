package decode

import (
	"encoding/base64"
	"errors"

	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// enveloped takes pieces of a body whose messages have a prefix.
func (x *exchange) enveloped(from proxy.Side, b []byte) {
	c := &x.content[from]
	n := min(c.skip, int64(len(b)))
	c.skip, b = c.skip-n, b[n:]
	if len(c.buf) > 0 {
		c.buf = append(c.buf, b...)
		b = c.buf
	}
	for len(b) >= grpcwire.PrefixLen {
		flags, size := grpcwire.ParsePrefix(b)
		if int64(size) > int64(x.conn.d.o.MaxMessage) {
			x.bad(from, b[grpcwire.PrefixLen:], int(size), x.tooLarge(int64(size)))
			have := min(int64(len(b)-grpcwire.PrefixLen), int64(size))
			c.skip, b = int64(size)-have, b[grpcwire.PrefixLen+int(have):]
			continue
		}
		whole := grpcwire.PrefixLen + int(size)
		if len(b) < whole {
			break
		}
		x.envelope(from, flags, b[grpcwire.PrefixLen:whole])
		b = b[whole:]
	}
	if len(b) == 0 && cap(c.buf) > keptBuffer {
		c.buf = nil
		return
	}
	c.buf = append(c.buf[:0], b...)
}

// envelope takes what follows a prefix: a message, or what ends the answer.
func (x *exchange) envelope(from proxy.Side, flags byte, body []byte) {
	wire := grpcwire.PrefixLen + len(body)
	if flags&grpcwire.FlagCompressed != 0 {
		plain, err := x.expanded(from, body)
		if err != nil {
			x.bad(from, body, len(body), "decompress: "+err.Error())
			return
		}
		body = plain
		if len(x.conn.open) > keptExpanders {
			defer x.dropExpander(from)
		}
	}
	switch {
	case x.kind.isWeb() && flags&grpcwire.FlagTrailer != 0:
		x.webTrailer(from, body)
	case x.kind == kindConnectStream && flags&connectwire.FlagEnd != 0:
		x.connectEnd(from, body)
	default:
		x.failed(x.message(from, body, wire))
	}
}

// expanded is a message that was compressed.
func (x *exchange) expanded(from proxy.Side, body []byte) ([]byte, error) {
	c := &x.content[from]
	if c.expand == nil {
		if c.encoding == "" || c.encoding == compress.EncodingIdentity {
			return nil, errors.New("no encoding is named")
		}
		if !compress.Known(c.encoding) {
			return nil, errors.New("encoding " + c.encoding + " is not known")
		}
		c.expand = &compress.Expander{Encoding: c.encoding, Limit: x.conn.d.o.MaxMessage}
	}
	return c.expand.Expand(body)
}

// keptExpanders is how many calls at once keep what expands their messages.
const keptExpanders = 16

func (x *exchange) dropExpander(from proxy.Side) {
	x.content[from].expand.Close()
	x.content[from].expand = nil
}

// webTrailer takes the trailer in the body of gRPC-Web.
func (x *exchange) webTrailer(from proxy.Side, block []byte) {
	fields, err := grpcwire.ParseTrailers(block)
	if err != nil {
		x.bad(from, block, len(block), err.Error())
		return
	}
	md := make(stream.Metadata, len(fields))
	for i, f := range fields {
		md[i] = stream.Pair{Name: f.Name, Value: f.Value}
	}
	x.trailed = md
	x.trailer(from, md)
}

// decodeText decodes base64, of which pieces with padding may follow each other.
func (c *content) decodeText(b []byte) ([]byte, error) {
	c.digits = append(c.digits, b...)
	whole := len(c.digits) / 4 * 4
	out := make([]byte, 0, base64.StdEncoding.DecodedLen(whole))
	for start := 0; start < whole; start += 4 {
		var three [3]byte
		n, err := base64.StdEncoding.Decode(three[:], c.digits[start:start+4])
		if err != nil {
			return b, err
		}
		out = append(out, three[:n]...)
	}
	c.digits = append(c.digits[:0], c.digits[whole:]...)
	return out, nil
}
