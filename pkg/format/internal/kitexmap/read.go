package kitexmap

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
)

// reader is Kitex's ReadStruct, in its form for JSON.
type reader struct {
	p   *Program
	in  []byte
	pos int
}

func (r *reader) fail(format string, args ...any) error {
	return &jsontext.DecodeError{Type: r.p.out.FullName, Offset: r.pos, Message: fmt.Sprintf(format, args...)}
}

// take returns the next n bytes.
func (r *reader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.in)-r.pos {
		return nil, r.fail("the message ends inside a value: %d bytes wanted, %d left", n, len(r.in)-r.pos)
	}
	r.pos += n
	return r.in[r.pos-n : r.pos], nil
}

// field reads the header of a field; its type is 0 at the end of a struct.
func (r *reader) field() (kind byte, id int16, err error) {
	b, err := r.take(1)
	if err != nil || b[0] == 0 {
		return 0, 0, err
	}
	kind = b[0]
	if b, err = r.take(2); err != nil {
		return 0, 0, err
	}
	return kind, int16(binary.BigEndian.Uint16(b)), nil
}

// skip passes over what Kitex does not know.
func (r *reader) skip(kind byte) error {
	const depth = 64
	n, err := thriftwire.SkipBinary(r.in[r.pos:], kind, depth)
	if err != nil {
		return r.fail("%v", err)
	}
	r.pos += n
	return nil
}

// declared is an exception that a reply has.
type declared struct {
	name  string
	value any
}

func (e *declared) Error() string { return e.name }

// result reads the result of a method: the value, or the first exception, of those that the
// method declares. Of several the last one counts, and it is nil where there is none.
func (r *reader) result() (v any, err error) {
	known := map[int16]*thrift.Field{}
	throws := false
	for _, f := range r.p.out.Fields {
		if f.ID == 0 || !throws {
			known[f.ID] = f
		}
		throws = throws || f.ID != 0
	}
	for {
		kind, id, err := r.field()
		if err != nil || kind == 0 {
			return v, err
		}
		f := known[id]
		switch {
		case f == nil && id == 0 && kind == thriftwire.Void:
			v, err = nil, r.void()
		case f == nil && id == 0:
			err = r.fail("need void, but got type %d", kind)
		case f == nil:
			err = r.skip(kind)
		default:
			if v, err = r.checked(kind, f.Type, 0); err == nil && id != 0 {
				return nil, &declared{f.Type.Name, v}
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// void reads the struct without fields that Kitex's generic servers return for nothing.
func (r *reader) void() error {
	for {
		kind, _, err := r.field()
		if err != nil || kind == 0 {
			return err
		}
		if err := r.skip(kind); err != nil {
			return err
		}
	}
}

// checked reads a value whose type on the wire must be that of the IDL.
func (r *reader) checked(kind byte, t *thrift.Type, depth int) (any, error) {
	if kind != byte(t.Kind) {
		return nil, r.fail("need %s, but got %s", t.Kind, thrift.Kind(kind))
	}
	if depth > jsontext.MaxDepth {
		return nil, r.fail("nested deeper than %d levels", jsontext.MaxDepth)
	}
	return r.value(t, depth)
}

func (r *reader) value(t *thrift.Type, depth int) (any, error) {
	switch t.Kind {
	case thrift.KindString:
		return r.text(t)
	case thrift.KindStruct:
		return r.record(t.Struct, depth)
	case thrift.KindMap:
		return r.mapping(t, depth)
	case thrift.KindList, thrift.KindSet:
		return r.list(t, depth)
	}
	size := map[thrift.Kind]int{thrift.KindBool: 1, thrift.KindI8: 1, thrift.KindI16: 2, thrift.KindI32: 4, thrift.KindI64: 8, thrift.KindDouble: 8}[t.Kind]
	if size == 0 {
		return nil, r.fail("Kitex reads no %s", t.Name)
	}
	b, err := r.take(size)
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case thrift.KindBool:
		return b[0] == 1, nil
	case thrift.KindI8:
		return int32(int8(b[0])), nil
	case thrift.KindI16:
		return int32(int16(binary.BigEndian.Uint16(b))), nil
	case thrift.KindI32:
		return int32(binary.BigEndian.Uint32(b)), nil
	case thrift.KindI64:
		return int64(binary.BigEndian.Uint64(b)), nil
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

func (r *reader) size() (int, error) {
	b, err := r.take(4)
	if err != nil {
		return 0, err
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	if n < 0 || n > len(r.in)-r.pos {
		return 0, r.fail("a size of %d, but only %d bytes are left", n, len(r.in)-r.pos)
	}
	return n, nil
}

func (r *reader) text(t *thrift.Type) (any, error) {
	n, err := r.size()
	if err != nil {
		return nil, err
	}
	b, err := r.take(n)
	if err == nil && t.Binary && r.p.options.Base64 {
		return base64.StdEncoding.EncodeToString(b), nil
	}
	return string(b), err
}

func (r *reader) list(t *thrift.Type, depth int) (any, error) {
	b, err := r.take(1)
	if err != nil {
		return nil, err
	}
	kind := b[0]
	n, err := r.size()
	if err != nil {
		return nil, err
	}
	if kind != byte(t.Elem.Kind) {
		return nil, r.fail("need a list of %s, but got %s", t.Elem.Kind, thrift.Kind(kind))
	}
	list := []any{}
	for range n {
		v, err := r.checked(kind, t.Elem, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (r *reader) mapping(t *thrift.Type, depth int) (any, error) {
	kinds, err := r.take(2)
	if err != nil {
		return nil, err
	}
	n, err := r.size()
	if err != nil {
		return nil, err
	}
	m := &object{}
	for range n {
		key, err := r.checked(kinds[0], t.Key, depth+1)
		if err != nil {
			return nil, err
		}
		v, err := r.checked(kinds[1], t.Elem, depth+1)
		if err != nil {
			return nil, err
		}
		m.set(keyText(key), v)
	}
	return m, nil
}

// keyText is a key of JSON: empty for what has no text (Kitex's buildinTypeIntoString).
func keyText(key any) string {
	switch k := key.(type) {
	case bool:
		return strconv.FormatBool(k)
	case int32:
		return strconv.FormatInt(int64(k), 10)
	case int64:
		return strconv.FormatInt(k, 10)
	case float64:
		return strconv.FormatFloat(k, 'f', -1, 64)
	case string:
		return k
	}
	return ""
}

// record reads a struct over what stands for what does not come.
func (r *reader) record(s *thrift.Struct, depth int) (any, error) {
	known := r.p.record(s)
	fields := &object{}
	if err := r.prepare(fields, s, known); err != nil {
		return nil, err
	}
	came := map[int16]bool{}
	for {
		kind, id, err := r.field()
		if err != nil {
			return nil, err
		}
		if kind == 0 {
			break
		}
		came[id] = true
		f := known.byID[id]
		if f == nil {
			if err := r.skip(kind); err != nil {
				return nil, err
			}
			continue
		}
		v, err := r.checked(kind, f.Type, depth+1)
		if err != nil {
			return nil, jsontext.InField(err, f.name, r.pos)
		}
		if f.jsConv {
			v = toText(v)
		}
		fields.set(f.name, v)
	}
	for _, f := range s.Fields {
		if f.Requiredness == thrift.Required && !known.byID[f.ID].optional && !came[f.ID] {
			return nil, r.fail("required field (%d/%s) missing", f.ID, known.byID[f.ID].name)
		}
	}
	return fields, nil
}
