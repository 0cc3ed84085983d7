package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// input is the supply of request bodies with the file behind it.
type input struct {
	next stream.Next
	file io.Closer
	// ready reports whether next has what it needs and will not wait for more of the input;
	// nil where nobody knows.
	ready func() bool
	// isWhole is true where the whole input is there: nothing ever waits.
	isWhole bool
}

// prompt reports whether next will not wait now.
func (i input) prompt() bool { return i.isWhole || i.ready != nil && i.ready() }

func (i input) close() {
	if i.file != nil {
		_ = i.file.Close()
	}
}

// input opens the requests: -d, a file, stdin, or nothing.
func (o *callOptions) input(std streams, m *session.Method, codec format.Codec) (input, error) {
	check, encode, err := o.encoders(std, m, codec)
	if err != nil {
		return input{}, err
	}
	return o.opened(std, m, check, encode)
}

// inputOf is input with another encoder in the place of the codec's.
func (o *callOptions) inputOf(std streams, m *session.Method, codec format.Codec, encode encoder) (input, error) {
	lay, err := o.overlay(m, codec)
	if err != nil {
		return input{}, err
	}
	return o.opened(std, m, lay(encode), lay(encode))
}

// opened is an input, encoded by encode, and by check where the shell tries what is typed.
func (o *callOptions) opened(std streams, m *session.Method, check, encode encoder) (input, error) {
	src, source, err := o.source(std, m, check)
	if err != nil {
		return input{}, err
	}
	i := o.reader(src, source, m.Method, encode)
	i.isWhole = isWhole(src)
	if f, ok := src.(io.Closer); ok {
		i.file = f
	}
	return i, nil
}

// isWhole reports whether to read from src waits for nobody: it is a text, an ordinary file, or the
// null device.
func isWhole(src io.Reader) bool {
	switch src := src.(type) {
	case *strings.Reader, *bytes.Reader:
		return true
	case *os.File:
		info, err := src.Stat()
		if err != nil || info.Mode().IsRegular() {
			return err == nil
		}
		null, err := os.Stat(os.DevNull)
		return err == nil && os.SameFile(info, null)
	}
	return false
}

// reader turns the input into bodies. One empty document stands for none where
// the method takes exactly one.
func (o *callOptions) reader(src io.Reader, source string, m *idl.Method, encode encoder) input {
	limit := int(o.conn.maxSize)
	if o.isRaw() {
		return input{next: format.NewRawReader(src, source, o.request.raw, o.delimited(m), limit).Next}
	}
	documents := format.NewReader(src, source, encode, limit)
	in := input{next: ofFields(documents.Next), ready: documents.Ready}
	if (m.Type.ClientStreams() || o.request.each) && !o.onlyFields() {
		return in
	}
	empty := ofFields(format.NewReader(strings.NewReader("{}"), "empty request", encode, 0).Next)
	in.next = orElse(in.next, empty)
	return in
}

// delimited reports whether bodies in binary have their size before them: there may
// be several in one file.
func (o *callOptions) delimited(m *idl.Method) bool { return m.Type.ClientStreams() || o.request.each }

// orElse is next, or other where next has nothing at all.
func orElse(next, other stream.Next) stream.Next {
	asked := false
	return func() ([]byte, error) {
		body, err := next()
		if err == io.EOF && !asked {
			asked = true
			return other()
		}
		asked = true
		return body, err
	}
}

// onlyFields reports whether -f makes the request, without a document.
func (o *callOptions) onlyFields() bool { return len(o.request.fields) > 0 && !o.request.dataGiven }

// source opens what -d names. What is read from it later may fail later.
func (o *callOptions) source(std streams, m *session.Method, encode encoder) (io.Reader, string, error) {
	name, isFile := strings.CutPrefix(o.request.data, "@")
	switch {
	case o.readsStdin(m.Method):
		if typed := std.inside.documents(m, encode, int(o.conn.maxSize)); typed != nil && !o.isRaw() {
			return typed, "request", nil
		}
		return std.in, "stdin", nil
	case !o.request.dataGiven:
		return bytes.NewReader(nil), "-d", nil
	case isFile:
		if info, err := os.Stat(name); err != nil {
			return nil, "", &dataError{fmt.Errorf("request data: %s: %w", name, errors.Unwrap(err))}
		} else if info.IsDir() {
			return nil, "", &dataError{fmt.Errorf("request data: %s is a folder", name)}
		}
		return &inputFile{name: name}, name, nil
	}
	if std.inside != nil && !o.isRaw() {
		// Nothing is sent before all is known to be right.
		if err := checkDocuments(o.request.data, encode, int(o.conn.maxSize)); err != nil {
			return nil, "", err
		}
		return strings.NewReader(o.request.data), "request", nil
	}
	return strings.NewReader(o.request.data), "-d", nil
}

// inputFile opens with the first Read: to open a FIFO waits for its writer, and
// reading is what Ctrl-C and --timeout do not wait for.
type inputFile struct {
	name string
	f    *os.File
	mu   sync.Mutex
}

func (i *inputFile) Read(p []byte) (int, error) {
	if i.f == nil {
		f, err := os.Open(i.name)
		if err != nil {
			return 0, err
		}
		i.mu.Lock()
		i.f = f
		i.mu.Unlock()
	}
	return i.f.Read(p)
}

func (i *inputFile) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.f == nil {
		return nil
	}
	return i.f.Close()
}
