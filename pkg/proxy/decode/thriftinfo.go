package decode

import (
	"encoding/json"
	"strconv"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// ttPairs is a TTHeader's content, as -v shows it.
func ttPairs(h *ttheader.Header) stream.Metadata {
	md := stringPairs(h.Str)
	for _, p := range h.Int {
		name := "int " + strconv.Itoa(int(p.Key))
		if meaning := ttheader.IntName(p.Key); meaning != "" {
			name += " (" + meaning + ")"
		}
		md = append(md, stream.Pair{Name: name, Value: p.Value})
	}
	return md
}

func stringPairs(pairs []ttheader.Pair) stream.Metadata {
	var md stream.Metadata
	for _, p := range pairs {
		md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
	}
	return md
}

func headerPairs(pairs []theader.Pair) stream.Metadata {
	var md stream.Metadata
	for _, p := range pairs {
		md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
	}
	return md
}

// bizStatus reads Kitex's business status, nil where there is none: 0, and what is no number, is
// none (cloudwego/kitex:pkg/transmeta/ttheader.go).
func bizStatus(md stream.Metadata) *call.BizStatusError {
	text, _ := md.Get(ttheader.StrBizStatus)
	code, err := strconv.ParseInt(text, 10, 32)
	if isStatus := err == nil && code != 0; !isStatus {
		return nil
	}
	e := &call.BizStatusError{Code: int32(code)}
	e.Message, _ = md.Get(ttheader.StrBizMessage)
	extra, _ := md.Get(ttheader.StrBizExtra)
	var object map[string]string
	switch {
	case extra == "":
	case json.Unmarshal([]byte(extra), &object) == nil:
		e.Extra = json.RawMessage(extra)
	default:
		e.ExtraRaw = extra
	}
	return e
}

// protocolOf is how bodies are encoded, and in which language.
func protocolOf(p thriftwire.Protocol) (stream.Protocol, stream.Lang) {
	switch p {
	case thriftwire.Compact:
		return stream.Compact, stream.Thrift
	case thriftwire.JSON:
		return stream.JSON, stream.Thrift
	case thriftwire.KitexProtobuf:
		return stream.Binary, stream.Protobuf
	}
	return stream.Binary, stream.Thrift
}
