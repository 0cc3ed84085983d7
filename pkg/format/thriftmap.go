package format

import (
	"strconv"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// mapping appends a map: from an object, or from an array of [key, value] pairs.
func (e *thriftEncoder) mapping(dst []byte, t *thriftType, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, e.p.fail(e.p.pos, "nested deeper than %d levels", maxDepth)
	}
	switch e.p.peek() {
	case '{':
		return e.mapObject(dst, t, depth)
	case '[':
		return e.mapPairs(dst, t, depth)
	}
	return nil, e.p.unexpected(t.jsonKind())
}

func (e *thriftEncoder) mapObject(dst []byte, t *thriftType, depth int) ([]byte, error) {
	more, err := e.p.openObject()
	if err != nil {
		return nil, err
	}
	var keys keySet
	dst, mark := e.beginMap(dst, t.key.kind, t.elem.kind)
	n := 0
	for ; more; n++ {
		key, off, err := e.p.key()
		if err != nil {
			return nil, err
		}
		dst = e.beginKey(dst)
		from := len(dst)
		if dst, err = e.keyText(dst, t.key, key, off, depth); err != nil {
			return nil, err
		}
		dst = e.endKey(dst, t.key, from)
		if !keys.add(dst[from:]) {
			return nil, e.p.fail(off, "duplicate map key %s", e.p.keyAt(off))
		}
		if dst, err = e.value(e.beginValue(dst), t.elem, depth); err != nil {
			return nil, within(err, "["+e.p.keyAt(off)+"]")
		}
		if more, err = e.p.more('}'); err != nil {
			return nil, err
		}
	}
	return e.endMap(dst, mark, n), nil
}

// keyText appends a key that is a JSON object's: a string in any case, whose text
// is that of the key. Keys without a text of their own are JSON in the string.
func (e *thriftEncoder) keyText(dst []byte, t *thriftType, key []byte, off, depth int) ([]byte, error) {
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
		return nil, e.p.fail(off, "%q is not a key of type bool: want \"true\" or \"false\"", clip(key))
	case thrift.KindI8, thrift.KindI16, thrift.KindI32, thrift.KindI64:
		return e.integerKey(dst, t, key, off)
	case thrift.KindDouble, thrift.KindUUID:
	case thrift.KindStruct, thrift.KindMap, thrift.KindList, thrift.KindSet:
		return e.nested(dst, t, append([]byte(nil), key...), off, depth)
	}
	return e.nested(dst, t, strconv.AppendQuote(nil, string(key)), off, depth)
}

func (e *thriftEncoder) integerKey(dst []byte, t *thriftType, key []byte, off int) ([]byte, error) {
	if t.enum != nil && (len(key) == 0 || numberLen(key) != len(key)) {
		n, err := e.enumText(t.enum, key, off)
		return e.integer(dst, t.kind, int64(n)), err
	}
	if len(key) == 0 || numberLen(key) != len(key) {
		return nil, e.p.fail(off, "%q is not a key of type %s", clip(key), t.desc.Name)
	}
	n, err := e.integerText(t.kind, key, off)
	return e.integer(dst, t.kind, n), err
}

// nested appends the value of JSON text that stands inside a string at off.
func (e *thriftEncoder) nested(dst []byte, t *thriftType, json []byte, off, depth int) ([]byte, error) {
	outer := e.p
	e.p = parser{src: json}
	dst, err := e.value(dst, t, depth)
	if err == nil {
		err = e.p.end()
	}
	e.p = outer
	if v, ok := err.(*ValueError); ok {
		return nil, e.p.fail(off, "not a key of type %s: %v", t.desc.Name, v)
	}
	return dst, err
}

func (e *thriftEncoder) mapPairs(dst []byte, t *thriftType, depth int) ([]byte, error) {
	more, err := e.p.openArray()
	if err != nil {
		return nil, err
	}
	var keys keySet
	dst, mark := e.beginMap(dst, t.key.kind, t.elem.kind)
	n := 0
	for ; more; n++ {
		if dst, err = e.pair(dst, t, &keys, depth); err != nil {
			return nil, within(err, "["+itoa(n)+"]")
		}
		if more, err = e.p.more(']'); err != nil {
			return nil, err
		}
	}
	return e.endMap(dst, mark, n), nil
}

// pair appends the key and the value of "[key, value]".
func (e *thriftEncoder) pair(dst []byte, t *thriftType, keys *keySet, depth int) ([]byte, error) {
	if err := e.p.expect('[', "to open a pair of key and value"); err != nil {
		return nil, err
	}
	e.p.peek()
	off := e.p.pos
	dst = e.beginKey(dst)
	from := len(dst)
	dst, err := e.value(dst, t.key, depth)
	if err != nil {
		return nil, within(err, "[0]")
	}
	dst = e.endKey(dst, t.key, from)
	if !keys.add(dst[from:]) {
		return nil, within(e.p.fail(off, "duplicate map key"), "[0]")
	}
	if err := e.p.expect(',', "between key and value"); err != nil {
		return nil, err
	}
	if dst, err = e.value(e.beginValue(dst), t.elem, depth); err != nil {
		return nil, within(err, "[1]")
	}
	return dst, e.p.expect(']', "to close a pair of key and value")
}
