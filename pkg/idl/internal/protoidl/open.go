package protoidl

import (
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// An openMessage is a linked message of a unit that has far types: whoever follows one of
// its fields to such a type gets that linked, too. Each message of a unit has one, so
// that they can be told apart like linked ones. Where a type does not link, its
// placeholder remains: Types.FindMessage says what is wrong.
//
// These have no lock of the Schema's, which linking takes.
type openMessage struct {
	protoreflect.MessageDescriptor
	types *types
	unit  *unit

	fields func() *openFields
	oneofs func() *openOneofs
	nested func() *openMessages
}

// message is a message of a unit, opened where that is needed.
func (t *types) message(u *unit, md protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	if u.far == nil || u.files[md.ParentFile().Path()] != md.ParentFile() {
		return md
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.opened[md]
	if m == nil {
		m = &openMessage{MessageDescriptor: md, types: t, unit: u}
		m.fields = sync.OnceValue(func() *openFields { return m.openFields(md.Fields()) })
		m.oneofs = sync.OnceValue(func() *openOneofs { return m.openOneofs(md.Oneofs()) })
		m.nested = sync.OnceValue(func() *openMessages { return &openMessages{md.Messages(), m} })
		t.opened[md] = m
	}
	return m
}

// reach is the type that a field of a unit has.
func (t *types) reach(u *unit, md protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	if md == nil || !md.IsPlaceholder() {
		if md == nil {
			return nil
		}
		return t.message(u, md)
	}
	d := u.far[string(md.FullName())]
	if d == nil {
		return md
	}
	ctx, end, err := t.begin()
	if err != nil {
		return md
	}
	defer end()
	next, err := t.s.p.linkNear(ctx, d, "")
	if err != nil {
		return md
	}
	if found, ok := next.find(d.file, string(md.FullName())).(protoreflect.MessageDescriptor); ok {
		return t.message(next, found)
	}
	return md
}

// Fields are the message's.
func (m *openMessage) Fields() protoreflect.FieldDescriptors { return m.fields() }

// Oneofs are the message's.
func (m *openMessage) Oneofs() protoreflect.OneofDescriptors { return m.oneofs() }

// Messages are those declared inside.
func (m *openMessage) Messages() protoreflect.MessageDescriptors { return m.nested() }

type openMessages struct {
	protoreflect.MessageDescriptors
	in *openMessage
}

func (l *openMessages) Get(i int) protoreflect.MessageDescriptor {
	return l.in.types.message(l.in.unit, l.MessageDescriptors.Get(i))
}

func (l *openMessages) ByName(s protoreflect.Name) protoreflect.MessageDescriptor {
	md := l.MessageDescriptors.ByName(s)
	if md == nil {
		return nil
	}
	return l.in.types.message(l.in.unit, md)
}

// openField is a field, of a message of a unit or an extension; then in is nil.
type openField struct {
	protoreflect.FieldDescriptor
	types *types
	unit  *unit
	in    *openMessage
}

// field is an extension of a unit, opened where that is needed.
func (t *types) field(u *unit, in *openMessage, fd protoreflect.FieldDescriptor) protoreflect.FieldDescriptor {
	if u.far == nil {
		return fd
	}
	return &openField{fd, t, u, in}
}

// Message is the field's type.
func (f *openField) Message() protoreflect.MessageDescriptor {
	return f.types.reach(f.unit, f.FieldDescriptor.Message())
}

// MapValue is the value of a map.
func (f *openField) MapValue() protoreflect.FieldDescriptor {
	if !f.IsMap() {
		return nil
	}
	return f.Message().Fields().ByNumber(f.FieldDescriptor.MapValue().Number())
}

// ContainingMessage is what the field is of.
func (f *openField) ContainingMessage() protoreflect.MessageDescriptor {
	if f.in == nil {
		return f.types.message(f.unit, f.FieldDescriptor.ContainingMessage())
	}
	return f.in
}

// Parent is what the field is declared in.
func (f *openField) Parent() protoreflect.Descriptor {
	if f.in == nil {
		return f.FieldDescriptor.Parent()
	}
	return f.in
}

// ContainingOneof is the oneof that the field is of, if it is.
func (f *openField) ContainingOneof() protoreflect.OneofDescriptor {
	o := f.FieldDescriptor.ContainingOneof()
	if o == nil || f.in == nil {
		return o
	}
	return f.in.Oneofs().Get(o.Index())
}

// openFields are the fields of a message, or those of one of its oneofs.
type openFields struct {
	protoreflect.FieldDescriptors
	list []protoreflect.FieldDescriptor // by their index in the message
	at   []int                          // the indexes
}

func (m *openMessage) openFields(fields protoreflect.FieldDescriptors) *openFields {
	l := &openFields{FieldDescriptors: fields}
	for i := range fields.Len() {
		l.list = append(l.list, m.types.field(m.unit, m, fields.Get(i)))
		l.at = append(l.at, i)
	}
	return l
}

func (l *openFields) of(fd protoreflect.FieldDescriptor) protoreflect.FieldDescriptor {
	if fd == nil {
		return nil
	}
	return l.list[fd.Index()]
}

func (l *openFields) Get(i int) protoreflect.FieldDescriptor { return l.list[l.at[i]] }

func (l *openFields) ByName(s protoreflect.Name) protoreflect.FieldDescriptor {
	return l.of(l.FieldDescriptors.ByName(s))
}

func (l *openFields) ByJSONName(s string) protoreflect.FieldDescriptor {
	return l.of(l.FieldDescriptors.ByJSONName(s))
}

func (l *openFields) ByTextName(s string) protoreflect.FieldDescriptor {
	return l.of(l.FieldDescriptors.ByTextName(s))
}

func (l *openFields) ByNumber(n protoreflect.FieldNumber) protoreflect.FieldDescriptor {
	return l.of(l.FieldDescriptors.ByNumber(n))
}

type openOneof struct {
	protoreflect.OneofDescriptor
	in     *openMessage
	fields *openFields
}

// Parent is the message.
func (o *openOneof) Parent() protoreflect.Descriptor { return o.in }

// Fields are those of the oneof.
func (o *openOneof) Fields() protoreflect.FieldDescriptors { return o.fields }

type openOneofs struct {
	protoreflect.OneofDescriptors
	list []protoreflect.OneofDescriptor
}

func (m *openMessage) openOneofs(oneofs protoreflect.OneofDescriptors) *openOneofs {
	l := &openOneofs{OneofDescriptors: oneofs}
	for i := range oneofs.Len() {
		o := oneofs.Get(i)
		fields := &openFields{FieldDescriptors: o.Fields(), list: m.fields().list}
		for j := range o.Fields().Len() {
			fields.at = append(fields.at, o.Fields().Get(j).Index())
		}
		l.list = append(l.list, &openOneof{o, m, fields})
	}
	return l
}

func (l *openOneofs) Get(i int) protoreflect.OneofDescriptor { return l.list[i] }

func (l *openOneofs) ByName(s protoreflect.Name) protoreflect.OneofDescriptor {
	if o := l.OneofDescriptors.ByName(s); o != nil {
		return l.list[o.Index()]
	}
	return nil
}
