package protoplain

import (
	"math"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl/internal/source"
)

// option passes an option that is a statement, from its name on.
func (p *parser) option() *option {
	o := p.setting()
	p.need(';')
	return o
}

// compactOptions passes options in brackets, if there are any.
func (p *parser) compactOptions() []*option {
	if !p.is('[') {
		return nil
	}
	list := []*option{p.setting()}
	for p.is(',') {
		list = append(list, p.setting())
	}
	p.need(']')
	return list
}

// setting passes a name of one part, which is no extension, and its value.
func (p *parser) setting() *option {
	o := &option{Name: []*descriptorpb.UninterpretedOption_NamePart{{NamePart: new(p.word()), IsExtension: new(false)}}}
	p.need('=')
	switch p.lex.Tok {
	case source.Ident:
		o.IdentifierValue = new(p.word())
	case source.String:
		o.StringValue = []byte(p.literal())
	case '-':
		p.next()
		o.NegativeIntValue = new(-p.number(math.MaxInt64))
	default:
		o.PositiveIntValue = new(uint64(p.number(math.MaxInt64)))
	}
	return o
}
