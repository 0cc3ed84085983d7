package kitexjson

import (
	"maps"
	"strings"

	"github.com/cloudwego/dynamicgo/thrift/base"

	"github.com/idlcall/idlcall/pkg/format"
)

// requestBase is the base.Base that Kitex gets from the context of a call; nil where there are
// no values.
func requestBase(values []format.BaseValue, has bool) (*base.Base, error) {
	if len(values) == 0 {
		return nil, nil
	}
	if !has {
		return nil, &format.BaseError{Reason: "the request has no field base.Base"}
	}
	b := base.NewBase()
	for _, v := range values {
		key, extra := strings.CutPrefix(v.Path, "Extra.")
		switch {
		case extra && b.Extra == nil:
			b.Extra = map[string]string{key: v.Value}
		case extra:
			b.Extra[key] = v.Value
		case v.Path == "LogID":
			b.LogID = v.Value
		case v.Path == "Caller":
			b.Caller = v.Value
		case v.Path == "Addr":
			b.Addr = v.Value
		default:
			return nil, &format.BaseError{Path: v.Path, Reason: "Kitex's own base.Base has LogID, Caller, Addr and Extra"}
		}
	}
	return b, nil
}

// mergeBase is what Kitex has dynamicgo do with the base of a document: what the call has counts,
// but the keys of Extra are put together.
func mergeBase(document, call base.Base) base.Base {
	if document.Extra != nil {
		maps.Copy(document.Extra, call.Extra)
		call.Extra = document.Extra
	}
	return call
}
