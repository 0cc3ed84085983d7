package mock

import (
	"encoding/json"
	"strconv"

	"github.com/idlcall/idlcall/pkg/stream"
)

// facts are what the expressions of a script see of an RPC:
//
//	{"method", "transport", "peer", "header", "transient", "persistent",
//	 "request", "count", "state"}
//
// request is the last one that came, null where none did; count is how many did.
func (p *play) facts() []byte {
	if p.fixed == nil {
		p.fixed = p.constants()
	}
	dst := append(p.doc[:0], p.fixed...)
	dst = append(dst, `,"count":`...)
	dst = strconv.AppendInt(dst, int64(p.entry.Received), 10)
	dst = append(append(dst, `,"request":`...), orNull(p.request)...)
	dst = append(append(dst, `,"state":`...), orNull(p.state)...)
	p.doc = append(dst, '}')
	return p.doc
}

func orNull(text []byte) []byte {
	if text == nil {
		return []byte("null")
	}
	return text
}

// constants are the facts that do not change during an RPC, as an object without its end.
func (p *play) constants() []byte {
	transient, persistent := p.call.Stream.Metainfo()
	peer := p.call.Stream.Peer()
	text, _ := json.Marshal(map[string]any{ // strings always can be
		"method": p.entry.Method, "transport": peer.Transport, "peer": peer.Addr.String(),
		"header": byName(p.call.Stream.Header()), "transient": byName(transient), "persistent": byName(persistent),
	})
	return text[:len(text)-1]
}

// byName are values by their names; where a name has several, they are a list.
func byName(md stream.Metadata) map[string]any {
	m := make(map[string]any, len(md))
	for _, pair := range md {
		switch have := m[pair.Name].(type) {
		case nil:
			m[pair.Name] = pair.Value
		case string:
			m[pair.Name] = []string{have, pair.Value}
		case []string:
			m[pair.Name] = append(have, pair.Value)
		}
	}
	return m
}
