package diff

// typeEffect says what breaks where a field has another type. Of two records, or two enums,
// that is a matter of what they have.
func typeEffect(old, now *member) effect {
	var e effect
	wire, json := alike(old.typ, now.typ)
	if !wire {
		e.wire = both
	}
	if !json {
		e.json = both
	}
	return e
}

// alike reports whether the wire, and JSON, of one type are read as the other.
func alike(a, b *typ) (wire, json bool) {
	wire = a.wire == b.wire || a.wire == classMessage && b.wire == classBytes && b.json == "base64" ||
		b.wire == classMessage && a.wire == classBytes && a.json == "base64"
	json = a.json == b.json
	for _, inner := range [][2]*typ{{a.key, b.key}, {a.elem, b.elem}} {
		if inner[0] != nil && inner[1] != nil {
			w, j := alike(inner[0], inner[1])
			wire, json = wire && w, json && j
		}
	}
	return wire, json
}
