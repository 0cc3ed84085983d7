package thriftjson

import (
	"strconv"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// mapping appends a map: from an object, or from an array of [key, value] pairs.
func (e *encoder) mapping(dst []byte, t *valueType, depth int) ([]byte, error) {
	if depth > jsontext.MaxDepth {
		return nil, e.p.TooDeep()
	}
	switch e.p.Peek() {
	case '{':
		return e.mapObject(dst, t, depth)
	case '[':
		return e.mapPairs(dst, t, depth)
	}
	return nil, e.p.Unexpected(t.jsonKind())
}

func (e *encoder) mapObject(dst []byte, t *valueType, depth int) ([]byte, error) {
	more, err := e.p.OpenObject()
	if err != nil {
		return nil, err
	}
	var keys jsontext.KeySet
	dst, mark := e.beginMap(dst, t.key.kind, t.elem.kind)
	n := 0
	for ; more; n++ {
		key, off, err := e.p.Key()
		if err != nil {
			return nil, err
		}
		dst = e.beginKey(dst)
		from := len(dst)
		if dst, err = e.keyText(dst, t.key, key, off, depth); err != nil {
			return nil, err
		}
		dst = e.endKey(dst, t.key, from)
		if !keys.Add(dst[from:]) {
			return nil, e.p.Fail(off, "duplicate map key %s", e.p.KeyAt(off))
		}
		if dst, err = e.value(e.beginValue(dst), t.elem, depth); err != nil {
			return nil, jsontext.Within(err, "["+e.p.KeyAt(off)+"]")
		}
		if more, err = e.p.More('}'); err != nil {
			return nil, err
		}
	}
	return e.endMap(dst, mark, n), nil
}

// keyText appends a key that is a JSON object's: a string in any case, whose text
// is that of the key. Keys without a text of their own are JSON in the string.
func (e *encoder) keyText(dst []byte, t *valueType, key []byte, off, depth int) ([]byte, error) {
	switch t.kind {
	case thrift.KindString:
		if !t.desc.Binary {
			return e.text(dst, key), nil
		}
	case thrift.KindBool:
		switch string(key) {
		case "true", "false":
			return e.boolean(dst, key[0] == 't'), nil
		}
		return nil, e.p.Fail(off, "%q is not a key of type bool: want \"true\" or \"false\"", jsontext.Clip(key))
	case thrift.KindI8, thrift.KindI16, thrift.KindI32, thrift.KindI64:
		return e.integerKey(dst, t, key, off)
	case thrift.KindDouble, thrift.KindUUID:
	case thrift.KindStruct, thrift.KindMap, thrift.KindList, thrift.KindSet:
		return e.nested(dst, t, append([]byte(nil), key...), off, depth)
	}
	return e.nested(dst, t, strconv.AppendQuote(nil, string(key)), off, depth)
}

func (e *encoder) integerKey(dst []byte, t *valueType, key []byte, off int) ([]byte, error) {
	if t.enum != nil && (len(key) == 0 || jsontext.NumberLen(key) != len(key)) {
		n, err := t.enum.Number(key, off)
		return e.integer(dst, t.kind, int64(n)), err
	}
	if len(key) == 0 || jsontext.NumberLen(key) != len(key) {
		return nil, e.p.Fail(off, "%q is not a key of type %s", jsontext.Clip(key), t.desc.Name)
	}
	n, err := e.p.Signed(key, off, t.bits, t.kind)
	return e.integer(dst, t.kind, n), err
}

// nested appends the value of JSON text that stands inside a string at off.
func (e *encoder) nested(dst []byte, t *valueType, json []byte, off, depth int) ([]byte, error) {
	outer := e.p
	e.p = jsontext.Parser{Src: json}
	dst, err := e.value(dst, t, depth)
	if err == nil {
		err = e.p.End()
	}
	e.p = outer
	if v, ok := err.(*jsontext.ValueError); ok {
		return nil, e.p.Fail(off, "not a key of type %s: %v", t.desc.Name, v)
	}
	return dst, err
}

func (e *encoder) mapPairs(dst []byte, t *valueType, depth int) ([]byte, error) {
	more, err := e.p.OpenArray()
	if err != nil {
		return nil, err
	}
	var keys jsontext.KeySet
	dst, mark := e.beginMap(dst, t.key.kind, t.elem.kind)
	n := 0
	for ; more; n++ {
		if dst, err = e.pair(dst, t, &keys, depth); err != nil {
			return nil, jsontext.Within(err, jsontext.Index(n))
		}
		if more, err = e.p.More(']'); err != nil {
			return nil, err
		}
	}
	return e.endMap(dst, mark, n), nil
}

// pair appends the key and the value of "[key, value]".
func (e *encoder) pair(dst []byte, t *valueType, keys *jsontext.KeySet, depth int) ([]byte, error) {
	if err := e.p.Expect('[', "to open a pair of key and value"); err != nil {
		return nil, err
	}
	e.p.Peek()
	off := e.p.Pos
	dst = e.beginKey(dst)
	from := len(dst)
	dst, err := e.value(dst, t.key, depth)
	if err != nil {
		return nil, jsontext.Within(err, "[0]")
	}
	dst = e.endKey(dst, t.key, from)
	if !keys.Add(dst[from:]) {
		return nil, jsontext.Within(e.p.Fail(off, "duplicate map key"), "[0]")
	}
	if err := e.p.Expect(',', "between key and value"); err != nil {
		return nil, err
	}
	if dst, err = e.value(e.beginValue(dst), t.elem, depth); err != nil {
		return nil, jsontext.Within(err, "[1]")
	}
	return dst, e.p.Expect(']', "to close a pair of key and value")
}
