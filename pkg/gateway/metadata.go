package gateway

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// metadataPrefix is that of headers of an answer which are metadata, as in grpc-gateway.
const metadataPrefix = "Grpc-Metadata-"

// metadata are the options of an RPC: the gateway's own metadata, credentials, the context
// of a trace, and the headers that the options name. All others stay here: a server may
// take its metadata for the word of a gateway.
func (g *Gateway) metadata(r *http.Request) session.CallOption {
	md := slices.Clone(g.options.Header)
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		key := strings.ToLower(name)
		if key != "authorization" && key != "traceparent" && key != "tracestate" && !g.passes(key) {
			continue
		}
		for _, value := range r.Header[name] {
			if stream.IsBinary(key) {
				decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
				if err != nil {
					continue
				}
				value = string(decoded)
			}
			md.Add(key, value)
		}
	}
	return with(md)
}

// passes reports whether the options name a header.
func (g *Gateway) passes(name string) bool {
	return slices.ContainsFunc(g.options.Pass, func(p string) bool { return strings.EqualFold(p, name) })
}

// setMetadata adds metadata as headers.
func setMetadata(h http.Header, prefix string, md stream.Metadata) {
	for _, p := range md {
		value := p.Value
		if stream.IsBinary(p.Name) {
			value = base64.StdEncoding.EncodeToString([]byte(value))
		}
		name := textproto.CanonicalMIMEHeaderKey(prefix + p.Name)
		if validHeader(name, value) && !strings.ContainsAny(name, " :\r\n") && !isTransport(p.Name) {
			h.Add(name, value)
		}
	}
}

// isTransport reports whether metadata is about the connection to the server only.
func isTransport(name string) bool {
	switch name {
	case "content-type", "content-length", "trailer", "transfer-encoding", "connection", "date":
		return true
	}
	return strings.HasPrefix(name, "grpc-") || strings.HasPrefix(name, ":")
}

// deadline is the context of a request with its Grpc-Timeout, if it has one.
func deadline(r *http.Request) (context.Context, context.CancelFunc, error) {
	text := r.Header.Get("Grpc-Timeout")
	if text == "" {
		ctx, cancel := context.WithCancel(r.Context())
		return ctx, cancel, nil
	}
	unit := map[byte]time.Duration{
		'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': 1,
	}[text[len(text)-1]]
	n, err := strconv.ParseInt(text[:len(text)-1], 10, 64)
	if err != nil || unit == 0 || n < 0 || n > 99999999 {
		return nil, nil, &RequestError{Place: `header "Grpc-Timeout"`, Message: fmt.Sprintf("%q is no timeout", shorten(text))}
	}
	if n > int64(1<<62/unit) {
		n = int64(1 << 62 / unit)
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(n)*unit)
	return ctx, cancel, nil
}
