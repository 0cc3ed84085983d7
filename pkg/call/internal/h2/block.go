package h2

import (
	"bytes"
	"slices"

	"golang.org/x/net/http2/hpack"
)

// Header blocks repeat: those of all calls of one method are the same, byte for byte, from
// the second on, when all that can be is in the dynamic table (RFC 7541). Such a block
// neither reads nor changes the state of a connection in a way that another would not, so
// that what it stands for can be remembered.

// repeatable reports whether a header block leaves the dynamic table as it is: it has no
// field that is added to it and no change of its size (RFC 7541 section 6).
func repeatable(block []byte) bool {
	for len(block) > 0 {
		switch c := block[0]; {
		case c >= 0x80: // indexed field, 7 bits of the index
			block = skipInteger(block, 7)
		case c >= 0x20: // literal that is added, or size update
			return false
		default: // literal that is not added, 4 bits of the index of its name
			named := c&0x0f != 0
			if block = skipInteger(block, 4); !named {
				block = skipString(block)
			}
			block = skipString(block)
		}
		if block == nil {
			return false
		}
	}
	return true
}

// skipInteger returns what follows an integer with a prefix of so many bits (RFC 7541
// section 5.1), nil where nothing can.
func skipInteger(b []byte, bits int) []byte {
	most := byte(1)<<bits - 1
	if b[0]&most < most {
		return b[1:]
	}
	for i := 1; i < len(b); i++ {
		if b[i] < 0x80 {
			return b[i+1:]
		}
	}
	return nil
}

// skipString returns what follows a string (RFC 7541 section 5.2) of less than 127 bytes,
// nil where there is none.
func skipString(b []byte) []byte {
	if len(b) == 0 || b[0]&0x7f == 0x7f || len(b) <= int(b[0]&0x7f) {
		return nil
	}
	return b[1+b[0]&0x7f:]
}

// block is a header block and the fields that it stands for.
type block struct {
	raw    []byte
	fields []hpack.HeaderField
}

// blocks are those that were read last, of those that are repeatable. All of them hold
// until the dynamic table changes.
type blocks struct {
	kept [4]block
	next int // is replaced next
}

// largestBlock is the size of a block that is kept, in bytes.
const largestBlock = 256

// find returns the fields of a block, nil where it is not known.
func (b *blocks) find(raw []byte) []hpack.HeaderField {
	for i := range b.kept {
		if bytes.Equal(b.kept[i].raw, raw) {
			return b.kept[i].fields
		}
	}
	return nil
}

// keep remembers what a block stands for, or forgets all where it has changed the table.
func (b *blocks) keep(raw []byte, fields []hpack.HeaderField) {
	if !repeatable(raw) {
		*b = blocks{}
		return
	}
	if len(fields) > 0 && len(raw) <= largestBlock {
		b.kept[b.next] = block{raw, fields}
		b.next = (b.next + 1) % len(b.kept)
	}
}

// encode returns the header block of a request; the caller holds mu. A sensitive field is
// never added to the table: a last one that differs from call to call, as a time that is
// left, does not keep the others from being repeated.
func (c *Conn) encode(fields []hpack.HeaderField) []byte {
	same, last := fields, fields[len(fields):]
	if n := len(fields) - 1; n >= 0 && fields[n].Sensitive {
		same, last = fields[:n], fields[n:]
	}
	c.hbuf.Reset()
	if slices.Equal(c.sent.fields, same) {
		c.hbuf.Write(c.sent.raw)
	} else {
		c.writeFields(same)
		c.sent = block{}
		if raw := c.hbuf.Bytes(); len(raw) <= largestBlock && repeatable(raw) {
			c.sent = block{bytes.Clone(raw), slices.Clone(same)}
		}
	}
	c.writeFields(last)
	return c.hbuf.Bytes()
}

func (c *Conn) writeFields(fields []hpack.HeaderField) {
	for _, f := range fields {
		_ = c.henc.WriteField(f)
	}
}
