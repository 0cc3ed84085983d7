package protoprint

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// literalLength is how long a message may be on one line.
const literalLength = 50

// value is one value of an option or of a field in it.
type value struct {
	text string
	// numeric is an enum's number that has no name.
	numeric bool
	message *literal // instead of text
}

// literal is a message as the text format has it.
type literal struct {
	entries []entry
	// strange tells, in comments, what is not in entries.
	strange []string
}

// entry is a field with its values.
type entry struct {
	field  protoreflect.FieldDescriptor
	name   string
	values []value
}

// flat is a value on one line.
func (v value) flat() string {
	var b strings.Builder
	v.writeFlat(&b, -1)
	return b.String()
}

// layout is a value, on several lines if it is too long for one, which begins
// with an indentation.
func (v value) layout(indent int) string {
	var b strings.Builder
	v.write(&b, indent)
	return b.String()
}

// writeFlat stops soon after limit bytes, unless it is negative.
func (v value) writeFlat(b *strings.Builder, limit int) {
	if v.message == nil {
		b.WriteString(v.text)
		return
	}
	b.WriteString("{")
	for i, e := range v.message.entries {
		if limit >= 0 && b.Len() > limit {
			return
		}
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(" " + e.name + ": ")
		e.writeFlat(b, limit)
	}
	b.WriteString(strangeText(v.message.strange) + " }")
}

func (e entry) writeFlat(b *strings.Builder, limit int) {
	if !e.repeated() {
		e.values[0].writeFlat(b, limit)
		return
	}
	b.WriteString("[")
	for i, v := range e.values {
		if limit >= 0 && b.Len() > limit {
			return
		}
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(" ")
		v.writeFlat(b, limit)
	}
	b.WriteString(" ]")
}

func (e entry) repeated() bool {
	return e.field != nil && e.field.Cardinality() == protoreflect.Repeated
}

// strangeText is a comment on what the language has no words for; "" if it has some for
// everything.
func strangeText(strange []string) string {
	if len(strange) == 0 {
		return ""
	}
	return " /* " + strings.Join(strange, ", ") + " */"
}

func (v value) write(b *strings.Builder, indent int) {
	if v.message == nil || v.fits() {
		v.writeFlat(b, -1)
		return
	}
	b.WriteString("{")
	for i, e := range v.message.entries {
		if i > 0 {
			b.WriteString(",")
		}
		newLine(b, indent+1)
		b.WriteString(e.name + ": ")
		e.write(b, indent+1)
	}
	b.WriteString(strangeText(v.message.strange))
	newLine(b, indent)
	b.WriteString("}")
}

func (e entry) write(b *strings.Builder, indent int) {
	if !e.repeated() {
		e.values[0].write(b, indent)
		return
	}
	if e.fits() {
		e.writeFlat(b, -1)
		return
	}
	b.WriteString("[")
	for i, v := range e.values {
		if i > 0 {
			b.WriteString(",")
		}
		newLine(b, indent+1)
		v.write(b, indent+1)
	}
	newLine(b, indent)
	b.WriteString("]")
}

// fits reports whether a message goes on one line.
func (v value) fits() bool { return fitsLine(v.isLeaf(), v.writeFlat) }

// fits is the same for a list.
func (e entry) fits() bool {
	return fitsLine(len(e.values) == 1 && !e.field.IsMap() && e.values[0].isLeaf(), e.writeFlat)
}

// isLeaf reports whether a value is a message without messages in it.
func (v value) isLeaf() bool {
	return v.message != nil && !slices.ContainsFunc(v.message.entries, entry.nests)
}

// fitsLine reports whether text is short, or, of a leaf, has next to nothing that could
// go on other lines.
func fitsLine(leaf bool, writeFlat func(b *strings.Builder, limit int)) bool {
	var b strings.Builder
	if !leaf {
		writeFlat(&b, literalLength)
		return b.Len() <= literalLength
	}
	writeFlat(&b, -1)
	return b.Len() <= literalLength || strings.Count(b.String(), ",") <= 1 && strings.Count(b.String(), "{") == 1
}

func (e entry) nests() bool { return len(e.values) > 0 && e.values[0].message != nil }

func newLine(b *strings.Builder, indent int) {
	b.WriteByte('\n')
	for range indent {
		b.WriteString("  ")
	}
}

// commentBytes is how much of an unknown value a comment shows.
const commentBytes = 64

// unknownField is what a comment says about a field.
func unknownField(number protowire.Number, raw []byte) string {
	if len(raw) > commentBytes {
		return fmt.Sprintf("unknown %d: 0x%s... (%d bytes)", number, hex.EncodeToString(raw[:commentBytes]), len(raw))
	}
	return fmt.Sprintf("unknown %d: 0x%s", number, hex.EncodeToString(raw))
}
