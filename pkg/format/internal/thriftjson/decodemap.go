package thriftjson

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// mapping appends a map: as an object where its keys have a text, else as an array
// of pairs. It is one of pairs too where a key came twice, so that no reader of JSON
// drops an entry.
func (d *decoder) mapping(dst []byte, t *valueType, depth int) []byte {
	key, elem, n := d.r.mapping()
	if n > 0 && (key != t.key.kind || elem != t.elem.kind) && d.r.err == nil {
		d.r.failf("the IDL has %s, but the peer sent a map of %s to %s", t.desc.Name, key, elem)
		return dst
	}
	m := mapState{t: t, text: t.key.textKey(), start: len(dst), given: d.text.Given()}
	open, end := byte('['), byte(']')
	if m.text {
		open, end = '{', '}'
		m.keys.Expect(n)
	}
	dst = append(dst, open)
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = d.entry(dst, &m, i, depth); d.r.err != nil {
			d.inside(jsontext.Index(i))
			return dst
		}
		dst = d.room(dst)
	}
	d.r.endMap()
	if dst = append(dst, end); m.twice != "" {
		dst = d.repeatedKey(dst, &m)
	}
	return dst
}

// mapState is the state of one map on its way in.
type mapState struct {
	t     *valueType
	text  bool // its keys have a text
	keys  jsontext.KeySet
	twice string // a key that came twice
	start int    // of its text
	given int    // text.Given() when it began
}

func (d *decoder) entry(dst []byte, m *mapState, i, depth int) []byte {
	separator := byte(':')
	if !m.text {
		separator = ','
		dst = append(dst, '[')
	}
	d.r.beginKey(i)
	from, given := len(dst), d.text.Given()
	dst = d.value(dst, m.t.key, depth)
	if m.text && d.r.err == nil && given == d.text.Given() {
		if dst = jsontext.QuoteFrom(dst, from); !m.keys.Add(dst[from:]) && m.twice == "" {
			m.twice = jsontext.Clip(dst[from:])
		}
	}
	d.r.beginValue()
	if d.r.err != nil {
		return dst
	}
	dst = d.value(append(dst, separator), m.t.elem, depth)
	if !m.text {
		dst = append(dst, ']')
	}
	return dst
}

// repeatedKey rewrites a map that has a key twice as pairs, if its text is still
// there.
func (d *decoder) repeatedKey(dst []byte, m *mapState) []byte {
	if d.moves -= len(dst) - m.start; m.given != d.text.Given() || d.moves < 0 {
		d.warn(fmt.Sprintf("a map came with the key %s twice: readers of JSON may keep one", m.twice))
		return dst
	}
	d.warn(fmt.Sprintf("a map came with the key %s twice: shown as an array of pairs", m.twice))
	object := append([]byte(nil), dst[m.start+1:len(dst)-1]...)
	dst = append(dst[:m.start], '[')
	for from := 0; from < len(object); {
		key := jsontext.StringLen(object[from:])
		value := from + key + 1
		to := value + jsontext.ValueLen(object[value:])
		dst = append(append(jsontext.Separate(dst), '['), m.t.key.pairKey(object[from:from+key])...)
		dst = append(append(append(dst, ','), object[value:to]...), ']')
		from = to + 1
	}
	return append(dst, ']')
}

// pairKey is a key of an object as the first of a pair: numbers and bools are out
// of their quotes there.
func (t *valueType) pairKey(quoted []byte) []byte {
	bare := quoted[1 : len(quoted)-1]
	switch t.kind {
	case thrift.KindBool:
		return bare
	case thrift.KindI8, thrift.KindI16, thrift.KindI32, thrift.KindI64, thrift.KindDouble:
		if len(bare) > 0 && jsontext.NumberLen(bare) == len(bare) {
			return bare
		}
	}
	return quoted
}
