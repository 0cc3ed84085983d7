package kitex

import (
	"fmt"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Prefixes of metainfo in HTTP headers
// (bytedance/gopkg:cloud/metainfo/http.go), and the header for the destination
// (cloudwego/kitex:pkg/remote/transmeta/http_metakey.go).
const (
	headerTransient   = "rpc-transit-"
	headerPersistent  = "rpc-persist-"
	headerDestService = "destination-service"
)

// badMetainfo says why Kitex would drop a pair; empty where it would not.
func badMetainfo(p stream.Pair) string {
	switch {
	case p.Name == "":
		return "metainfo with an empty key is dropped by Kitex"
	case p.Value == "":
		return "metainfo with an empty value is dropped by Kitex"
	}
	return ""
}

// CheckMetainfo refuses pairs that would not arrive.
func CheckMetainfo(rpc *stream.Call) error {
	for _, md := range []stream.Metadata{rpc.Transient, rpc.Persistent} {
		for _, p := range md {
			if why := badMetainfo(p); why != "" {
				return &call.MetadataError{Name: p.Name, Reason: why}
			}
		}
	}
	return nil
}

// OddKeys remembers for a client which keys of metainfo it has warned of.
type OddKeys map[string]bool

// Warn says once of each key that it does not arrive as it is over HTTP.
func (k *OddKeys) Warn(rpc *stream.Call) {
	if rpc.Trace == nil || rpc.Trace.Warn == nil {
		return
	}
	for _, md := range []stream.Metadata{rpc.Transient, rpc.Persistent} {
		for _, p := range md {
			arrives := strings.ToUpper(strings.ReplaceAll(p.Name, "-", "_"))
			if arrives != p.Name && !(*k)[p.Name] {
				if *k == nil {
					*k = OddKeys{}
				}
				(*k)[p.Name] = true
				rpc.Trace.Warning(fmt.Sprintf("metainfo %q arrives as %q: a header keeps neither case nor the difference between - and _", p.Name, arrives))
			}
		}
	}
}

// AppendMetainfo appends what a call says to Kitex as header fields.
func AppendMetainfo(o *call.Options, fields []hpack.HeaderField, rpc *stream.Call) ([]hpack.HeaderField, error) {
	if o.ToService != "" {
		if why := web.BadValue(o.ToService); why != "" {
			return nil, &call.MetadataError{Name: headerDestService, Reason: why}
		}
		fields = append(fields, hpack.HeaderField{Name: headerDestService, Value: o.ToService})
	}
	fields, err := appendMetainfo(fields, headerTransient, rpc.Transient)
	if err != nil {
		return nil, err
	}
	return appendMetainfo(fields, headerPersistent, rpc.Persistent)
}

// appendMetainfo writes keys as Kitex does: A_Key and a-key are both a-key, and
// arrive as A_KEY.
func appendMetainfo(fields []hpack.HeaderField, prefix string, md stream.Metadata) ([]hpack.HeaderField, error) {
	seen := map[string]bool{}
	for _, p := range md {
		name := prefix + strings.ToLower(strings.ReplaceAll(p.Name, "_", "-"))
		why := badMetainfo(p)
		if why == "" {
			why = web.BadName(name)
		}
		if why == "" {
			why = web.BadValue(p.Value)
		}
		if why == "" && seen[name] {
			why = "a second value for the header " + name + ", which has but one"
		}
		if why != "" {
			return nil, &call.MetadataError{Name: p.Name, Reason: why}
		}
		seen[name] = true
		fields = append(fields, hpack.HeaderField{Name: name, Value: p.Value})
	}
	return fields, nil
}
