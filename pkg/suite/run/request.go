package run

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/idlcall/idlcall/pkg/fields"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// requests are the bodies of a step, with the file behind them.
type requests struct {
	next stream.Next
	file io.Closer
}

func (r requests) close() {
	if r.file != nil {
		_ = r.file.Close()
	}
}

// encoder makes bodies of documents of JSON.
type encoder struct {
	codec  format.Codec
	over   *fields.Fields // nil where the step has no fields
	pairs  []fields.Pair
	nodes  []*yamldoc.Node // where each pair stands
	merged []byte
}

// requests are what the step sends.
func (x *running) requests(s *suite.Step, m *session.Method, way *Way) (requests, error) {
	e, err := x.encoder(s, m, way)
	if err != nil {
		return requests{}, err
	}
	if s.File.Node != nil {
		return x.fromFile(s, e, way)
	}
	if s.Requests == nil && (!m.Type.ClientStreams() || len(s.Fields) > 0) {
		return requests{next: once(func() ([]byte, error) { return e.at(s.Method.Node, []byte("{}")) })}, nil
	}
	if len(s.Requests) > 1 && !m.Type.ClientStreams() {
		return requests{}, oneRequest(m, s.Requests[1])
	}
	i := 0
	return requests{next: func() ([]byte, error) {
		if i == len(s.Requests) {
			return nil, io.EOF
		}
		n := s.Requests[i]
		i++
		return x.request(e, n)
	}}, nil
}

// oneRequest refuses a second request.
func oneRequest(m *session.Method, second *yamldoc.Node) error {
	err := fmt.Errorf("%s is a %s method: it takes one request", m.FullName(), m.Type)
	return &RequestError{second.Errorf("%w", err), err}
}

// request is the body of a document that stands in the suite.
func (x *running) request(e *encoder, n *yamldoc.Node) ([]byte, error) {
	document, err := x.scope.appendNode(nil, n)
	if err != nil {
		return nil, &RequestError{n.Errorf("%w", err), err}
	}
	return e.at(n, document)
}

func once(make func() ([]byte, error)) stream.Next {
	given := false
	return func() ([]byte, error) {
		if given {
			return nil, io.EOF
		}
		given = true
		return make()
	}
}

// fromFile are the documents of a file.
func (x *running) fromFile(s *suite.Step, e *encoder, way *Way) (requests, error) {
	name, err := x.scope.text(s.File)
	if err != nil {
		return requests{}, err
	}
	f, err := openFile(filepath.Join(x.Suite.Dir(), name), name)
	if err != nil {
		return requests{}, &RequestError{s.File.Node.Errorf("request: %w", err), err}
	}
	return requests{next: format.NewReader(f, name, e.encode, way.MaxSize).Next, file: f}, nil
}

// openFile opens a regular file: what else there is may never have an end. shown is its
// name for people.
func openFile(path, shown string) (*os.File, error) {
	if filepath.IsAbs(shown) {
		path = shown
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, errors.Unwrap(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", shown)
	}
	return os.Open(path)
}

// encoder reads the fields of the step.
func (x *running) encoder(s *suite.Step, m *session.Method, way *Way) (*encoder, error) {
	codec, err := m.Codec()
	if err != nil {
		return nil, err
	}
	e := &encoder{codec: codec}
	for _, v := range s.Fields {
		text, err := x.scope.text(v)
		if err != nil {
			return nil, err
		}
		pair, err := fields.Parse(text)
		if err != nil {
			return nil, &RequestError{v.Node.Errorf("%w", err), err}
		}
		e.pairs, e.nodes = append(e.pairs, pair), append(e.nodes, v.Node)
	}
	if len(e.pairs) == 0 {
		return e, nil
	}
	e.over, err = fields.New(m.Input, e.pairs, func(name string) ([]byte, error) {
		f, err := openFile(filepath.Join(x.Suite.Dir(), name), name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		content, err := io.ReadAll(io.LimitReader(f, int64(way.MaxSize)+1))
		if err == nil && len(content) > way.MaxSize {
			err = &format.DocumentSizeError{Limit: way.MaxSize}
		}
		return content, err
	})
	if err != nil {
		return nil, e.blame(s.Fields[0].Node, err)
	}
	return e, nil
}

// encode appends the body of a document, with the fields laid over it.
func (e *encoder) encode(dst, document []byte) ([]byte, error) {
	if e.over == nil {
		return e.codec.Encode(dst, document)
	}
	var err error
	if e.merged, err = e.over.Over(e.merged[:0], document); err != nil {
		return dst, err
	}
	return e.codec.Encode(dst, e.merged)
}

// at is the body of a document that stands at a node.
func (e *encoder) at(n *yamldoc.Node, document []byte) ([]byte, error) {
	body, err := e.encode(nil, document)
	if err != nil {
		return nil, e.blame(n, err)
	}
	return body, nil
}

// blame finds where in the file a mistake in a request is: at one of the pairs, or inside
// a document.
func (e *encoder) blame(n *yamldoc.Node, err error) error {
	path := pathOf(err)
	for i, p := range e.pairs {
		if p.Path == path || strings.HasPrefix(path, p.Path+".") || strings.HasPrefix(path, p.Path+"[") || path != "" && strings.HasPrefix(p.Path, path) {
			return blame(e.nodes[i], err)
		}
	}
	return blame(n, err)
}

// blame finds where in a document a mistake is.
func blame(n *yamldoc.Node, err error) error {
	at := inside(n, pathOf(err)).Errorf("request: %w", err)
	if pair, ok := errors.AsType[*fields.Error](err); ok {
		at.Nearest = pair.Nearest
	} else if value, ok := errors.AsType[*format.ValueError](err); ok {
		at.Nearest = value.Nearest
	}
	return &RequestError{at, err}
}

// pathOf leads to the mistake in a request.
func pathOf(err error) string {
	if pair, ok := errors.AsType[*fields.Error](err); ok {
		return pair.Path
	}
	if value, ok := errors.AsType[*format.ValueError](err); ok {
		return value.Path
	}
	return ""
}

// isValue reports whether an error is about a document, rather than about the call.
func isValue(err error) bool {
	_, ok := errors.AsType[*format.ValueError](err)
	return ok
}

// inside is the node to which a path leads, or the last on the way that there is.
func inside(n *yamldoc.Node, path string) *yamldoc.Node {
	for path != "" {
		path = strings.TrimLeft(path, ".[")
		end := strings.IndexAny(path, ".[]")
		if end < 0 {
			end = len(path)
		}
		next := child(n, path[:end])
		if next == nil {
			return n
		}
		n, path = next, strings.TrimPrefix(path[end:], "]")
	}
	return n
}

// child is a field or an element, nil where there is none.
func child(n *yamldoc.Node, name string) *yamldoc.Node {
	if n.Kind == yamldoc.Map {
		return n.Field(strings.Trim(name, `"`))
	}
	for i, item := range n.Items {
		if fmt.Sprint(i) == name {
			return item
		}
	}
	return nil
}
