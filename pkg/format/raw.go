package format

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/format/internal/jsontext"
)

// RawForm is how bodies that are encoded already stand in a file or a flag.
type RawForm uint8

// The forms of RawForm.
const (
	RawNone   RawForm = iota
	RawBinary         // the bytes themselves: the whole input is one body
	RawHex            // a word of hexadecimal digits each; white space ends it
	RawBase64         // a word of base64 each, either alphabet, padded or not
)

var rawNames = [...]string{"", "binary", "hex", "base64"}

// UnmarshalText reads "binary", "hex" or "base64".
func (f *RawForm) UnmarshalText(text []byte) error {
	for i, name := range rawNames {
		if name == string(text) && name != "" {
			*f = RawForm(i)
			return nil
		}
	}
	return errors.New("want binary, hex or base64")
}

// MarshalText is the inverse of UnmarshalText; RawNone is empty.
func (f RawForm) MarshalText() ([]byte, error) { return []byte(rawNames[f]), nil }

// RawReader reads bodies that are encoded already.
type RawReader struct {
	in     *bufio.Reader
	source string
	form   RawForm
	// delimited says that bodies in RawBinary have their size before them.
	delimited bool
	limit     int
	index     int
	body      []byte
}

// NewRawReader reads bodies from src in a form; source names it in errors. With
// delimited, each body in RawBinary follows its size as a varint, as Style has it
// on output. A body of more than limit bytes is an error; 0 is no limit.
func NewRawReader(src io.Reader, source string, form RawForm, delimited bool, limit int) *RawReader {
	return &RawReader{in: bufio.NewReader(src), source: source, form: form, delimited: delimited, limit: limit}
}

// Next returns the next body, valid until the following call, and io.EOF after the
// last. A body that is not in the form is a *RawError.
func (r *RawReader) Next() ([]byte, error) {
	r.index++
	switch {
	case r.form != RawBinary:
		return r.word()
	case r.delimited:
		return r.sized()
	case r.index > 1:
		return nil, io.EOF
	}
	return r.all()
}

func (r *RawReader) fail(err error) error { return &RawError{r.source, r.index, err} }

// all is the whole input.
func (r *RawReader) all() ([]byte, error) {
	var src io.Reader = r.in
	if r.limit > 0 {
		src = io.LimitReader(r.in, int64(r.limit)+1)
	}
	body, err := io.ReadAll(src)
	switch {
	case err != nil:
		return nil, &ReadError{r.source, err}
	case r.limit > 0 && len(body) > r.limit:
		return nil, r.fail(&DocumentSizeError{r.limit})
	}
	return body, nil
}

// sized is a body behind its size.
func (r *RawReader) sized() ([]byte, error) {
	n, err := binary.ReadUvarint(r.in)
	switch {
	case err == io.EOF:
		return nil, io.EOF
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, r.fail(fmt.Errorf("the size before it: %w", err))
	case err != nil:
		return nil, r.fail(errors.New("the input ends inside the size before it"))
	case n > 1<<31 || r.limit > 0 && n > uint64(r.limit):
		return nil, r.fail(&DocumentSizeError{r.limit})
	}
	body, err := io.ReadAll(io.LimitReader(r.in, int64(n)))
	if err != nil {
		return nil, &ReadError{r.source, err}
	}
	if uint64(len(body)) < n {
		return nil, r.fail(fmt.Errorf("%d bytes, but its size says %d", len(body), n))
	}
	return body, nil
}

// word is a body in digits.
func (r *RawReader) word() ([]byte, error) {
	word, err := r.next()
	if err != nil {
		return nil, err
	}
	if r.form == RawHex {
		r.body, err = hex.AppendDecode(r.body[:0], word)
	} else {
		p := jsontext.Parser{Src: append(append([]byte{'"'}, word...), '"')}
		r.body, err = p.Base64(r.body[:0])
	}
	if err != nil {
		return nil, r.fail(fmt.Errorf("%q is not %s", jsontext.Clip(word), rawNames[r.form]))
	}
	return r.body, nil
}

// next returns the next word of the input.
func (r *RawReader) next() ([]byte, error) {
	var word []byte
	for {
		c, err := r.in.ReadByte()
		space := c == ' ' || c == '\n' || c == '\r' || c == '\t'
		switch {
		case err == io.EOF && len(word) > 0, err == nil && space && len(word) > 0:
			return word, nil
		case err == io.EOF:
			return nil, io.EOF
		case err != nil:
			return nil, &ReadError{r.source, err}
		case !space:
			word = append(word, c)
		}
		if r.limit > 0 && len(word) > 2*r.limit {
			return nil, r.fail(&DocumentSizeError{r.limit})
		}
	}
}

// RawError is input that is not what its RawForm says.
type RawError struct {
	Source string
	Index  int // counts bodies from 1
	Err    error
}

func (e *RawError) Error() string { return fmt.Sprintf("%s: body %d: %v", e.Source, e.Index, e.Err) }
func (e *RawError) Unwrap() error { return e.Err }

// rawCodec writes bodies as they are, in digits. What it reads is in digits too.
type rawCodec struct{ form RawForm }

// NewRawCodec returns a Codec that knows no types: Decode appends the bytes of a
// body in hexadecimal or base64, Encode reads them. RawBinary has no text: its
// bodies pass a Codec by.
func NewRawCodec(form RawForm) Codec { return rawCodec{form} }

func (c rawCodec) Encode(dst, text []byte) ([]byte, error) {
	if c.form == RawHex {
		return hex.AppendDecode(dst, text)
	}
	return base64.StdEncoding.AppendDecode(dst, text)
}

func (c rawCodec) Decode(dst, body []byte) ([]byte, error) {
	switch c.form {
	case RawHex:
		return hex.AppendEncode(dst, body), nil
	case RawBase64:
		return base64.StdEncoding.AppendEncode(dst, body), nil
	}
	return append(dst, body...), nil
}

// Stream is Decode: the text is at most twice the body.
func (c rawCodec) Stream(dst, body []byte, _ func([]byte) error) ([]byte, error) {
	return c.Decode(dst, body)
}
