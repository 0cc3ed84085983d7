package protojson

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// encoder appends the wire form of JSON values. Records leave in the order
// of the document, which Protobuf allows.
type encoder struct {
	types         *types
	ignoreUnknown bool
	p             jsontext.Parser
}

func (e *encoder) encode(dst, json []byte, m *message) ([]byte, error) {
	e.p.Src, e.p.Pos = json, 0
	dst, err := e.message(dst, m, 0)
	if err != nil {
		return nil, err
	}
	return dst, e.p.End()
}

// message appends the contents of a message, without tag and length.
func (e *encoder) message(dst []byte, m *message, depth int) ([]byte, error) {
	if depth > jsontext.MaxDepth {
		return nil, e.p.TooDeep()
	}
	switch m.wkt {
	case wktAny:
		return e.any(dst, depth)
	case wktTimestamp:
		return e.timestamp(dst)
	case wktDuration:
		return e.duration(dst)
	case wktFieldMask:
		return e.fieldMask(dst)
	case wktStruct:
		return e.structValue(dst, depth)
	case wktValue:
		return e.dynamicValue(dst, depth)
	case wktList:
		return e.listValue(dst, depth)
	case wktWrapper:
		return e.field(dst, &m.fields[0], depth)
	case missing:
		return nil, m.mistake
	}
	return e.fields(dst, m, depth, false)
}

// fieldsState is what is known of an object whose fields are being appended.
type fieldsState struct {
	m        *message
	inAny    bool
	seen     jsontext.Members
	oneofs   jsontext.BitSet
	required int    // how many of those fields it has
	next     *field // which is tried first, nil for none: documents are mostly in the order of the IDL
	disorder bool   // this one is not
}

// fields appends the fields of an object. Inside an Any the key "@type" is
// passed over.
func (e *encoder) fields(dst []byte, m *message, depth int, inAny bool) ([]byte, error) {
	e.p.Peek()
	open := e.p.Pos
	more, err := e.p.OpenObject()
	if err != nil {
		return nil, err
	}
	s := fieldsState{m: m, inAny: inAny, next: m.first}
	for more {
		f, err := e.next(&s, depth)
		if err != nil {
			return nil, err
		}
		if f != nil {
			if dst, err = e.field(dst, f, depth); err != nil {
				return nil, jsontext.Within(err, f.jsonName)
			}
		}
		if e.p.Comma() {
			continue
		}
		if more, err = e.p.More('}'); err != nil {
			return nil, err
		}
	}
	if s.required < m.required {
		return nil, e.p.Missing(open, m.missing(&s.seen))
	}
	return dst, nil
}

// next consumes a key and returns its field, whose value is next. It is nil where the value has
// been consumed too, since there is nothing to make of it.
func (e *encoder) next(s *fieldsState, depth int) (f *field, err error) {
	e.p.Peek()
	off := e.p.Pos
	if f = s.next; f == nil || !e.p.HasKey(&f.expected) {
		if f, err = e.other(s, depth); f == nil {
			return nil, err
		}
	}
	if !s.seen.AddLow(f.index) && !s.seen.Add(f.index) {
		return nil, e.p.Fail(off, "duplicate field %q", f.jsonName)
	}
	s.next = f.after
	if e.p.Peek() == 'n' {
		if !f.takesNull() && e.p.Null() {
			s.null(f)
			return nil, nil
		}
	}
	if f.oneof > 0 {
		if !s.oneofs.Add(f.oneof) {
			return nil, e.p.Fail(off, "%q is of the oneof %q, of which another field is set already", f.jsonName, f.desc.ContainingOneof().Name())
		}
	}
	if f.required {
		s.required++
	}
	return f, nil
}

// null notes that a field is null, which is as if it were not given.
func (s *fieldsState) null(f *field) {
	if f.required {
		s.seen.Null(f.index)
	}
}

// other is next for a field that is not the expected one, before it is looked whether it may
// come.
func (e *encoder) other(s *fieldsState, depth int) (f *field, err error) {
	if f = e.skipped(s); f != nil {
		return f, nil
	}
	if f, err = e.key(s, depth); f != nil && (s.next == nil || f.index < s.next.index) {
		s.disorder = true
	}
	return f, err
}

// skipped consumes the key of a field soon behind the expected one, if one of them comes next:
// what is optional is often left out.
func (e *encoder) skipped(s *fieldsState) *field {
	if s.next == nil || s.disorder {
		return nil
	}
	f := s.next.after
	for n := 0; f != nil && n < jsontext.MaxSkipped; n++ {
		if e.p.HasKey(&f.expected) {
			return f
		}
		f = f.after
	}
	return nil
}

// key is other for any key.
func (e *encoder) key(s *fieldsState, depth int) (*field, error) {
	key, off, err := e.p.Key()
	switch {
	case err != nil:
		return nil, err
	case s.inAny && string(key) == "@type":
		return nil, e.p.Skip(depth)
	case s.inAny && s.m.wkt == wktEmpty && string(key) == "value":
		_, err := e.fields(nil, s.m, depth+1, false)
		return nil, err
	}
	f, err := e.lookup(s.m, key, off)
	if f == nil && err == nil {
		err = e.p.Skip(depth)
	}
	return f, err
}

// missing are the names of the required fields that an object lacks.
func (m *message) missing(seen *jsontext.Members) []string {
	var names []string
	for i := range m.fields {
		if f := &m.fields[i]; f.required && seen.Lacks(f.index) {
			names = append(names, f.jsonName)
		}
	}
	return names
}

// lookup finds the field of a key: by JSON name, IDL name or "[extension]". It
// is nil for an unknown key that is to be ignored.
func (e *encoder) lookup(m *message, key []byte, off int) (*field, error) {
	if f := m.byName[string(key)]; f != nil {
		return f, nil
	}
	if n := len(key); n > 2 && key[0] == '[' && key[n-1] == ']' {
		f, err := m.extension(e.types, protoreflect.FullName(key[1:n-1]))
		if err == nil {
			return f, nil
		}
		if !e.ignoreUnknown {
			return nil, e.p.Fail(off, "extension %q of %s: %v", jsontext.Clip(key), m.desc.FullName(), err)
		}
	}
	if e.ignoreUnknown {
		return nil, nil
	}
	names := make([]string, len(m.fields))
	for i := range m.fields {
		names[i] = m.fields[i].jsonName
	}
	return nil, jsontext.Unknown(off, key, names, fmt.Sprintf("unknown field %q in %s", jsontext.Clip(key), m.desc.FullName()))
}

// takesNull reports whether null is a value of the field, not its absence.
func (f *field) takesNull() bool {
	if f.list || f.key != nil {
		return false
	}
	return f.elementTakesNull()
}

func (f *field) elementTakesNull() bool {
	switch f.kind {
	case protoreflect.EnumKind:
		return f.null
	case protoreflect.MessageKind:
		return f.message().wkt == wktValue
	}
	return false
}

// field appends a field with its tags.
func (e *encoder) field(dst []byte, f *field, depth int) ([]byte, error) {
	if f.form != single {
		return e.several(dst, f, depth)
	}
	start := len(dst)
	payload := start + int(f.tag.n)
	dst, err := e.value(f.tag.append(dst), f, depth)
	if err == nil && !f.presence && allZero(dst[payload:]) {
		dst = dst[:start] // implicit presence: the default is not sent
	}
	return dst, err
}

// several is field for all that is more than a tag and a value.
func (e *encoder) several(dst []byte, f *field, depth int) ([]byte, error) {
	switch f.form {
	case mapped:
		return e.mapField(dst, f, depth)
	case packed:
		return e.packedList(dst, f, depth)
	case listed:
		return e.list(dst, f, &f.tag, depth)
	}
	return e.setItem(dst, f, depth)
}

// allZero reports whether a scalar's encoding is that of its default. A longer
// string or bytes value begins with a length that is not zero.
func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// list appends the elements of an array, each behind a tag, if there is one.
func (e *encoder) list(dst []byte, f *field, t *tag, depth int) ([]byte, error) {
	more, err := e.p.OpenArray()
	for i := 0; more; i++ {
		if e.p.Peek() == 'n' {
			if err := e.refuseNull(f); err != nil {
				return nil, jsontext.Within(err, jsontext.Index(i))
			}
		}
		if t != nil {
			dst = t.append(dst)
		}
		if dst, err = e.value(dst, f, depth); err != nil {
			return nil, jsontext.Within(err, jsontext.Index(i))
		}
		if e.p.Comma() {
			continue
		}
		if more, err = e.p.More(']'); err != nil {
			return nil, err
		}
	}
	return dst, err
}

// packedList appends the elements of an array one behind the other, unless there is none.
func (e *encoder) packedList(dst []byte, f *field, depth int) ([]byte, error) {
	from := len(dst)
	dst, mark := beginLength(f.packedTag.append(dst))
	dst, err := e.list(dst, f, nil, depth)
	if err != nil {
		return nil, err
	}
	if len(dst) == mark+1 {
		return dst[:from], nil
	}
	return endLength(dst, mark), nil
}

// refuseNull is the mistake of a null that is no value of an element.
func (e *encoder) refuseNull(f *field) error {
	if f.elementTakesNull() || !e.p.Word("null") {
		return nil
	}
	return e.p.Unexpected("a " + f.kindName())
}

// mapField appends one entry message a key: field 1 the key, field 2 the value.
func (e *encoder) mapField(dst []byte, f *field, depth int) ([]byte, error) {
	more, err := e.p.OpenObject()
	if err != nil {
		return nil, err
	}
	var seen jsontext.KeySet
	for more {
		if dst, err = e.mapEntry(dst, f, &seen, depth); err != nil {
			return nil, err
		}
		if more, err = e.p.More('}'); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func (e *encoder) mapEntry(dst []byte, f *field, seen *jsontext.KeySet, depth int) ([]byte, error) {
	key, off, err := e.p.Key()
	if err != nil {
		return nil, err
	}
	dst, mark := beginLength(f.tag.append(dst))
	dst = f.key.tag.append(dst)
	from := len(dst)
	if dst, err = e.mapKey(dst, f.key, key, off); err != nil {
		return nil, err
	}
	if !seen.Add(dst[from:]) {
		return nil, e.p.Fail(off, "duplicate key %s", e.p.KeyAt(off))
	}
	if dst, err = e.mapValue(f.val.tag.append(dst), f.val, depth); err != nil {
		return nil, jsontext.Within(err, "["+e.p.KeyAt(off)+"]")
	}
	return endLength(dst, mark), nil
}

func (e *encoder) mapValue(dst []byte, f *field, depth int) ([]byte, error) {
	if e.p.Peek() == 'n' {
		if err := e.refuseNull(f); err != nil {
			return nil, err
		}
	}
	return e.value(dst, f, depth)
}

// any appends a google.protobuf.Any: {"@type": url, ...} with the fields of the
// message beside it, or under "value" where its JSON is no ordinary object. A
// type that no source knows is taken as bytes under "@value", the form in which
// Decode writes such a message.
func (e *encoder) any(dst []byte, depth int) ([]byte, error) {
	e.p.Peek()
	start := e.p.Pos
	url, off, err := e.typeURL(depth)
	if err != nil || url == "" && e.p.Src[off] == '{' {
		return dst, err
	}
	name := typeOf(url)
	if !name.IsValid() {
		return nil, jsontext.Within(e.p.Fail(off, "%q is no type URL: it must end in a full message name", jsontext.Clip([]byte(url))), "@type")
	}
	dst = protowire.AppendString(protowire.AppendTag(dst, 1, protowire.BytesType), url)
	tag := len(dst)
	dst = protowire.AppendTag(dst, 2, protowire.BytesType)
	dst, mark := beginLength(dst)
	e.p.Pos = start
	d, err := e.types.find.FindMessage(name)
	if err != nil {
		if dst, err = e.rawAny(dst, name, off); err != nil {
			return nil, err
		}
	} else if m := e.types.message(d); m.wkt.wrapsInAny() {
		dst, err = e.anyValue(dst, m, depth+1)
	} else {
		dst, err = e.fields(dst, m, depth+1, true)
	}
	if err != nil {
		return nil, err
	}
	if len(dst) == mark+1 {
		return dst[:tag], nil
	}
	return endLength(dst, mark), nil
}

// typeURL looks through an object for "@type", leaving the position behind the
// object. An empty object is an empty Any; off is then that of its brace.
func (e *encoder) typeURL(depth int) (url string, off int, err error) {
	start, empty := e.p.Pos, true
	err = e.p.Object(func(key []byte, _ int) error {
		empty = false
		if string(key) != "@type" {
			return e.p.Skip(depth)
		}
		e.p.Peek()
		off = e.p.Pos
		if url != "" {
			return e.p.Fail(off, "duplicate field \"@type\"")
		}
		text, err := e.p.Text()
		url = string(text)
		return jsontext.Within(err, "@type")
	})
	switch {
	case err != nil:
		return "", 0, err
	case empty:
		return "", start, nil
	case url == "":
		return "", 0, e.p.Fail(start, "missing \"@type\" in google.protobuf.Any")
	}
	return url, off, nil
}

// anyValue appends the value of {"@type": ..., "value": ...}.
func (e *encoder) anyValue(dst []byte, m *message, depth int) ([]byte, error) {
	start, found := e.p.Pos, false
	err := e.p.Object(func(key []byte, off int) (err error) {
		switch {
		case string(key) == "@type":
			return e.p.Skip(depth)
		case string(key) == "value" && !found:
			found = true
			dst, err = e.message(dst, m, depth)
			return jsontext.Within(err, "value")
		case e.ignoreUnknown:
			return e.p.Skip(depth)
		}
		return e.p.Fail(off, "unexpected field %q: %s stands under \"value\" inside an Any", jsontext.Clip(key), m.desc.FullName())
	})
	if err == nil && !found {
		err = e.p.Fail(start, "missing \"value\" beside \"@type\": %s stands there inside an Any", m.desc.FullName())
	}
	return dst, err
}

func (e *encoder) rawAny(dst []byte, name protoreflect.FullName, typeOff int) ([]byte, error) {
	found := false
	err := e.p.Object(func(key []byte, _ int) (err error) {
		switch string(key) {
		case "@value":
			found = true
			dst, err = e.p.Base64(dst)
			return jsontext.Within(err, "@value")
		default:
			return e.p.Skip(0)
		}
	})
	if err == nil && !found {
		err = jsontext.Within(e.p.Fail(typeOff, "unknown message type %q", name), "@type")
	}
	return dst, err
}
