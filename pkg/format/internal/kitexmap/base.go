package kitexmap

import (
	"encoding/binary"
	"maps"
	"slices"
)

func (o *Options) hasBase() bool { return o.Base != nil || o.Extra != nil }

// base writes Kitex's own base.Base. Of what the document has, keys of Extra count that the call
// does not have (Kitex's mergeBaseAny).
func (w *writer) base(document any) {
	extra := maps.Clone(w.p.options.Extra)
	if object, ok := document.(map[string]any); ok {
		given, _ := object["Extra"].(map[string]any)
		for key, v := range given {
			text, isText := v.(string)
			if _, has := extra[key]; has || !isText {
				continue
			}
			if extra == nil {
				extra = map[string]string{}
			}
			extra[key] = text
		}
	}
	for i, name := range []string{"LogID", "Caller", "Addr"} {
		w.dst = append(w.dst, 11, 0, byte(i+1))
		w.bytes(w.p.options.Base[name])
	}
	if extra != nil {
		w.dst = binary.BigEndian.AppendUint32(append(w.dst, 13, 0, 6, 11, 11), uint32(len(extra)))
		for _, key := range slices.Sorted(maps.Keys(extra)) {
			w.bytes(key)
			w.bytes(extra[key])
		}
	}
	w.dst = append(w.dst, 0)
}
