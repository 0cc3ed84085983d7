package protoidl

import "strings"

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
	for _, seg := range f.outline.segs {
		switch {
		case seg.imp > 0:
			writeImport(&b, pt, seg)
		case seg.decl == nil || pt.whole:
			b.WriteString(f.src[seg.start:seg.end])
		case pt.hasStub(seg.decl):
			writeStub(&b, seg.decl, seg.decl.name, seg.decl.kind)
		case !pt.decls[seg.decl]:
			b.WriteString("\n\n")
		case pt.methods[seg.decl] != nil:
			writeMethods(&b, f.src, seg, pt.methods[seg.decl])
		default:
			b.WriteString(f.src[seg.start:seg.end])
		}
	}
	return b.String()
}

func writeImport(b *strings.Builder, pt *part, seg segment) {
	f := pt.file
	line, edge := f.outline.imports[seg.imp-1], f.imports[seg.imp-1]
	to := edge.file
	switch {
	case !pt.whole && (to == nil || !pt.uses[to]):
		b.WriteString("\n\n")
	case to == nil || to.name == line.name:
		b.WriteString(f.src[seg.start:seg.end])
	default:
		b.WriteString(f.src[seg.start:line.strStart])
		b.WriteByte('"')
		b.WriteString(to.name)
		b.WriteByte('"')
		b.WriteString(f.src[line.strEnd:seg.end])
	}
}

// writeMethods writes a service without the methods that are not in only.
func writeMethods(b *strings.Builder, src string, seg segment, only map[string]bool) {
	at := seg.start
	for _, m := range seg.decl.look().methods {
		if only[m.name] {
			continue
		}
		b.WriteString(src[at:m.start])
		b.WriteString("\n\n")
		at = m.end
	}
	b.WriteString(src[at:seg.end])
}
