package grpc

import (
	"fmt"
	"io"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/compress"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// messages judges and expands what a peer answers on one stream, the same for
// gRPC and gRPC-Web.
type messages struct {
	opts     *call.Options
	trace    *stream.Trace
	target   string
	web      bool   // the trailer is part of the body
	encoding string // grpc-encoding of the answer
	received int
	expand   *compress.Expander
}

func (m *messages) violation(format string, args ...any) error {
	return &call.ProtocolError{Target: m.target, Saw: fmt.Sprintf(format, args...)}
}

// check judges a prefix before anything is allocated for its body.
func (m *messages) check(flags byte, n uint32) error {
	limit := m.opts.MaxMessageSize
	if m.isTrailer(flags) {
		flags &^= grpcwire.FlagTrailer
		limit = min(limit, web.MaxHeaderList)
	}
	switch {
	case flags&^grpcwire.FlagCompressed != 0:
		return m.violation("message with unknown flags 0x%02x", flags)
	case int64(n) > int64(limit):
		return &call.MessageSizeError{Size: int64(n), Limit: limit}
	case flags == 0:
		return nil
	case m.encoding == "":
		return m.violation("compressed message without %s", grpcwire.HeaderEncoding)
	case m.encoding == compress.EncodingIdentity:
		return m.violation("compressed message although %s is identity", grpcwire.HeaderEncoding)
	case m.encoding != compress.EncodingGzip && m.encoding != compress.EncodingZstd:
		return m.violation("message compressed with %.40q, which was not offered", m.encoding)
	}
	return nil
}

// decode returns the body of a message that check has passed.
func (m *messages) decode(flags byte, body []byte) ([]byte, error) {
	wire := len(body) + grpcwire.PrefixLen
	body, err := m.inflate(flags, body)
	if err != nil {
		return nil, err
	}
	m.received++
	m.trace.Receive(len(body), wire)
	return body, nil
}

// inflate decompresses what the flags say is compressed.
func (m *messages) inflate(flags byte, body []byte) ([]byte, error) {
	if flags&grpcwire.FlagCompressed == 0 {
		return body, nil
	}
	if m.expand == nil {
		m.expand = &compress.Expander{Encoding: m.encoding, Limit: m.opts.MaxMessageSize}
	}
	body, err := m.expand.Expand(body)
	if _, tooLarge := err.(*call.MessageSizeError); tooLarge {
		return nil, err
	}
	if err != nil {
		return nil, m.violation("message that does not decompress with %s: %v", m.encoding, err)
	}
	return body, nil
}

// isTrailer reports whether flags are those of a trailer in the body.
func (m *messages) isTrailer(flags byte) bool { return m.web && flags&grpcwire.FlagTrailer != 0 }

// trailerOf reads a trailer block in the body.
func (m *messages) trailerOf(flags byte, block []byte) ([]hpack.HeaderField, error) {
	block, err := m.inflate(flags, block)
	if err != nil {
		return nil, err
	}
	if len(block) > web.MaxHeaderList {
		return nil, m.violation("metadata of more than %d bytes", web.MaxHeaderList)
	}
	lines, err := grpcwire.ParseTrailers(block)
	if err != nil {
		return nil, m.violation("%v", err)
	}
	fields := make([]hpack.HeaderField, len(lines))
	for i, l := range lines {
		fields[i] = hpack.HeaderField{Name: l.Name, Value: l.Value}
	}
	return fields, nil
}

// end reads a trailer; io.EOF is status OK.
func (m *messages) end(fields []hpack.HeaderField) (stream.Metadata, error) {
	m.trace.GetTrailer(func() stream.Metadata { return web.RawMetadata(fields) })
	trailer := web.MetadataOf(fields)
	status, err := parseStatus(fields)
	switch {
	case err != nil:
		return trailer, m.violation("%v", err)
	case status != nil:
		return m.refusal(trailer, status)
	}
	return trailer, io.EOF
}

// refusal tells Kitex's business status from a status of the call itself. Its text
// is that of grpc-message (cloudwego/kitex:pkg/remote/trans/nphttp2/grpc/http_util.go).
func (m *messages) refusal(trailer stream.Metadata, status *stream.Status) (stream.Metadata, error) {
	biz := kitex.BizStatus(func(key string) string { value, _ := trailer.Get(key); return value }, m.trace)
	if biz == nil {
		return trailer, status
	}
	biz.Message = status.Message
	return kitex.WithoutBiz(trailer), biz
}

// close frees the decoders.
func (m *messages) close() { m.expand.Close() }
