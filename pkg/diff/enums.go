package diff

import (
	"fmt"
	"slices"
)

// enum compares two enums, number by number.
func (f *finder) enum() {
	for _, v := range f.oldEnum.values {
		names := f.newEnum.numbers[v.number]
		symbol := f.oldEnum.symbol + "." + v.name
		elsewhere, moved := f.newEnum.names[v.name]
		moved = moved && elsewhere != v.number
		switch {
		case len(names) > 0:
			f.renamed(v, names, moved)
		case moved:
			f.add(EnumValueRenumbered, effect{wire: both}, symbol, f.newEnum.symbol+"."+v.name, fmt.Sprintf(" was %d, is %d", v.number, elsewhere))
		default: // a server that does not have it will not send it
			f.add(EnumValueRemoved, effect{request, request}, symbol, "", fmt.Sprintf(" (%d) is gone", v.number))
		}
	}
}

// renamed is about a number of both enums. That is another value where one of the two names
// was, or is, a value by itself.
func (f *finder) renamed(v enumValue, names []string, moved bool) {
	symbol, now := f.oldEnum.symbol+"."+v.name, f.newEnum.symbol+"."+names[0]
	was, known := f.oldEnum.names[names[0]]
	var e effect
	if !slices.Contains(names, v.name) && !moved {
		e.json |= request
	}
	if !known {
		e.json |= reply
	}
	switch {
	case slices.Contains(names, v.name) && (!known || was == v.number):
		f.add(EnumValueRenamed, e, symbol, now, fmt.Sprintf(" (%d) is written %s now", v.number, names[0]))
	case moved || known && was != v.number:
		e.wire = both
		f.add(EnumValueReused, e, symbol, now, fmt.Sprintf(" was %d, which is %s now", v.number, names[0]))
	default:
		f.add(EnumValueRenamed, e, symbol, now, fmt.Sprintf(" (%d) is named %s now", v.number, names[0]))
	}
}
