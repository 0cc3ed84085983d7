package format

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Output is a form of replies.
type Output uint8

// The forms of Output.
const (
	JSON     Output = iota // a line of JSON each
	TextForm               // Protobuf text format, a line each
	Raw                    // the bytes of the bodies
	Envelope               // JSON objects for headers, messages, trailers and status
)

var outputNames = [...]string{"json", "text", "binary", "envelope"}

// UnmarshalText reads "json", "text", "binary" or "envelope".
func (o *Output) UnmarshalText(text []byte) error {
	for i, name := range outputNames {
		if name == string(text) {
			*o = Output(i)
			return nil
		}
	}
	return fmt.Errorf("want json, text, binary or envelope")
}

// MarshalText is the inverse of UnmarshalText.
func (o Output) MarshalText() ([]byte, error) { return []byte(outputNames[o]), nil }

// String is the name that UnmarshalText reads.
func (o Output) String() string { return outputNames[o] }

// Style is how a Printer lays replies out.
type Style struct {
	Output  Output
	Pretty  bool
	Palette Palette
	// Delimited puts the length of each body, as a varint, before it when
	// Output is Raw: the form for several messages in one file.
	Delimited bool
}

// Printer writes replies. It buffers; Flush is due before a wait.
type Printer struct {
	w      io.Writer
	style  Style
	codec  Codec
	text   *textDecoder
	out    *protoMessage
	layout layout
	buf    []byte // what has not been written yet
	line   []byte
}

// flushSize is how much a Printer buffers at most, save for one message.
const flushSize = 32 << 10

// NewPrinter returns a Printer of the replies of m to w. The codec is only used
// for JSON.
func NewPrinter(w io.Writer, m *idl.Method, codec Codec, s Style) *Printer {
	p := &Printer{w: w, style: s, codec: codec, layout: layout{palette: s.Palette, pretty: s.Pretty}}
	if out, ok := m.Output.(*idl.ProtoMessage); ok && s.Output == TextForm {
		types := newProtoTypes(out.Types)
		p.text, p.out = &textDecoder{types}, types.message(out.Descriptor)
	}
	return p
}

// Print takes one reply body.
func (p *Printer) Print(body []byte) error {
	var err error
	switch {
	case p.style.Output == Raw:
		if p.style.Delimited {
			p.buf = binary.AppendUvarint(p.buf, uint64(len(body)))
		}
		p.buf = append(p.buf, body...)
	case p.style.Output == TextForm:
		err = p.printText(body)
	case p.plain():
		var line []byte
		if line, err = p.codec.Decode(p.buf, body); err == nil {
			p.buf = append(line, '\n')
		}
	default:
		if p.line, err = p.codec.Decode(p.line[:0], body); err == nil {
			p.PrintJSON(p.line)
		}
	}
	if err != nil {
		return err
	}
	return p.FlushLarge()
}

func (p *Printer) plain() bool { return !p.style.Pretty && p.style.Palette == Palette{} }

// PrintJSON takes a line that is compact JSON already, as those of an envelope.
func (p *Printer) PrintJSON(json []byte) {
	if p.plain() {
		p.buf = append(p.buf, json...)
	} else {
		p.buf = p.layout.append(p.buf, json)
	}
	p.buf = append(p.buf, '\n')
}

func (p *Printer) printText(body []byte) error {
	if p.text == nil {
		return fmt.Errorf("text output needs a Protobuf reply")
	}
	line, err := p.text.message(p.line[:0], body, p.out, 0)
	if err != nil {
		if e, ok := err.(*DecodeError); ok {
			e.Type = string(p.out.desc.FullName())
		}
		return err
	}
	p.line = line
	if p.style.Pretty {
		p.buf = breakText(p.buf, line)
	} else {
		p.buf = append(p.buf, line...)
	}
	p.buf = append(p.buf, '\n')
	return nil
}

// FlushLarge writes what is buffered if that has become much.
func (p *Printer) FlushLarge() error {
	if len(p.buf) < flushSize {
		return nil
	}
	return p.Flush()
}

// Flush writes what is buffered.
func (p *Printer) Flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	_, err := p.w.Write(p.buf)
	p.buf = p.buf[:0]
	return err
}
