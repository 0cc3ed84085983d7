package serve

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// incoming is what a client sent beside its messages.
type incoming struct{ header, transient, persistent stream.Metadata }

func (in *incoming) Header() stream.Metadata { return in.header }
func (in *incoming) Metainfo() (transient, persistent stream.Metadata) {
	return in.transient, in.persistent
}

// Prefixes of metainfo in HTTP headers (bytedance/gopkg:cloud/metainfo/http.go).
const (
	httpTransient  = "rpc-transit-"
	httpPersistent = "rpc-persist-"
)

// ofHTTP reads a header of HTTP. Kitex gives keys of metainfo as A_KEY, whatever they were.
func ofHTTP(fields []hpack.HeaderField) incoming {
	var in incoming
	for _, f := range fields {
		if isReserved(f.Name) {
			continue
		}
		to, name := in.place(f.Name, httpTransient, httpPersistent)
		if to != &in.header {
			name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		}
		addHTTP(to, name, f.Value)
	}
	slices.SortStableFunc(in.header, func(a, b stream.Pair) int { return strings.Compare(a.Name, b.Name) })
	return in
}

// place is where a pair belongs, and its name there.
func (in *incoming) place(name, transient, persistent string) (*stream.Metadata, string) {
	if rest, ok := strings.CutPrefix(name, transient); ok {
		return &in.transient, rest
	}
	if rest, ok := strings.CutPrefix(name, persistent); ok {
		return &in.persistent, rest
	}
	return &in.header, name
}

// addHTTP adds the values of one line. What is no base64 stays as it came.
func addHTTP(to *stream.Metadata, name, value string) {
	if !stream.IsBinary(name) {
		to.Add(name, value)
		return
	}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		if b, err := grpcwire.ParseBinary(part); err == nil {
			part = string(b)
		}
		to.Add(name, part)
	}
}

// isReserved reports whether a header belongs to HTTP or gRPC.
func isReserved(name string) bool {
	switch name {
	case "host", "proxy-connection", "accept", "accept-encoding", "x-grpc-web", "content-type", "content-length", "te", "trailer", "connection", "transfer-encoding", "upgrade", "keep-alive", "date":
		return true
	}
	return strings.HasPrefix(name, "grpc-")
}

// CheckMetadata refuses what a Handler cannot send over HTTP.
func CheckMetadata(md stream.Metadata) error { return checkHTTP(md) }

// checkHTTP refuses metadata that HTTP has no place for.
func checkHTTP(md stream.Metadata) error {
	for _, p := range md {
		name := strings.ToLower(p.Name)
		switch {
		case isReserved(name):
			return fmt.Errorf("metadata %q: the name is not free", p.Name)
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("metadata %q: HTTP has no such names", p.Name)
		case !stream.IsBinary(name) && !httpguts.ValidHeaderFieldValue(p.Value):
			return fmt.Errorf("metadata %q: the value has bytes that HTTP does not take", p.Name)
		}
	}
	return nil
}

// appendHTTP adds metadata to a header, each name behind prefix.
func appendHTTP(fields []hpack.HeaderField, prefix string, md stream.Metadata) ([]hpack.HeaderField, error) {
	if err := checkHTTP(md); err != nil {
		return fields, err
	}
	for _, p := range md {
		name := strings.ToLower(p.Name)
		value := p.Value
		if stream.IsBinary(name) {
			value = string(grpcwire.AppendBinary(nil, value))
		}
		fields = append(fields, hpack.HeaderField{Name: prefix + name, Value: value})
	}
	return fields, nil
}

// ofTTHeader reads the string pairs of a header.
func ofTTHeader(pairs []ttheader.Pair) incoming {
	var in incoming
	for _, p := range pairs {
		if p.Key == ttheader.StrIDLService {
			continue
		}
		to, name := in.place(p.Key, ttheader.TransientPrefix, ttheader.PersistPrefix)
		to.Add(name, p.Value)
	}
	return in
}

// ofTHeader reads the pairs of a header.
func ofTHeader(pairs []theader.Pair) incoming {
	var in incoming
	for _, p := range pairs {
		to, name := in.place(p.Key, ttheader.TransientPrefix, ttheader.PersistPrefix)
		to.Add(name, p.Value)
	}
	return in
}

// appendTTHeader adds metadata to string pairs.
func appendTTHeader(pairs []ttheader.Pair, md stream.Metadata) []ttheader.Pair {
	for _, p := range md {
		pairs = append(pairs, ttheader.Pair{Key: p.Name, Value: p.Value})
	}
	return pairs
}

// bizPairs is a business status as Kitex has it (cloudwego/kitex:pkg/transmeta/ttheader.go).
func bizPairs(e *BizStatusError) stream.Metadata {
	md := stream.Metadata{
		{Name: ttheader.StrBizStatus, Value: fmt.Sprint(e.Code)},
		{Name: ttheader.StrBizMessage, Value: e.Message},
	}
	if e.Extra != nil {
		md.Add(ttheader.StrBizExtra, string(e.extra()))
	}
	return md
}
