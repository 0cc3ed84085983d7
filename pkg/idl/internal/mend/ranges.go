package mend

import (
	"slices"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
)

// MaxNumber is the largest field number outside of MessageSets.
const MaxNumber = 1<<29 - 1

// span is a range of numbers, both ends included.
type span struct{ first, last int64 }

func (s span) valid(least, most int64) bool {
	return least <= s.first && s.first <= s.last && s.last <= most
}

func (s span) meets(others []span) bool {
	return slices.ContainsFunc(others, func(o span) bool { return s.first <= o.last && o.first <= s.last })
}

// spans tells which ranges are neither empty nor overlap others: those to keep.
type spans struct {
	least, most int64
	taken       []span
}

func (s *spans) take(r span) bool {
	if !r.valid(s.least, s.most) || r.meets(s.taken) {
		return false
	}
	s.taken = append(s.taken, r)
	return true
}

// mostRanges is how many ranges are compared with each other; where there are more,
// none of them is kept.
const mostRanges = 4096

// reserved drops reservations that contradict themselves, or what is declared:
// they matter to those who edit IDL.
func (m *mender) reserved(msg *descriptorpb.DescriptorProto, name string) {
	s := spans{least: 1, most: MaxNumber}
	for _, f := range msg.Field {
		n := int64(f.GetNumber())
		s.taken = append(s.taken, span{n, n})
	}
	for _, r := range msg.ExtensionRange {
		s.taken = append(s.taken, span{int64(r.GetStart()), int64(r.GetEnd()) - 1})
	}
	msg.ReservedRange = reservedRanges(m, msg.ReservedRange, &s, name, func(r *descriptorpb.DescriptorProto_ReservedRange) span {
		return span{int64(r.GetStart()), int64(r.GetEnd()) - 1}
	})
	var names []string
	for _, f := range msg.Field {
		names = append(names, f.GetName())
	}
	msg.ReservedName = m.reservedNames(msg.ReservedName, names, name)
}

// reservedRanges drops those that are empty, or overlap what s has.
func reservedRanges[R any](m *mender, list []R, s *spans, scope string, of func(R) span) []R {
	if len(list) > 0 && max(len(list), len(s.taken)) > mostRanges {
		m.notef("reserved ranges of %s are too many to check", scope)
		return nil
	}
	return slices.DeleteFunc(list, func(r R) bool {
		at := of(r)
		ok := s.take(at)
		if !ok {
			m.notef("reserved range %d to %d of %s is empty or taken", at.first, at.last, scope)
		}
		return !ok
	})
}

// reservedNames drops those names that are there twice, or in use.
func (m *mender) reservedNames(list, used []string, scope string) []string {
	taken := make(map[string]bool, len(used)+len(list))
	for _, n := range used {
		taken[n] = true
	}
	return slices.DeleteFunc(list, func(n string) bool {
		drop := taken[n] || n == ""
		if drop {
			m.notef("reserved name %q of %s is in use or reserved twice", n, scope)
		}
		taken[n] = true
		return drop
	})
}

// extensionRanges drops ranges that are empty or overlap.
func (m *mender) extensionRanges(msg *descriptorpb.DescriptorProto, name string) {
	s := spans{least: 1, most: MaxNumber}
	if msg.GetOptions().GetMessageSetWireFormat() {
		s.most = 1<<31 - 2
	}
	if len(msg.ExtensionRange) > mostRanges {
		return
	}
	msg.ExtensionRange = slices.DeleteFunc(msg.ExtensionRange, func(r *descriptorpb.DescriptorProto_ExtensionRange) bool {
		ok := !m.proto3 && s.take(span{int64(r.GetStart()), int64(r.GetEnd()) - 1})
		if !ok {
			m.notef("extension range %d to %d of %s is empty, taken or not allowed", r.GetStart(), int64(r.GetEnd())-1, name)
		}
		return !ok
	})
}

func (m *mender) enum(e *descriptorpb.EnumDescriptorProto, scope string) {
	name := names.Join(scope, e.GetName())
	s := spans{least: -1 << 31, most: 1<<31 - 1}
	numbers := map[int32]bool{}
	var names []string
	for _, v := range e.Value {
		if v.Number == nil {
			m.notef("value %s of %s has no number", v.GetName(), name)
			v.Number = new(int32)
		}
		numbers[v.GetNumber()] = true
		names = append(names, v.GetName())
		s.taken = append(s.taken, span{int64(v.GetNumber()), int64(v.GetNumber())})
	}
	e.ReservedRange = reservedRanges(m, e.ReservedRange, &s, name, func(r *descriptorpb.EnumDescriptorProto_EnumReservedRange) span {
		return span{int64(r.GetStart()), int64(r.GetEnd())}
	})
	e.ReservedName = m.reservedNames(e.ReservedName, names, name)
	m.aliases(e, name, len(numbers) < len(e.Value))
	m.zeroFirst(e, name)
}

// aliases makes allow_alias say whether there are any.
func (m *mender) aliases(e *descriptorpb.EnumDescriptorProto, name string, has bool) {
	if e.GetOptions().GetAllowAlias() == has {
		return
	}
	m.notef("allow_alias of %s is wrong", name)
	if e.Options == nil {
		e.Options = &descriptorpb.EnumOptions{}
	}
	e.Options.AllowAlias = &has
	if !has {
		e.Options.AllowAlias = nil
	}
}

// zeroFirst puts a value with number 0 first where one has to be.
func (m *mender) zeroFirst(e *descriptorpb.EnumDescriptorProto, name string) {
	if !m.proto3 {
		return
	}
	i := slices.IndexFunc(e.Value, func(v *descriptorpb.EnumValueDescriptorProto) bool { return v.GetNumber() == 0 })
	if i <= 0 {
		return
	}
	m.notef("the first value of %s is not 0", name)
	m.moved = true
	zero := e.Value[i]
	copy(e.Value[1:i+1], e.Value[:i])
	e.Value[0] = zero
}

// oneofs drops those without fields, and puts the fields of the others together.
func (m *mender) oneofs(msg *descriptorpb.DescriptorProto, name string) {
	members := make([][]*descriptorpb.FieldDescriptorProto, len(msg.OneofDecl))
	for _, f := range msg.Field {
		i := f.GetOneofIndex()
		if f.OneofIndex == nil || i < 0 || int(i) >= len(members) {
			continue
		}
		members[i] = append(members[i], f)
	}
	var order []int // real oneofs before those of optional fields
	for pass := range 2 {
		for i, fields := range members {
			if len(fields) > 0 && (fields[0].GetProto3Optional() == (pass == 1)) {
				order = append(order, i)
			}
		}
	}
	before, declared := msg.Field, msg.OneofDecl
	arrange(msg, members, order)
	if !slices.Equal(before, msg.Field) || !slices.Equal(declared, msg.OneofDecl) {
		m.notef("the oneofs of %s are not in order", name)
		m.moved = true
	}
}

// arrange gives a message its oneofs in an order, each with its fields where the
// first of them is.
func arrange(msg *descriptorpb.DescriptorProto, members [][]*descriptorpb.FieldDescriptorProto, order []int) {
	var decls []*descriptorpb.OneofDescriptorProto
	first := map[*descriptorpb.FieldDescriptorProto][]*descriptorpb.FieldDescriptorProto{}
	other := map[*descriptorpb.FieldDescriptorProto]bool{}
	for to, i := range order {
		decls = append(decls, msg.OneofDecl[i])
		first[members[i][0]] = members[i]
		for j, f := range members[i] {
			f.OneofIndex = new(int32(to))
			other[f] = j > 0
		}
	}
	msg.OneofDecl = decls
	var fields []*descriptorpb.FieldDescriptorProto
	for _, f := range msg.Field {
		switch {
		case first[f] != nil:
			fields = append(fields, first[f]...)
		case !other[f]:
			fields = append(fields, f)
		}
	}
	msg.Field = fields
}
