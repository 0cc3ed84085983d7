package protoprint

import (
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Ends of ranges that are written as max.
const (
	maxField = 1<<29 - 1
	maxSet   = math.MaxInt32 - 1 // of a MessageSet
	maxEnum  = math.MaxInt32
)

// messageAt writes what is at a path below a message of a scope, of which depth
// numbers have been used.
func (p *printer) messageAt(s *scope, index int, path []int32, depth int) {
	m, in := s.messages[index], s.inside(index)
	if len(path) == depth {
		p.message(s, index)
		return
	}
	switch number, i := at(path, depth); {
	case number == messageMessages && i < len(m.NestedType):
		p.messageAt(in, i, path, depth+2)
	case number == messageEnums && i < len(m.EnumType):
		p.enumAt(m.EnumType[i], path, depth+2)
	case number == messageExtensions && i < len(m.Extension):
		p.extensions(in, []int{i})
	case number == messageFields && i < len(m.Field):
		p.field(m.Field[i], path, in)
	case number == messageOneofs && i < len(m.OneofDecl):
		p.oneof(m, i, oneofMembers(m)[i], in)
	}
}

// messages are those of a scope that are not part of a field's declaration.
func (p *printer) messages(s *scope) []item {
	hidden := map[int]bool{}
	for _, x := range s.extends {
		hidden[p.inField(x, s)] = true
	}
	return p.messagesBut(hidden, s)
}

func (p *printer) messagesBut(hidden map[int]bool, s *scope) []item {
	var items []item
	for i := range s.messages {
		if !hidden[i] {
			items = append(items, p.item(join(s.path, s.nested, int32(i)), func() { p.message(s, i) }))
		}
	}
	return items
}

func (p *printer) message(s *scope, index int) {
	m := s.messages[index]
	path := join(s.path, s.nested, int32(index))
	p.block(p.found.at(path), visibility(m.GetVisibility())+"message "+m.GetName(), func() { p.body(m, s.inside(index)) })
}

func (p *printer) body(m *descriptorpb.DescriptorProto, in *scope) {
	items := p.optionItems(m.Options, in.path, messageOptions)
	limit := int64(maxField)
	if m.GetOptions().GetMessageSetWireFormat() {
		limit = maxSet
	}
	ranges := make([]span, len(m.ReservedRange))
	for i, r := range m.ReservedRange {
		ranges[i] = span{int64(r.GetStart()), int64(r.GetEnd()) - 1}
	}
	items = append(items, p.reservedRanges(ranges, limit, join(in.path, messageReservedRanges))...)
	items = append(items, p.reservedNames(m.ReservedName, join(in.path, messageReservedNames))...)
	items = append(items, p.extensionRanges(m.ExtensionRange, limit, in.path)...)
	items = append(items, p.fields(m, in)...)
	hidden := map[int]bool{}
	for _, f := range m.Field {
		hidden[p.inField(f, in)] = true
	}
	for _, x := range m.Extension {
		hidden[p.inField(x, in)] = true
	}
	items = append(items, p.messagesBut(hidden, in)...)
	items = append(items, p.enums(m.EnumType, in.path, messageEnums)...)
	items = append(items, p.extendItems(in)...)
	p.all(items)
}

// fields are a message's fields and oneofs.
func (p *printer) fields(m *descriptorpb.DescriptorProto, in *scope) []item {
	var items []item
	members := oneofMembers(m)
	for i, f := range m.Field {
		path := join(in.path, messageFields, int32(i))
		if f.OneofIndex == nil || f.GetProto3Optional() {
			it := p.item(path, func() { p.field(f, path, in) })
			items = append(items, p.withMessage(it, f, in))
			continue
		}
		index := int(f.GetOneofIndex())
		if index >= len(m.OneofDecl) || index < 0 || members[index][0] != i {
			continue
		}
		it := p.item(path, func() { p.oneof(m, index, members[index], in) })
		it.places = append(it.places, place{messageOneofs, index})
		for _, j := range members[index] {
			it = p.withMessage(it, m.Field[j], in)
		}
		items = append(items, it)
	}
	return items
}

// withMessage adds the place of a message that a field declares.
func (p *printer) withMessage(it item, f *descriptorpb.FieldDescriptorProto, s *scope) item {
	if i := p.inField(f, s); i >= 0 {
		it.places = append(it.places, place{s.nested, i})
	}
	return it
}

func oneofMembers(m *descriptorpb.DescriptorProto) map[int][]int {
	if len(m.OneofDecl) == 0 {
		return nil
	}
	members := map[int][]int{}
	for i, f := range m.Field {
		if f.OneofIndex != nil {
			members[int(f.GetOneofIndex())] = append(members[int(f.GetOneofIndex())], i)
		}
	}
	return members
}

func (p *printer) oneof(m *descriptorpb.DescriptorProto, index int, members []int, in *scope) {
	o, path := m.OneofDecl[index], join(in.path, messageOneofs, int32(index))
	p.block(p.found.at(path), "oneof "+o.GetName(), func() {
		items := p.optionItems(o.Options, path, oneofOptions)
		for _, i := range members {
			f, at := m.Field[i], join(in.path, messageFields, int32(i))
			items = append(items, p.item(at, func() { p.field(f, at, in) }))
		}
		p.all(items)
	})
}

// extendItems are the extensions of a scope, in blocks for what they extend.
func (p *printer) extendItems(s *scope) []item {
	var items []item
	var block []int
	last := -1 // message of a group in the block
	for i := range s.extends {
		block = append(block, i)
		last = max(last, p.inField(s.extends[i], s))
		if i+1 < len(s.extends) && p.sameBlock(s, i, last) {
			continue
		}
		last = -1
		list := block
		block = nil
		it := p.item(join(s.path, s.number, int32(list[0])), func() { p.extensions(s, list) })
		for _, j := range list {
			it = p.withMessage(it, s.extends[j], s)
		}
		items = append(items, it)
	}
	return items
}

// sameBlock reports whether an extension can be in one block with the next. If
// both are groups, their messages have to be neighbours then. last is that of the
// block so far.
func (p *printer) sameBlock(s *scope, i, last int) bool {
	x, next := s.extends[i], s.extends[i+1]
	m := p.inField(next, s)
	return next.GetExtendee() == x.GetExtendee() && p.extendBlock(s, i+1) == p.extendBlock(s, i) &&
		(m < 0 || last < 0 || m == last+1)
}

// extendBlock is where the source has the block with an extension.
func (p *printer) extendBlock(s *scope, index int) *location {
	return p.found.around(join(s.path, s.number), p.found.at(join(s.path, s.number, int32(index))))
}

func (p *printer) extensions(s *scope, list []int) {
	l := p.extendBlock(s, list[0])
	if !p.Spaced && len(list) == 1 && p.indent == 0 {
		l = nil // the comment is the block's, not the one extension's
	}
	p.block(l, "extend "+s.extends[list[0]].GetExtendee(), func() {
		for n, i := range list {
			if n > 0 && p.Spaced {
				p.b.WriteByte('\n')
			}
			p.field(s.extends[i], join(s.path, s.number, int32(i)), s)
		}
	})
}

func (p *printer) extensionRanges(ranges []*descriptorpb.DescriptorProto_ExtensionRange, limit int64, path []int32) []item {
	spans := make([]span, len(ranges))
	for i, r := range ranges {
		spans[i] = span{int64(r.GetStart()), int64(r.GetEnd()) - 1}
	}
	list := join(path, messageRanges)
	same := func(i, j int) bool { return proto.Equal(ranges[i].Options, ranges[j].Options) }
	return p.lists(len(ranges), list, same, func(from, to int) {
		first := join(list, int32(from))
		// A compiler gives all of the list's ranges the options of the one list.
		options := p.brackets(p.optionsOf(ranges[from].Options), first, rangeOptions, nil)
		p.statement(p.found.around(list, p.found.at(first)), "extensions "+spanList(spans[from:to], limit)+options+";")
	})
}

// span has both ends in it.
type span struct{ from, to int64 }

func (p *printer) reservedRanges(ranges []span, limit int64, path []int32) []item {
	return p.lists(len(ranges), path, anyTwo, func(from, to int) {
		l := p.found.around(path, p.found.at(join(path, int32(from))))
		p.statement(p.extra(l), "reserved "+spanList(ranges[from:to], limit)+";")
	})
}

func (p *printer) reservedNames(names []string, path []int32) []item {
	return p.lists(len(names), path, anyTwo, func(from, to int) {
		list := make([]string, 0, to-from)
		for _, name := range names[from:to] {
			if !p.isEditions() {
				name = quote(name)
			}
			list = append(list, name)
		}
		l := p.found.around(path, p.found.at(join(path, int32(from))))
		p.statement(p.extra(l), "reserved "+strings.Join(list, ", ")+";")
	})
}

func anyTwo(int, int) bool { return true }

// lists puts neighbours that were in one statement of the source into one item.
func (p *printer) lists(n int, path []int32, same func(i, j int) bool, print func(from, to int)) []item {
	var items []item
	statement := func(i int) *location { return p.found.around(path, p.found.at(join(path, int32(i)))) }
	for from := 0; from < n; {
		to := from + 1
		for to < n && same(to-1, to) && statement(to) == statement(from) {
			to++
		}
		it := item{span: p.found.at(join(path, int32(from))).GetSpan(), places: []place{{path[len(path)-1], from}}}
		first := from
		it.print = func() { print(first, to) }
		items = append(items, it)
		from = to
	}
	return items
}

func spanList(spans []span, limit int64) string {
	var b strings.Builder
	for i, s := range spans {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(s.from, 10))
		switch s.to {
		case s.from:
		case limit:
			b.WriteString(" to max")
		default:
			b.WriteString(" to " + strconv.FormatInt(s.to, 10))
		}
	}
	return b.String()
}
