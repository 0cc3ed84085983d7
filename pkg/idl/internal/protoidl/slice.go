package protoidl

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// sliceText is the part of a source file that a closure needs. Declarations that
// are not needed leave a blank line, so that comments stay with what they
// belong to; imports that are not needed vanish, and the others get the name
// that the file has in the pool.
//
// A whole file keeps everything, positions included, save for the names of
// imports.
func sliceText(pt *part) string {
	f := pt.file
	var b strings.Builder
	b.Grow(min(len(f.src), 64<<10))
	for _, seg := range f.outline.Segs {
		var d *decl
		if seg.Decl > 0 {
			d = f.decls[seg.Decl-1]
		}
		switch {
		case seg.Imp > 0:
			writeImport(&b, pt, seg)
		case d == nil || pt.whole:
			b.WriteString(f.src[seg.Start:seg.End])
		case pt.hasStub(d):
			writeStub(&b, d, d.Name, d.Kind)
		case !pt.decls[d]:
			b.WriteString("\n\n")
		case pt.methods[d] != nil:
			writeMethods(&b, f.src, seg, d, pt.methods[d])
		default:
			b.WriteString(f.src[seg.Start:seg.End])
		}
	}
	return b.String()
}

func writeImport(b *strings.Builder, pt *part, seg protoscan.Segment) {
	f := pt.file
	line, edge := f.outline.Imports[seg.Imp-1], f.imports[seg.Imp-1]
	to := edge.file
	switch {
	case !pt.whole && (to == nil || !pt.uses[to]):
		b.WriteString("\n\n")
	case to == nil || to.name == line.Name:
		b.WriteString(f.src[seg.Start:seg.End])
	default:
		b.WriteString(f.src[seg.Start:line.StrStart])
		b.WriteByte('"')
		b.WriteString(to.name)
		b.WriteByte('"')
		b.WriteString(f.src[line.StrEnd:seg.End])
	}
}

// writeMethods writes a service without the methods that are not in only.
func writeMethods(b *strings.Builder, src string, seg protoscan.Segment, d *decl, only map[string]bool) {
	at := seg.Start
	for _, m := range d.look().Methods {
		if only[m.Name] {
			continue
		}
		b.WriteString(src[at:m.Start])
		b.WriteString("\n\n")
		at = m.End
	}
	b.WriteString(src[at:seg.End])
}
