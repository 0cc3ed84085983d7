package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// match is a field of OLD with the fields of NEW that have its number and its name.
type match struct {
	old          *member
	number, name *member // or nil
}

// same is the field that it became: that of its name, or else that of its number, unless that
// is another one of OLD; nil if it is gone.
func (m match) same() *member {
	switch {
	case m.name != nil:
		return m.name
	case m.number != nil && m.old.of.names[m.number.name] == nil:
		return m.number
	}
	return nil
}

func matched(old, new *record) []match {
	list := make([]match, len(old.members))
	for i, m := range old.members {
		list[i] = match{m, new.numbers[m.number], new.names[m.name]}
	}
	return list
}

// label is a field as messages have it behind its symbol.
func (m *member) label() string {
	if m.isReturn() {
		return ""
	}
	return fmt.Sprintf(" (%d)", m.number)
}

// record compares two records.
func (f *finder) record() {
	if f.old.bare != f.new.bare {
		how := " now takes an object of its arguments in JSON, and not its one argument itself"
		if f.new.bare {
			how = " now takes its one argument itself in JSON, and not an object of its arguments"
		}
		f.add(RequestFormChanged, effect{json: request}, f.old.symbol, f.new.symbol, how)
	}
	known := map[*member]bool{}
	for _, m := range f.matches {
		now := m.same()
		known[now] = true
		switch {
		case now == nil:
			f.removed(m)
		case now.number != m.old.number:
			f.renumbered(m, now)
		default:
			f.kept(m.old, now)
		}
	}
	for _, m := range f.new.members {
		if !known[m] {
			f.added(m)
		}
	}
	f.oneofs()
}

// removed is about a field that NEW does not have.
func (f *finder) removed(m match) {
	old, e := m.old, effect{both, both}
	switch {
	case old.isReturn():
		f.add(ResultChanged, e, old.symbol(), f.new.symbol, " returned "+old.typ.name+", and returns nothing now")
		return
	case f.old.result:
		f.add(ExceptionRemoved, e, old.symbol(), "", old.label()+" is not thrown any more")
		return
	}
	how := " is gone"
	if m.number != nil {
		how = fmt.Sprintf(" is gone, and its number is that of %s now", m.number.symbol())
	} else if old.required {
		how = " is gone, and was required"
	}
	f.add(FieldRemoved, e, old.symbol(), "", old.label()+how)
}

// renumbered is about a field that has its name still.
func (f *finder) renumbered(m match, now *member) {
	how := fmt.Sprintf(" had number %d, and has %d now", m.old.number, now.number)
	if m.number != nil {
		how += fmt.Sprintf("; %d is %s", m.old.number, m.number.symbol())
	}
	f.add(FieldRenumbered, effect{wire: both}, m.old.symbol(), now.symbol(), how)
	if e := typeEffect(m.old, now); e.json != 0 {
		f.retyped(m.old, now, effect{json: e.json})
	}
	f.requiredness(m.old, now)
}

// kept is about a field that has its number still.
func (f *finder) kept(old, now *member) {
	f.naming(old, now)
	f.replaced(old, now)
	f.retyped(old, now, typeEffect(old, now))
	f.cardinality(old, now)
	f.requiredness(old, now)
	if old.hasValue && now.hasValue && !sameValue(old, now) && old.typ.wire == now.typ.wire {
		f.add(DefaultChanged, effect{both, both}, old.symbol(), now.symbol(), fmt.Sprintf("%s is %s where it is not set, and was %s", old.label(), unset(now), unset(old)))
	}
}

// sameValue compares what two fields are where they are not set: values of enums are the
// same by number or by name, whose change is that of the enum.
func sameValue(old, now *member) bool {
	name := old.defaultName()
	return old.value == now.value || old.zero && now.zero || name != "" && name == now.defaultName()
}

// defaultName is the name of a value of an enum.
func (m *member) defaultName() string {
	number, err := strconv.ParseInt(m.value, 10, 32)
	if m.typ.enum == nil || err != nil || len(m.typ.enum.numbers[int32(number)]) == 0 {
		return ""
	}
	return m.typ.enum.numbers[int32(number)][0]
}

func unset(m *member) string {
	if m.value == "" {
		return "nothing"
	}
	if name := m.defaultName(); name != "" {
		return fmt.Sprintf("%s (%s)", name, m.value)
	}
	return m.value
}

// naming compares the names in JSON. A reader of Protobuf's takes the name of the IDL too.
func (f *finder) naming(old, now *member) {
	var e effect
	if !slices.Contains(now.json, old.json[0]) {
		e.json |= request
	}
	if !slices.Contains(old.json, now.json[0]) {
		e.json |= reply
	}
	if f.old.result {
		return // JSON has no names for what it returns
	}
	if old.name != now.name {
		f.add(FieldRenamed, e, old.symbol(), now.symbol(), fmt.Sprintf("%s is named %s now", old.label(), now.name))
		return
	}
	f.add(JSONNameChanged, e, old.symbol(), now.symbol(), fmt.Sprintf("%s is %q in JSON, and was %q", old.label(), now.json[0], old.json[0]))
}

// replaced compares the types of two exceptions, which clients catch by their names. That
// of the file is not one of them.
func (f *finder) replaced(old, now *member) {
	was, is := old.typ.record, now.typ.record
	if !f.old.result || old.isReturn() || was == nil || is == nil || bareName(was.symbol) == bareName(is.symbol) {
		return
	}
	f.add(ExceptionReplaced, effect{reply, reply}, old.symbol(), now.symbol(), fmt.Sprintf("%s was %s, is %s", old.label(), was.symbol, is.symbol))
}

func (f *finder) retyped(old, now *member, e effect) {
	f.add(FieldRetyped, e, old.symbol(), now.symbol(), fmt.Sprintf("%s was %s, is %s", old.label(), old.shown(), now.shown()))
}

// cardinality compares lists of Protobuf with single values. Whoever reads one value of many
// has the last, if any; who reads a list takes a single value too.
func (f *finder) cardinality(old, now *member) {
	if old.repeated == now.repeated && old.isMap == now.isMap {
		return
	}
	e := effect{json: both}
	switch {
	case old.repeated && !now.repeated:
		e.wire = request
	case now.repeated && !old.repeated:
		e.wire = reply
	}
	f.add(CardinalityChanged, e, old.symbol(), now.symbol(), fmt.Sprintf("%s was %s, is %s", old.label(), old.shown(), now.shown()))
}

func (f *finder) requiredness(old, now *member) {
	switch {
	case !old.required && now.required:
		f.add(RequiredAdded, effect{request, request}, old.symbol(), now.symbol(), old.label()+" is required now")
	case old.required && !now.required:
		f.add(RequiredRemoved, effect{reply, reply}, old.symbol(), now.symbol(), old.label()+" was required, and may be left out now")
	}
}

// added is about a field that OLD does not have.
func (f *finder) added(m *member) {
	switch {
	case m.isReturn(): // clients take it for nothing
	case f.new.result:
		f.add(ExceptionAdded, effect{reply, reply}, f.old.symbol, m.symbol(), fmt.Sprintf(" throws %s (%d) now", m.typ.name, m.number))
	case m.required:
		f.add(RequiredAdded, effect{request, request}, f.old.symbol, m.symbol(), fmt.Sprintf(" has %s (%d), which is new and required", m.name, m.number))
	}
}

// oneofs compares which fields may be set together.
func (f *finder) oneofs() {
	for _, m := range f.matches {
		now := m.same()
		if now == nil || m.old.oneof == "" && now.oneof == "" {
			continue
		}
		apart, together := f.company(m.old, now)
		if len(apart) > 0 {
			f.add(OneofChanged, effect{request, request}, m.old.symbol(), now.symbol(), m.old.label()+" cannot be set together with "+strings.Join(apart, ", ")+" any more")
		}
		if len(together) > 0 {
			f.add(OneofChanged, effect{reply, reply}, m.old.symbol(), now.symbol(), m.old.label()+" may be set together with "+strings.Join(together, ", ")+" now")
		}
	}
}

// company are the names of the fields that a field can no longer be set together with, and
// of those that it can be set together with now.
func (f *finder) company(old, now *member) (apart, together []string) {
	for _, m := range f.matches {
		other := m.same()
		if other == nil || m.old == old {
			continue
		}
		was := old.oneof != "" && m.old.oneof == old.oneof
		is := now.oneof != "" && other.oneof == now.oneof
		switch {
		case is && !was:
			apart = append(apart, m.old.name)
		case was && !is:
			together = append(together, m.old.name)
		}
	}
	return apart, together
}
