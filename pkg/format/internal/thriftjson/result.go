package thriftjson

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
)

// Exception is format.Exception on its way out.
type Exception struct { //nolint:errname // the exception itself, as the IDL has it
	Type string
	JSON []byte
}

func (e *Exception) Error() string { return fmt.Sprintf("exception %s: %s", e.Type, e.JSON) }

// NoResultError is format.NoResultError on its way out.
type NoResultError struct{ Method, Type string }

func (e *NoResultError) Error() string {
	return fmt.Sprintf("%s answered without a result: neither %s nor an exception that the IDL declares", e.Method, e.Type)
}

// result appends the value that a method returned, null for void. It fails with an
// *Exception or *NoResultError.
func (d *decoder) result(dst, body []byte, m *structure) ([]byte, error) {
	d.begin(body)
	method := strings.TrimSuffix(m.desc.FullName, "_result")
	start := len(dst)
	var best *field
	var s fieldReader
	unknown := int16(0)
	void := false
	d.r.beginStruct()
	for !void {
		kind, id, ok := d.r.field(&s)
		if !ok {
			break
		}
		switch f := m.field(id); {
		case kind == thriftwire.Void && id == 0:
			void = true
		case f == nil:
			d.skipped++
			unknown = id
			d.r.skip(kind)
		case kind != f.typ.kind:
			d.mismatch(f, kind)
			d.inside(resultPath(f))
		case best != nil && best.id <= f.id, d.text.Again() && f != d.chosen: // one result is enough
			d.r.skip(kind)
		default:
			best = f
			dst = d.returned(dst[:start], f)
		}
		d.r.endField()
	}
	d.chosen = best
	if void {
		d.r.pos = len(body)
	}
	if err := d.end(method); err != nil {
		return dst, err
	}
	return d.outcome(dst, start, m, best, method, unknown)
}

// returned appends the value of a field of a result. That of an exception is kept
// together, since it becomes an error.
func (d *decoder) returned(dst []byte, f *field) []byte {
	if f.id != 0 {
		defer d.text.Release(d.text.Hold())
	}
	if dst = d.value(dst, f.typ, 0); d.r.err != nil {
		d.inside(resultPath(f))
	}
	return dst
}

// resultPath leaves out the name of the return value, which no IDL has.
func resultPath(f *field) string {
	if f.id == 0 {
		return ""
	}
	return f.desc.Name
}

// outcome judges which field of a result was set.
func (d *decoder) outcome(dst []byte, start int, m *structure, best *field, method string, unknown int16) ([]byte, error) {
	success := m.field(0)
	switch {
	case best != nil && best.id == 0:
		return dst, nil
	case best != nil:
		return nil, &Exception{Type: best.typ.desc.Name, JSON: slices.Clone(dst[start:])}
	case unknown != 0:
		return nil, &jsontext.DecodeError{
			Type: method, Offset: 0,
			Message: fmt.Sprintf("the result has only field %d, which the IDL does not declare (a newer exception?),", unknown),
		}
	case success != nil:
		return nil, &NoResultError{Method: method, Type: success.typ.desc.Name}
	}
	return append(dst, "null"...), nil
}
