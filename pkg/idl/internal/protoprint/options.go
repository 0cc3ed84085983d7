package protoprint

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Options in brackets stand on lines of their own if they are many or long.
const (
	bracketCount  = 3
	bracketLength = 50
)

// option is one option with its values; most have one.
type option struct {
	name   string
	number int32
	// values are text, or a message.
	values []value
	// repeated options have several statements, or could have.
	repeated bool
	// pseudo options are fields of the descriptor itself.
	pseudo bool
}

// options are what a descriptor's options say.
type options struct {
	known   []option
	strange []string
}

// optionsOf reads options, standard ones first, then by name.
func (p *printer) optionsOf(m proto.Message) options {
	if m == nil || !m.ProtoReflect().IsValid() {
		return options{}
	}
	data, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(m)
	if err != nil || len(data) == 0 {
		return options{}
	}
	msg := p.decode(m.ProtoReflect().Descriptor(), data, 0)
	var o options
	o.strange = msg.strange
	for _, e := range msg.entries {
		opt := option{name: e.name, number: int32(e.field.Number()), repeated: e.repeated()}
		if e.field.IsExtension() {
			opt.name = "(." + string(e.field.FullName()) + ")"
		}
		for _, v := range e.values {
			// Only in message literals are enum values numbers.
			if v.numeric || opt.name == "uninterpreted_option" {
				o.strange = append(o.strange, opt.name+": "+inComment(v.flat()))
				continue
			}
			opt.values = append(opt.values, v)
		}
		if len(opt.values) > 0 {
			parts, strange := p.expand(opt)
			o.known, o.strange = append(o.known, parts...), append(o.strange, strange...)
		}
	}
	slices.SortStableFunc(o.known, compareOptions)
	return o
}

func compareOptions(a, b option) int {
	if c := cmp.Compare(strings.Count(a.name[:1], "("), strings.Count(b.name[:1], "(")); c != 0 {
		return c
	}
	return cmp.Compare(a.name, b.name)
}

// optionItems are options as statements of a body. number is the field that has
// the options, for their locations.
func (p *printer) optionItems(m proto.Message, path []int32, number int32) []item {
	o := p.optionsOf(m)
	var items []item
	for _, opt := range o.known {
		l := p.found.at(join(path, number, opt.number))
		items = append(items, item{early: true, span: l.GetSpan(), print: func() {
			for i, v := range opt.values {
				var at *location
				if i == 0 {
					at = p.extra(l)
				}
				p.statement(at, "option "+opt.name+" = "+v.layout(p.indent)+";")
			}
		}})
	}
	for _, s := range o.strange {
		items = append(items, item{early: true, print: func() { p.line("// " + s) }})
	}
	return items
}

// brackets are options behind a declaration. Of a field they include what looks
// like options but is not.
func (p *printer) brackets(o options, path []int32, number int32, f *descriptorpb.FieldDescriptorProto) string {
	list := o.known
	if f != nil {
		pseudo, strange := fieldOptionsOf(f)
		o.strange = append(o.strange, strange...)
		list = append(list, pseudo...)
		slices.SortStableFunc(list, compareOptions)
	}
	if len(list) == 0 {
		return strangeText(o.strange)
	}
	if p.found != nil {
		p.sortBySource(list, path, number)
	}
	count := 0
	var flat []string
	for _, opt := range list {
		for _, v := range opt.values {
			count++
			flat = append(flat, opt.name+" = "+v.flat())
		}
	}
	if text := strings.Join(flat, ", "); count <= bracketCount && len(text) <= bracketLength {
		return " [" + text + "]" + strangeText(o.strange)
	}
	return p.expanded(list) + strangeText(o.strange)
}

func (p *printer) expanded(list []option) string {
	var b strings.Builder
	b.WriteString(" [\n")
	first := true
	for _, opt := range list {
		for _, v := range opt.values {
			if !first {
				b.WriteString(",\n")
			}
			first = false
			b.WriteString(strings.Repeat("  ", p.indent+1) + opt.name + " = " + v.layout(p.indent+1))
		}
	}
	b.WriteString("\n" + strings.Repeat("  ", p.indent) + "]")
	return b.String()
}

func (p *printer) sortBySource(list []option, path []int32, number int32) {
	span := func(o option) []int32 {
		if o.pseudo {
			return p.found.at(join(path, o.number)).GetSpan()
		}
		return p.found.at(join(path, number, o.number)).GetSpan()
	}
	slices.SortStableFunc(list, func(a, b option) int {
		x, y := span(a), span(b)
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return 1
		case y == nil:
			return -1
		}
		return slices.Compare(x, y)
	})
}

func fieldOptionsOf(f *descriptorpb.FieldDescriptorProto) (list []option, strange []string) {
	if f.DefaultValue != nil {
		if text, ok := defaultText(f); ok {
			list = append(list, option{name: "default", number: fieldDefault, values: []value{{text: text}}, pseudo: true})
		} else {
			strange = append(strange, "default: "+inComment(quote(f.GetDefaultValue())))
		}
	}
	if name := f.GetJsonName(); name != "" && f.Extendee == nil && name != JSONName(f.GetName()) {
		list = append(list, option{name: "json_name", number: fieldJSON, values: []value{{text: quote(name)}}, pseudo: true})
	}
	return list, strange
}

// inComment is text that cannot end the comment that it stands in.
func inComment(s string) string { return strings.ReplaceAll(s, "*/", `*\057`) }
