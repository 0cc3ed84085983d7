package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/idlcall/idlcall/pkg/fields"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// fieldError is a mistake in -f.
type fieldError struct{ err error }

func (e *fieldError) Error() string { return "-f " + e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

// ofFields is next, but for mistakes in -f, which have no place in a document.
func ofFields(next stream.Next) stream.Next {
	return func() ([]byte, error) {
		body, err := next()
		if in, ok := errors.AsType[*format.InputError](err); ok && is[*fields.Error](in.Err) {
			err = &fieldError{in.Err}
			if in.Index > 1 {
				err = &documentError{in.Index, err}
			}
		}
		return body, err
	}
}

// encoder makes bodies of documents.
type encoder func(dst, document []byte) ([]byte, error)

// encoders are that of the codec, with the fields of -f laid over each document, and one that
// tells the shell, too.
func (o *callOptions) encoders(std streams, m *session.Method, codec format.Codec) (quiet, telling encoder, err error) {
	lay, err := o.overlay(m, codec)
	if err != nil {
		return nil, nil, err
	}
	if o.isRaw() {
		return lay(codec.Encode), lay(codec.Encode), nil
	}
	return lay(codec.Encode), lay(std.inside.sending(codec.Encode)), nil
}

// overlay returns what lays the fields of -f over each document, before an encoder gets it.
func (o *callOptions) overlay(m *session.Method, codec format.Codec) (func(encoder) encoder, error) {
	if len(o.request.fields) == 0 {
		return func(encode encoder) encoder { return encode }, nil
	}
	pairs, err := parsePairs(o.request.fields)
	if err != nil {
		return nil, err
	}
	over, err := fields.New(m.Input, pairs, o.readFile)
	if err != nil {
		if fresh := m.Renewed(); fresh != nil {
			over, err = fields.New(fresh.Input, pairs, o.readFile)
		}
	}
	if err != nil {
		return nil, &fieldError{err}
	}
	return func(encode encoder) encoder {
		var merged []byte
		return func(dst, document []byte) ([]byte, error) {
			var err error
			if merged, err = over.Over(merged[:0], document); err != nil {
				return dst, err
			}
			body, err := encode(dst, merged)
			if value, ok := errors.AsType[*format.ValueError](err); ok {
				return body, blame(pairs, value, document, codec.Encode)
			}
			return body, err
		}
	}, nil
}

func parsePairs(texts []string) ([]fields.Pair, error) {
	pairs := make([]fields.Pair, len(texts))
	for i, text := range texts {
		var err error
		if pairs[i], err = fields.Parse(text); err != nil {
			return nil, &fieldError{err}
		}
	}
	return pairs, nil
}

// blame says which of the pairs, or what of the document, is the mistake that an error
// about both together is about.
func blame(pairs []fields.Pair, err *format.ValueError, document []byte, encode encoder) error {
	for _, p := range pairs {
		if p.Path == err.Path || strings.HasPrefix(err.Path, p.Path+".") || strings.HasPrefix(err.Path, p.Path+"[") {
			return &fields.Error{Path: p.Path, Message: err.Message, Nearest: err.Nearest, Value: true}
		}
	}
	if _, alone := encode(nil, document); alone != nil {
		if own, ok := errors.AsType[*format.ValueError](alone); ok && own.Message == err.Message {
			return own // with the place in the document
		}
	}
	return &fields.Error{Path: err.Path, Message: err.Message, Nearest: err.Nearest, Value: true}
}

// readFile is the content of a file that a field names, up to the largest document.
func (o *callOptions) readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, errors.Unwrap(err))
	}
	defer f.Close()
	limit := int64(o.conn.maxSize)
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, errors.Unwrap(err))
	case int64(len(content)) > limit:
		return nil, fmt.Errorf("%s: %w", name, &format.DocumentSizeError{Limit: int(limit)})
	}
	return content, nil
}
