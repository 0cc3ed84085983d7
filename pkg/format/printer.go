package format

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/format/internal/protojson"
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
	text   *protojson.Text // of a Protobuf reply in text format
	layout layout
	lines  textLayout
	plain  bool   // text stays as it is decoded
	buf    []byte // what has not been written yet
	line   []byte

	// What follows is made once, not for each reply: how one is decoded and laid out, and
	// where its text goes if it is large.
	decode decoding
	lay    func(dst, text []byte) []byte
	take   func(text []byte) error
	before []byte // stands before the text that take gets
	taken  bool   // it has got some
}

// flushSize is how much a Printer buffers at most, save for one message.
const flushSize = 32 << 10

// NewPrinter returns a Printer of the replies of m to w. The codec is only used
// for JSON.
func NewPrinter(w io.Writer, m *idl.Method, codec Codec, s Style) *Printer {
	p := &Printer{w: w, style: s, codec: codec, layout: layout{palette: s.Palette, pretty: s.Pretty}}
	if out, ok := m.Output.(*idl.ProtoMessage); ok && s.Output == TextForm {
		p.text = protojson.NewText(out)
	}
	p.decode, p.lay, p.take = p.decodeText, p.lines.append, p.takeLaid
	if s.Output != TextForm && codec != nil {
		p.decode, p.lay = codec.Stream, p.layout.append
	}
	p.plain = !s.Pretty && (s.Output == TextForm || s.Palette == Palette{})
	if p.plain {
		p.take = p.takePlain
	}
	return p
}

// Print takes one reply body.
func (p *Printer) Print(body []byte) error { return p.PrintIn(nil, body, nil) }

// PrintIn takes one reply body, around whose JSON other text stands, which completes
// it to a document: before, and what after appends, if it is not nil.
func (p *Printer) PrintIn(before, body []byte, after func(dst []byte) []byte) error {
	if p.style.Output == Raw {
		if p.style.Delimited {
			p.buf = binary.AppendUvarint(p.buf, uint64(len(body)))
		}
		p.buf = append(p.buf, body...)
		return p.FlushLarge()
	}
	if p.style.Output == TextForm && p.text == nil {
		return fmt.Errorf("text output needs a Protobuf reply")
	}
	var err error
	if p.plain {
		err = p.printPlain(before, body, after)
	} else {
		err = p.printLaid(before, body, after)
	}
	if err != nil {
		return err
	}
	p.buf = append(p.buf, '\n')
	return p.FlushLarge()
}

// decoding is a Codec's Stream, or the like.
type decoding func(dst, body []byte, take func(text []byte) error) ([]byte, error)

func (p *Printer) decodeText(dst, body []byte, take func([]byte) error) ([]byte, error) {
	dst, err := p.text.Stream(dst, body, take)
	return dst, public(err)
}

// printPlain decodes straight into the buffer. What does not fit there is written at
// once.
func (p *Printer) printPlain(before, body []byte, after func([]byte) []byte) error {
	p.before, p.taken = append(p.buf, before...), false
	line, err := p.decode(p.before, body, p.take)
	if err != nil {
		return err
	}
	if p.taken {
		line = line[:copy(line, line[len(p.before):])]
	}
	if after != nil {
		line = after(line)
	}
	p.buf = line
	return nil
}

// takePlain writes text, and what stands before it.
func (p *Printer) takePlain(text []byte) error {
	if !p.taken {
		p.taken = true
		p.buf = p.buf[:0]
		if _, err := p.w.Write(p.before); err != nil {
			return err
		}
	}
	_, err := p.w.Write(text)
	return err
}

// printLaid writes the text anew, over lines or in colour.
func (p *Printer) printLaid(before, body []byte, after func([]byte) []byte) error {
	p.line = append(p.line[:0], before...)
	p.before, p.taken = before, false
	line, err := p.decode(p.line, body, p.take)
	if err != nil {
		return err
	}
	p.line = line
	if p.taken {
		line = line[len(before):]
	}
	if after != nil {
		line = after(line)
	}
	p.buf = p.lay(p.buf, line)
	return nil
}

// takeLaid lays text out, and what stands before it.
func (p *Printer) takeLaid(text []byte) error {
	if !p.taken {
		p.taken = true
		p.buf = p.lay(p.buf, p.before)
	}
	p.buf = p.lay(p.buf, text)
	return p.FlushLarge()
}

// PrintJSON takes a line that is compact JSON already, as those of an envelope.
func (p *Printer) PrintJSON(json []byte) {
	if p.plain {
		p.buf = append(p.buf, json...)
	} else {
		p.buf = p.layout.append(p.buf, json)
	}
	p.buf = append(p.buf, '\n')
}

// PrintLine takes a line as it is, without its end.
func (p *Printer) PrintLine(line []byte) { p.buf = append(append(p.buf, line...), '\n') }

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
