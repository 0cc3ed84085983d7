package thriftjson

import "github.com/idlcall/idlcall/pkg/idl/thrift"

// maxFallback is the size up to which a default is shown. Defaults of structs have
// those of their fields in them, which doubles from level to level.
const maxFallback = 1 << 20

// fallback is the JSON of a field that is not on the wire, nil where none is shown.
func (d *decoder) fallback(f *field) []byte {
	if f.desc.Default == nil {
		if d.o.EmitDefaults && f.desc.Requiredness == thrift.Unspecified {
			return d.empty(f.typ)
		}
		return nil
	}
	if made := f.fallback.Load(); made != nil && (d.making == nil || !made.cut) {
		return made.json
	}
	return d.expand(f)
}

// fallback is the default of a field as JSON, nil where it cannot be shown. cut says
// that it contains itself, and that something is left out where it does: inside another
// default, it is another.
type fallback struct {
	json []byte
	cut  bool
}

// expansion is the making of a default, with those that it leads to. One that contains
// itself is shown once.
type expansion struct {
	within map[*field]bool   // being made
	parts  map[*field][]byte // in which something was left out that stands around them
	cut    bool              // something has been left out
}

// expand makes the default of a field, and keeps it for all codecs if it does not depend
// on those around it.
func (d *decoder) expand(f *field) []byte {
	x := d.making
	outermost := x == nil
	if outermost {
		x = &expansion{within: map[*field]bool{}, parts: map[*field][]byte{}}
	}
	if part, made := x.parts[f]; made || x.within[f] {
		x.cut = true
		return part
	}
	before := x.cut
	x.cut, x.within[f] = false, true
	value := d.defaultOf(f, x)
	delete(x.within, f)
	if x.cut && !outermost {
		x.parts[f] = value
	} else {
		f.fallback.Store(&fallback{value, x.cut})
	}
	x.cut = x.cut || before
	return value
}

// defaultOf is nil where a default lacks a required field, or leads too far.
func (d *decoder) defaultOf(f *field, x *expansion) []byte {
	var enc encoder
	enc.p.Src = f.desc.Default
	wire, err := enc.value(nil, f.typ, 0)
	if err != nil {
		return nil
	}
	sub := decoder{o: d.o, types: d.types, making: x}
	sub.begin(wire)
	value := sub.value(nil, f.typ, 0)
	if sub.r.err != nil || len(value) > maxFallback {
		return nil
	}
	return value
}
