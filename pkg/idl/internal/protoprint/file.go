package protoprint

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"
)

func (p *printer) printFile() {
	f := p.file
	l := p.found.at([]int32{fileSyntax})
	if l == nil {
		l = p.found.at([]int32{fileEdition})
	}
	p.statement(p.extra(l), p.syntax())
	if p.Spaced {
		p.b.WriteByte('\n')
	}
	var items []item
	l = p.found.at([]int32{filePackage})
	after := l.GetSpan()
	if f.Package != nil {
		items = append(items, item{first: true, span: l.GetSpan(), print: func() {
			p.statement(p.extra(l), "package "+f.GetPackage()+";")
		}})
	}
	items = append(items, p.imports(after)...)
	items = append(items, p.optionItems(f.Options, nil, fileOptions)...)
	items = append(items, p.messages(p.top)...)
	items = append(items, p.enums(f.EnumType, nil, fileEnums)...)
	for i, s := range f.Service {
		path := []int32{fileServices, int32(i)}
		items = append(items, p.item(path, func() { p.service(s, path) }))
	}
	items = append(items, p.extendItems(p.top)...)
	p.all(items)
}

func (p *printer) syntax() string {
	if p.isEditions() {
		return `edition = "` + strings.TrimPrefix(p.file.GetEdition().String(), "EDITION_") + `";`
	}
	if p.isProto2() {
		return `syntax = "proto2";`
	}
	return "syntax = " + quote(p.file.GetSyntax()) + ";"
}

// imports stand behind each other where their places are unknown, and the first
// after what has a span.
func (p *printer) imports(after []int32) []item {
	var items []item
	add := func(number int32, i int, modifier, name string) {
		l := p.found.at([]int32{number, int32(i)})
		if l != nil {
			after = l.Span
		}
		items = append(items, item{first: true, span: after, places: []place{{number, i}}, print: func() {
			p.statement(p.extra(l), "import "+modifier+quote(name)+";")
		}})
	}
	for i, name := range p.file.Dependency {
		modifier := ""
		switch {
		case slices.Contains(p.file.PublicDependency, int32(i)):
			modifier = "public "
		case slices.Contains(p.file.WeakDependency, int32(i)):
			modifier = "weak "
		}
		add(fileDependencies, i, modifier, name)
	}
	for i, name := range p.file.OptionDependency {
		add(fileOptionDeps, i, "option ", name)
	}
	return items
}

// item is a declaration whose place in the descriptor is the end of its path.
func (p *printer) item(path []int32, print func()) item {
	n := len(path)
	return item{print: print, span: p.found.at(path).GetSpan(), places: []place{{path[n-2], int(path[n-1])}}}
}

func (p *printer) serviceAt(s *descriptorpb.ServiceDescriptorProto, path []int32) {
	switch number, i := at(path, 2); {
	case len(path) == 2:
		p.service(s, path)
	case number == serviceMethods && i < len(s.Method):
		p.method(s.Method[i], path)
	}
}

func (p *printer) service(s *descriptorpb.ServiceDescriptorProto, path []int32) {
	p.block(p.found.at(path), "service "+s.GetName(), func() {
		items := p.optionItems(s.Options, path, serviceOptions)
		for i, m := range s.Method {
			in := join(path, serviceMethods, int32(i))
			items = append(items, p.item(in, func() { p.method(m, in) }))
		}
		p.all(items)
	})
}

func (p *printer) method(m *descriptorpb.MethodDescriptorProto, path []int32) {
	head := "rpc " + m.GetName() + " ( " + streamed(m.GetClientStreaming()) + m.GetInputType() +
		" ) returns ( " + streamed(m.GetServerStreaming()) + m.GetOutputType() + " )"
	o := p.optionsOf(m.Options)
	if len(o.known) == 0 {
		p.statement(p.found.at(path), head+strangeText(o.strange)+";")
		return
	}
	p.block(p.found.at(path), head, func() { p.all(p.optionItems(m.Options, path, methodOptions)) })
}

func streamed(is bool) string {
	if is {
		return "stream "
	}
	return ""
}

func (p *printer) enums(list []*descriptorpb.EnumDescriptorProto, path []int32, number int32) []item {
	var items []item
	for i, e := range list {
		in := join(path, number, int32(i))
		items = append(items, p.item(in, func() { p.enum(e, in) }))
	}
	return items
}

func (p *printer) enumAt(e *descriptorpb.EnumDescriptorProto, path []int32, depth int) {
	switch number, i := at(path, depth); {
	case len(path) == depth:
		p.enum(e, path)
	case number == enumValues && i < len(e.Value):
		p.enumValue(e.Value[i], path)
	}
}

func (p *printer) enum(e *descriptorpb.EnumDescriptorProto, path []int32) {
	p.block(p.found.at(path), visibility(e.GetVisibility())+"enum "+e.GetName(), func() {
		items := p.optionItems(e.Options, path, enumOptions)
		for i, v := range e.Value {
			in := join(path, enumValues, int32(i))
			items = append(items, p.item(in, func() { p.enumValue(v, in) }))
		}
		ranges := make([]span, len(e.ReservedRange))
		for i, r := range e.ReservedRange {
			ranges[i] = span{int64(r.GetStart()), int64(r.GetEnd())}
		}
		items = append(items, p.reservedRanges(ranges, maxEnum, join(path, enumReservedRanges))...)
		items = append(items, p.reservedNames(e.ReservedName, join(path, enumReservedNames))...)
		p.all(items)
	})
}

func visibility(v descriptorpb.SymbolVisibility) string {
	switch v {
	case descriptorpb.SymbolVisibility_VISIBILITY_EXPORT:
		return "export "
	case descriptorpb.SymbolVisibility_VISIBILITY_LOCAL:
		return "local "
	}
	return ""
}

func (p *printer) enumValue(v *descriptorpb.EnumValueDescriptorProto, path []int32) {
	head := v.GetName() + " = " + decimal(v.GetNumber())
	p.statement(p.found.at(path), head+p.brackets(p.optionsOf(v.Options), path, valueOptions, nil)+";")
}
