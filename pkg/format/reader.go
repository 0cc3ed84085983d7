package format

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// Reader turns a sequence of JSON documents into request bodies. Documents may
// stand one on a line, run together or be spread over lines; each becomes a body
// as soon as its last byte has been read. Memory is bounded by the largest
// document, not by their number.
type Reader struct {
	src    io.Reader
	source string
	encode func(dst, json []byte) ([]byte, error)
	limit  int

	buf        []byte // buf[start:end] has been read and not consumed
	start, end int
	err        error // what src ended with
	split      jsontext.Splitter
	begun      bool // buf[start] is the first byte of a document
	scanned    int  // how many bytes of it split has been fed
	whole      bool // that is all of it
	index      int  // documents so far
	line, col  int  // where buf[start] stands, from 1; col in characters
	body       []byte
}

const readSize = 64 << 10

// NewReader reads documents from src; source names it in errors ("stdin", "-d",
// a file). encode appends the body of one document, as Codec.Encode does. A
// document of more than limit bytes is an error; 0 is no limit.
func NewReader(src io.Reader, source string, encode func(dst, json []byte) ([]byte, error), limit int) *Reader {
	return &Reader{src: src, source: source, encode: encode, limit: limit, line: 1, col: 1}
}

// Next returns the body of the next document, valid until the following call,
// and io.EOF after the last. A mistake in a document is an *InputError; the
// reader is of no use after an error.
func (r *Reader) Next() ([]byte, error) {
	doc, err := r.document()
	if err != nil {
		return nil, err
	}
	r.index++
	body, err := r.encode(r.body[:0], doc)
	if err != nil {
		return nil, r.explain(doc, err)
	}
	r.body = body
	r.consume(len(doc))
	r.begun = false
	return body, nil
}

// Ready reports whether Next has all that it needs, and will not read from src.
func (r *Reader) Ready() bool {
	if r.err != nil {
		return true
	}
	if !r.begun && !r.begin() {
		return false
	}
	return r.scan() || r.tooLarge()
}

// document returns the bytes of the next document, without consuming them. At
// the end of the input or at a mistake they may be no whole document.
func (r *Reader) document() ([]byte, error) {
	for !r.begun && !r.begin() {
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
	for {
		whole := r.scan()
		if r.tooLarge() {
			r.index++
			return nil, r.explain(r.buf[r.start:r.start+r.scanned], &DocumentSizeError{r.limit})
		}
		if whole {
			return r.buf[r.start : r.start+r.scanned], nil
		}
		switch err := r.fill(); {
		case err == io.EOF:
			return r.buf[r.start : r.start+r.scanned], nil
		case err != nil:
			return nil, err
		}
	}
}

// begin moves to the first byte of a document, if it is there.
func (r *Reader) begin() bool {
	if !r.skipSpace() {
		return false
	}
	r.split.Reset()
	r.begun, r.scanned, r.whole = true, 0, false
	return true
}

// scan looks for the end of the document in what has been read.
func (r *Reader) scan() (whole bool) {
	if !r.whole {
		var used int
		used, r.whole = r.split.Feed(r.buf[r.start+r.scanned : r.end])
		r.scanned += used
	}
	return r.whole
}

func (r *Reader) tooLarge() bool { return r.limit > 0 && r.scanned > r.limit }

// skipSpace moves to the first byte of a document, if it has been read. A byte order mark
// at the very beginning is white space too: editors leave it there.
func (r *Reader) skipSpace() bool {
	for r.start < r.end {
		switch c := r.buf[r.start]; c {
		case ' ', '\t', '\r', '\n':
			r.consume(1)
		default:
			if c == 0xEF && r.index == 0 && bytes.HasPrefix(r.buf[r.start:r.end], []byte("\uFEFF")) {
				r.start += len("\uFEFF")
				continue
			}
			return true
		}
	}
	return false
}

// fill reads more input behind what is buffered.
func (r *Reader) fill() error {
	if r.err != nil {
		return r.err
	}
	if r.start == r.end {
		r.start, r.end = 0, 0
	}
	if r.end == len(r.buf) {
		r.grow()
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	if err != nil && err != io.EOF {
		err = &ReadError{r.source, err}
	}
	r.err = err
	if n > 0 {
		return nil
	}
	return err
}

// grow makes room: by moving what is buffered to the front, or in a larger buffer.
func (r *Reader) grow() {
	size := len(r.buf)
	if pending := r.end - r.start; pending > size/2 || size == 0 {
		size = max(2*size, readSize)
	}
	buf := r.buf
	if size > len(buf) {
		buf = make([]byte, size)
	}
	r.end = copy(buf, r.buf[r.start:r.end])
	r.start, r.buf = 0, buf
}

// consume moves over n bytes and keeps line and column.
func (r *Reader) consume(n int) {
	b := r.buf[r.start : r.start+n]
	if last := bytes.LastIndexByte(b, '\n'); last >= 0 {
		r.line += bytes.Count(b, []byte{'\n'})
		r.col = 1
		b = b[last+1:]
	}
	r.col += utf8.RuneCount(b)
	r.start += n
}

// explain says where in the input a mistake in doc stands.
func (r *Reader) explain(doc []byte, err error) error {
	off := 0
	if v, ok := errors.AsType[*ValueError](err); ok {
		off = min(v.Offset, len(bytes.TrimRight(doc, " \t\r\n"))) // not behind the last line
	}
	e := &InputError{Source: r.source, Index: r.index, Line: r.line, Col: r.col, Err: err}
	before := doc[:off]
	if last := bytes.LastIndexByte(before, '\n'); last >= 0 {
		e.Line += bytes.Count(before, []byte{'\n'})
		e.Col = 1
		before = before[last+1:]
	}
	e.Col += utf8.RuneCount(before)
	e.Text, e.Caret = excerpt(r.rest(len(doc)), off)
	return e
}

// rest returns the document and what is already buffered of its last line.
func (r *Reader) rest(n int) []byte {
	b := r.buf[r.start:r.end]
	if i := bytes.IndexByte(b[n:], '\n'); i >= 0 {
		return b[:n+i]
	}
	return b
}

// Widths of the excerpt around a mistake, in characters.
const (
	excerptBefore = 60
	excerptAfter  = 20
)

// excerpt cuts the line that holds text[off] to what a terminal shows, with
// tabs and control characters as spaces, and returns the number of characters
// before the mistake.
func excerpt(text []byte, off int) (line string, caret int) {
	off = min(off, len(text))
	start, end := off, off
	for start > 0 && text[start-1] != '\n' && off-start < 4*excerptBefore {
		start--
	}
	for end < len(text) && text[end] != '\n' && text[end] != '\r' && end-off < 4*excerptAfter {
		end++
	}
	before, after := []rune(string(text[start:off])), []rune(string(text[off:end]))
	left, right := "", ""
	if len(before) > excerptBefore {
		before, left = before[len(before)-excerptBefore+1:], "…"
	}
	if len(after) > excerptAfter {
		after, right = after[:excerptAfter-1], "…"
	}
	shown := strings.Map(plain, left+string(before))
	return shown + strings.Map(plain, string(after)+right), utf8.RuneCountInString(shown)
}

func plain(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}
