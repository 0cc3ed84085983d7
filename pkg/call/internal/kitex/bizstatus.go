package kitex

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// BizStatus reads a business status from what came beside an answer, nil where
// there is none. 0, and what is no number, is none
// (cloudwego/kitex:pkg/transmeta/ttheader.go).
func BizStatus(get func(key string) string, t *stream.Trace) *call.BizStatusError {
	code, err := strconv.ParseInt(get(ttheader.StrBizStatus), 10, 32)
	if isStatus := err == nil && code != 0; !isStatus {
		return nil
	}
	e := &call.BizStatusError{Code: int32(code), Message: get(ttheader.StrBizMessage)}
	extra := get(ttheader.StrBizExtra)
	if extra == "" {
		return e
	}
	var object map[string]string
	if err := json.Unmarshal([]byte(extra), &object); err != nil {
		t.Warning(fmt.Sprintf("%s is not a JSON object of strings", ttheader.StrBizExtra))
		e.ExtraRaw = extra
		return e
	}
	e.Extra = json.RawMessage(extra)
	return e
}

// WithoutBiz takes a business status, which is shown as one, out of metadata. Nothing
// left is nil.
func WithoutBiz(md stream.Metadata) stream.Metadata {
	md = slices.DeleteFunc(md, func(p stream.Pair) bool {
		switch p.Name {
		case ttheader.StrBizStatus, ttheader.StrBizMessage, ttheader.StrBizExtra:
			return true
		}
		return false
	})
	if len(md) == 0 {
		return nil
	}
	return md
}
