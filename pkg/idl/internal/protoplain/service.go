package protoplain

import "google.golang.org/protobuf/types/descriptorpb"

// service passes one from its name on.
func (p *parser) service() *descriptorpb.ServiceDescriptorProto {
	s := &descriptorpb.ServiceDescriptorProto{Name: new(p.word())}
	p.need('{')
	for !p.is('}') && !p.odd {
		switch {
		case p.is(';'):
		case p.isWord("option"):
			if s.Options == nil {
				s.Options = &descriptorpb.ServiceOptions{}
			}
			s.Options.UninterpretedOption = append(s.Options.UninterpretedOption, p.option())
		case p.isWord("rpc"):
			s.Method = append(s.Method, p.method())
		default:
			p.giveUp()
		}
	}
	return s
}

// method passes one from its name on.
func (p *parser) method() *descriptorpb.MethodDescriptorProto {
	m := &descriptorpb.MethodDescriptorProto{Name: new(p.word())}
	m.InputType, m.ClientStreaming = p.methodType()
	if !p.isWord("returns") {
		p.giveUp()
	}
	m.OutputType, m.ServerStreaming = p.methodType()
	if p.is(';') {
		return m
	}
	p.need('{')
	m.Options = &descriptorpb.MethodOptions{} // as protoc does, even where there are none
	for !p.is('}') && !p.odd {
		switch {
		case p.is(';'):
		case p.isWord("option"):
			m.Options.UninterpretedOption = append(m.Options.UninterpretedOption, p.option())
		default:
			p.giveUp()
		}
	}
	return m
}

// methodType passes a type in parentheses; streaming is nil where it is not said.
func (p *parser) methodType() (name *string, streaming *bool) {
	p.need('(')
	if p.isWord("stream") {
		streaming = new(true)
	}
	name = new(p.typeName())
	p.need(')')
	return name, streaming
}
