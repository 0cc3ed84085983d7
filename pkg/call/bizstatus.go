package call

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// BizStatusError is Kitex's business status: the method ran and said no.
type BizStatusError struct {
	Code    int32
	Message string
	// Extra is a JSON object of strings as the peer sent it, nil where there
	// is none; where it is something else, ExtraRaw is what came.
	Extra    json.RawMessage
	ExtraRaw string
}

func (e *BizStatusError) Error() string {
	text := fmt.Sprintf("business status %d", e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// detail is the extra as JSON.
func (e *BizStatusError) detail() json.RawMessage {
	if e.ExtraRaw == "" {
		return e.Extra
	}
	text, _ := json.Marshal(e.ExtraRaw)
	return text
}

// bizStatus reads a business status from what came beside an answer, nil where
// there is none. 0, and what is no number, is none
// (cloudwego/kitex:pkg/transmeta/ttheader.go).
func bizStatus(get func(key string) string, t *stream.Trace) *BizStatusError {
	code, err := strconv.ParseInt(get(ttheader.StrBizStatus), 10, 32)
	if isStatus := err == nil && code != 0; !isStatus {
		return nil
	}
	e := &BizStatusError{Code: int32(code), Message: get(ttheader.StrBizMessage)}
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

// withoutBiz takes a business status, which is shown as one, out of metadata. Nothing
// left is nil.
func withoutBiz(md stream.Metadata) stream.Metadata {
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
