package thrift

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/kitex"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Info is what travels beside a request.
type Info struct {
	TT  ttheader.Header
	kvs []theader.Pair // of THeader
	// ownTimeout: the user has set TTHeader's timeout, ours stays out.
	ownTimeout bool
}

// requestInfo checks that the transport can carry metadata and metainfo.
func requestInfo(o *call.Options, f Form, rpc *stream.Call) (Info, error) {
	switch f.transport {
	case call.TTHeader, call.TTHeaderFramed, call.TTHeaderStreaming:
		return ttInfo(o, f, rpc)
	}
	var info Info
	md := rpc.Header
	for _, all := range []stream.Metadata{rpc.Transient, rpc.Persistent} {
		for _, p := range all {
			return info, &call.MetadataError{Name: p.Name, Reason: fmt.Sprintf("transport %s carries no metainfo", f.transport), NoPlace: true}
		}
	}
	seen := map[string]bool{}
	for _, p := range md {
		switch {
		case f.transport != call.Header:
			return info, &call.MetadataError{Name: p.Name, Reason: fmt.Sprintf("transport %s carries no metadata", f.transport), NoPlace: true}
		case seen[p.Name]:
			return info, &call.MetadataError{Name: p.Name, Reason: "a second value, but a key of THeader has one"}
		}
		seen[p.Name] = true
		info.kvs = append(info.kvs, theader.Pair{Key: p.Name, Value: p.Value})
	}
	h := theader.Header{Info: info.kvs}
	if _, err := h.Append(nil); err != nil {
		return info, &call.MetadataError{Name: md[0].Name, Reason: err.Error()}
	}
	return info, nil
}

// ttInfo makes the pairs of TTHeader.
func ttInfo(o *call.Options, f Form, rpc *stream.Call) (Info, error) {
	var info Info
	if err := kitex.CheckMetainfo(rpc); err != nil {
		return info, err
	}
	seen := map[string]bool{}
	add := func(prefix string, md stream.Metadata) error {
		for _, p := range md {
			key := prefix + p.Name
			switch {
			case key == "":
				return &call.MetadataError{Name: p.Name, Reason: "the name is empty"}
			case seen[key]:
				return &call.MetadataError{Name: p.Name, Reason: "a second value, but a key of TTHeader has one"}
			}
			seen[key] = true
			info.TT.Str = append(info.TT.Str, ttheader.Pair{Key: key, Value: p.Value})
		}
		return nil
	}
	err := errors.Join(add("", rpc.Header), add(ttheader.TransientPrefix, rpc.Transient), add(ttheader.PersistPrefix, rpc.Persistent))
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return info, joined.Unwrap()[0]
	}
	if service := rpc.Method.BareService(); service != "" && !seen[ttheader.StrIDLService] {
		info.TT.Str = append(info.TT.Str, ttheader.Pair{Key: ttheader.StrIDLService, Value: service})
	}
	if info.TT.Int = ttInts(o, f, &rpc.Method); f.transport == call.TTHeaderStreaming {
		info.TT.Flags, info.TT.Protocol = ttheader.FlagStreaming, ttheader.ProtocolThriftStruct
	}
	_, info.ownTimeout = o.IntInfo[ttheader.IntTimeout]
	if f.protocol == thriftwire.Compact {
		info.TT.Protocol = ttheader.ProtocolThriftCompact
	}
	info.TT.Sort()
	_, err = info.TT.Append(nil)
	if limit, ok := errors.AsType[*ttheader.LimitError](err); ok {
		return info, &call.MetadataError{Name: limit.Key, Reason: limit.Error()}
	}
	return info, err
}

// ttInts are the integer pairs but for the timeout, as a Kitex client sends them
// (cloudwego/kitex:pkg/transmeta/ttheader.go). Those of a stream are few, and there
// is none for a timeout (cloudwego/kitex:pkg/remote/trans/ttstream/frame.go).
func ttInts(o *call.Options, f Form, m *stream.Method) []ttheader.IntPair {
	transport, kind := "unframed", thriftwire.Call
	if f.inner {
		transport = "framed"
	}
	if m.Oneway {
		kind = thriftwire.Oneway
	}
	from, _, _ := strings.Cut(o.UserAgent, "/")
	var ints []ttheader.IntPair
	put := func(key uint16, value string) {
		if _, set := o.IntInfo[key]; !set {
			ints = append(ints, ttheader.IntPair{Key: key, Value: value})
		}
	}
	if f.transport == call.TTHeaderStreaming {
		put(ttheader.IntFrameType, string(ttheader.FrameHeader))
	} else {
		put(ttheader.IntTransportType, transport)
		put(ttheader.IntFromService, from)
		put(ttheader.IntMessageType, strconv.Itoa(int(kind)))
	}
	if o.ToService != "" {
		put(ttheader.IntToService, o.ToService)
	}
	put(ttheader.IntToMethod, m.Name)
	for key, value := range o.IntInfo {
		ints = append(ints, ttheader.IntPair{Key: key, Value: value})
	}
	return ints
}

// header is the TTHeader of one request. The time that is left goes along, in
// milliseconds, at least 1.
func (i *Info) header(ctx context.Context, seq int32) ttheader.Header {
	h := i.TT
	h.Seq = seq
	deadline, ok := ctx.Deadline()
	if !ok || i.ownTimeout {
		return h
	}
	left := max(1, time.Until(deadline).Milliseconds())
	ints := make([]ttheader.IntPair, 0, len(h.Int)+1)
	placed := false
	for _, p := range h.Int {
		if p.Key > ttheader.IntTimeout && !placed {
			ints, placed = append(ints, timeoutPair(left)), true
		}
		ints = append(ints, p)
	}
	if !placed {
		ints = append(ints, timeoutPair(left))
	}
	h.Int = ints
	return h
}

func timeoutPair(ms int64) ttheader.IntPair {
	return ttheader.IntPair{Key: ttheader.IntTimeout, Value: strconv.FormatInt(ms, 10)}
}

// TTPairs is a TTHeader's content for traces.
func TTPairs(md stream.Metadata, h *ttheader.Header) stream.Metadata {
	for _, p := range h.Str {
		md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
	}
	for _, p := range h.Int {
		name := "int " + strconv.Itoa(int(p.Key))
		if meaning := ttheader.IntName(p.Key); meaning != "" {
			name += " (" + meaning + ")"
		}
		md = append(md, stream.Pair{Name: name, Value: p.Value})
	}
	return md
}

// PairMetadata is string pairs as metadata.
func PairMetadata(pairs []ttheader.Pair) stream.Metadata {
	md := make(stream.Metadata, len(pairs))
	for i, p := range pairs {
		md[i] = stream.Pair{Name: p.Key, Value: p.Value}
	}
	return md
}
