// Package compress has the encodings of messages: identity, gzip and zstd. What expands is
// bounded by the largest message, whatever its header says.
package compress

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/idlcall/idlcall/pkg/internal/grow"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
)

// Names of message encodings (gRPC doc/compression.md).
const (
	EncodingIdentity = "identity"
	EncodingGzip     = "gzip"
	EncodingZstd     = "zstd"
	// AcceptEncoding begins with identity, since Kitex servers fail on a
	// bare "gzip". zstd is understood always, but offered only to those who
	// are sent it: it is no encoding of gRPC's own.
	AcceptEncoding     = "identity,gzip"
	AcceptEncodingZstd = "identity,gzip,zstd"
)

// resetWriter is what gzip.Writer and zstd.Encoder share.
type resetWriter interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// Compressor compresses the messages of one stream.
type Compressor struct {
	w   resetWriter
	buf bytes.Buffer
}

// Known reports whether messages may be in an encoding; empty is identity.
func Known(encoding string) bool {
	switch encoding {
	case "", EncodingIdentity, EncodingGzip, EncodingZstd:
		return true
	}
	return false
}

// New returns nil for no compression. The encoding is Known.
func New(encoding string) (*Compressor, error) {
	switch encoding {
	case EncodingGzip:
		c := &Compressor{}
		c.w = gzip.NewWriter(&c.buf)
		return c, nil
	case EncodingZstd:
		c := &Compressor{}
		w, err := zstd.NewWriter(&c.buf, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, fmt.Errorf("start zstd: %w", err)
		}
		c.w = w
		return c, nil
	}
	return nil, nil
}

// compress returns body compressed, valid until the next call.
func (c *Compressor) compress(body []byte) ([]byte, error) {
	c.buf.Reset()
	c.w.Reset(&c.buf)
	if _, err := c.w.Write(body); err != nil {
		return nil, fmt.Errorf("compress a message: %w", err)
	}
	if err := c.w.Close(); err != nil {
		return nil, fmt.Errorf("compress a message: %w", err)
	}
	return c.buf.Bytes(), nil
}

// Message returns what goes on the wire for a body, and the flags of its prefix. A
// nil compressor leaves the body as it is.
func (c *Compressor) Message(body []byte) (wire []byte, flags byte, err error) {
	if c == nil {
		return body, 0, nil
	}
	wire, err = c.compress(body)
	return wire, grpcwire.FlagCompressed, err
}

// LimitError says that a message is larger than Expander.Limit.
type LimitError struct{ Limit int }

func (e *LimitError) Error() string {
	return fmt.Sprintf("a message that has more than %d bytes when it is expanded", e.Limit)
}

// Expander expands the messages of one stream, of more than Limit bytes none.
type Expander struct {
	Encoding string
	Limit    int
	src      bytes.Reader
	gzip     *gzip.Reader
	zstd     *zstd.Decoder
	buf      []byte
}

// maxZstdWindow bounds the memory of a zstd decoder (RFC 8878 section 3.1.1.1.2
// recommends to support at least 8 MiB).
const maxZstdWindow = 8 << 20

// Expand returns body decompressed, valid until the next call. The result grows
// with what is really there: no length that the peer states is trusted.
func (d *Expander) Expand(body []byte) ([]byte, error) {
	d.src.Reset(body)
	r, err := d.reader()
	if err != nil {
		return nil, err
	}
	d.buf = d.buf[:0]
	for {
		if len(d.buf) == cap(d.buf) {
			d.buf = grow.For(d.buf, len(d.buf)+1<<20, 512)
		}
		n, err := r.Read(d.buf[len(d.buf):min(cap(d.buf), d.Limit+1)])
		d.buf = d.buf[:len(d.buf)+n]
		if len(d.buf) > d.Limit {
			return nil, &LimitError{d.Limit}
		}
		if err == io.EOF {
			return d.buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// reader starts the decoder on src.
func (d *Expander) reader() (io.Reader, error) {
	if d.Encoding == EncodingGzip {
		if d.gzip == nil {
			d.gzip = new(gzip.Reader)
		}
		return d.gzip, d.gzip.Reset(&d.src)
	}
	if d.zstd == nil {
		r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, err
		}
		d.zstd = r
	}
	return d.zstd, d.zstd.Reset(&d.src)
}

// Close frees what the decoders hold.
func (d *Expander) Close() {
	if d != nil && d.zstd != nil {
		d.zstd.Close()
	}
}
