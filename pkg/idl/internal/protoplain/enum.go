package protoplain

import (
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoprint"
	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// enum passes one from its name on.
func (p *parser) enum() *descriptorpb.EnumDescriptorProto {
	e := &descriptorpb.EnumDescriptorProto{Name: new(p.word())}
	p.need('{')
	for !p.is('}') && !p.odd {
		if p.is(';') {
			continue
		}
		switch name := p.word(); name {
		case "option":
			if e.Options == nil {
				e.Options = &descriptorpb.EnumOptions{}
			}
			e.Options.UninterpretedOption = append(e.Options.UninterpretedOption, p.option())
		case "reserved":
			p.reservedInEnum(e)
		default:
			e.Value = append(e.Value, p.enumValue(name))
		}
	}
	return e
}

func (p *parser) enumValue(name string) *descriptorpb.EnumValueDescriptorProto {
	p.need('=')
	v := &descriptorpb.EnumValueDescriptorProto{Name: &name, Number: new(p.enumNumber())}
	if list := p.compactOptions(); list != nil {
		v.Options = &descriptorpb.EnumValueOptions{UninterpretedOption: list}
	}
	p.need(';')
	return v
}

func (p *parser) enumNumber() int32 {
	if p.is('-') {
		return int32(-p.number(-math.MinInt32))
	}
	return int32(p.number(math.MaxInt32))
}

// reservedIn passes what is reserved in a message. protodesc checks that ranges do not overlap.
func (p *parser) reservedIn(m *message) {
	if p.lex.Tok == source.String {
		m.ReservedName = p.reservedNames(m.ReservedName)
		return
	}
	p.ranges(int32(protowire.MaxValidNumber), p.fieldNumber, func(start, end int32) {
		m.ReservedRange = append(m.ReservedRange, &descriptorpb.DescriptorProto_ReservedRange{Start: &start, End: new(end + 1)})
	})
}

// fieldNumber passes one that may be reserved: those of the implementation are among them.
func (p *parser) fieldNumber() int32 {
	n := int32(p.number(int64(protowire.MaxValidNumber)))
	if n == 0 {
		p.giveUp()
	}
	return n
}

func (p *parser) reservedInEnum(e *descriptorpb.EnumDescriptorProto) {
	if p.lex.Tok == source.String {
		e.ReservedName = p.reservedNames(e.ReservedName)
		return
	}
	p.ranges(math.MaxInt32, p.enumNumber, func(start, end int32) {
		e.ReservedRange = append(e.ReservedRange, &descriptorpb.EnumDescriptorProto_EnumReservedRange{Start: &start, End: &end})
	})
}

// ranges passes numbers and ranges of them, up to a semicolon; most is what max means.
func (p *parser) ranges(most int32, number func() int32, add func(start, end int32)) {
	for again := true; again; again = p.is(',') {
		start := number()
		end := start
		if p.isWord("to") {
			if end = most; !p.isWord("max") {
				end = number()
			}
		}
		if start > end {
			p.giveUp()
		}
		add(start, end)
	}
	p.need(';')
}

// reservedNames passes names as strings, up to a semicolon.
func (p *parser) reservedNames(names []string) []string {
	for again := true; again; again = p.is(',') {
		name := p.literal()
		if !protoprint.IsName(name) || slices.Contains(names, name) {
			p.giveUp()
		}
		names = append(names, name)
	}
	p.need(';')
	return names
}
