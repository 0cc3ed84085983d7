package kitexmap

import (
	"encoding/base64"
	"strconv"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// object is a map in the order in which its keys came.
type object struct {
	members []member
	at      map[string]int
}

type member struct {
	name  string
	value any
}

// set gives a key a value, in place of the one that it has.
func (o *object) set(name string, v any) {
	if i, has := o.at[name]; has {
		o.members[i].value = v
		return
	}
	if o.at == nil {
		o.at = map[string]int{}
	}
	o.at[name] = len(o.members)
	o.members = append(o.members, member{name, v})
}

// text appends a tree as JSON: bytes are base64, and a double that is no number is its name.
func (c *Codec) text(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case uint8:
		return strconv.AppendUint(dst, uint64(v), 10)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return jsontext.AppendFloat(dst, v, 64)
	case []byte:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v), '"')
	case string:
		return c.quoted(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = c.text(dst, element)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for i, m := range v.(*object).members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = c.text(append(c.quoted(dst, m.name), ':'), m.value)
	}
	return append(dst, '}')
}

func (c *Codec) quoted(dst []byte, s string) []byte {
	dst, valid := jsontext.AppendString(dst, s)
	if !valid {
		c.warnings.Give(c.p.options.Warn, "invalid UTF-8 from the peer is shown as U+FFFD")
	}
	return dst
}
