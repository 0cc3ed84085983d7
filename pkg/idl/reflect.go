package idl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// OpenFunc opens an RPC. The method of a reflection call has a name and a type
// but no Input and Output.
type OpenFunc func(ctx context.Context, m *Method, md stream.Metadata) (stream.Stream, error)

// NoReflectionError says that a server implements neither version of the
// reflection service. Err is its answer.
type NoReflectionError struct{ Err error }

func (e *NoReflectionError) Error() string {
	return "the server has no reflection service: " + e.Err.Error()
}

func (e *NoReflectionError) Unwrap() error { return e.Err }

// Reflect is the schema that a server describes by its reflection service, v1 or
// else v1alpha. It asks for what is needed when it is needed, on one stream that
// stays open: the Schema is an io.Closer. service is where a bare method name is
// looked for; it may be empty.
//
// What the server refuses comes back as a *stream.Status, except that a symbol
// it does not have is a *NotFoundError.
func Reflect(open OpenFunc, md stream.Metadata, service string) Schema {
	p := newPool()
	p.remote = &reflection{open: open, md: md}
	return &schema{p: p, service: service}
}

// reflection asks a server. One goroutine at a time may use it.
type reflection struct {
	open OpenFunc
	md   stream.Metadata

	alpha  bool // v1 is not implemented
	works  bool // this version has answered
	s      stream.Stream
	cancel context.CancelFunc // of the stream
	list   []string
}

func (r *reflection) method() *Method {
	m := &Method{Service: "grpc.reflection.v1.ServerReflection", Name: "ServerReflectionInfo", Type: stream.Bidi}
	if r.alpha {
		m.Service = "grpc.reflection.v1alpha.ServerReflection"
	}
	return m
}

// kitexUnknownService is what Kitex servers answer in place of UNIMPLEMENTED
// (cloudwego/kitex:pkg/remote/trans_errors.go).
const kitexUnknownService stream.Code = 20

// do sends one request and waits for its answer. A stream that the server has
// ended since the last request is opened again.
func (r *reflection) do(ctx context.Context, request []byte) (*answer, error) {
	for again := false; ; {
		fresh := r.s == nil
		body, err := r.exchange(ctx, request)
		if err == nil {
			r.works = true
			return parseAnswer(body)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var status *stream.Status
		missing := errors.As(err, &status) && (status.Code == stream.Unimplemented || status.Code == kitexUnknownService) && !r.works
		switch {
		case missing && !r.alpha:
			r.alpha = true
		case missing:
			r.alpha = false
			return nil, &NoReflectionError{Err: err}
		case !fresh && !again:
			again = true
		default:
			return nil, fmt.Errorf("server reflection: %w", err)
		}
	}
}

// exchange returns the body of one answer, valid until the next. After an error
// there is no stream.
func (r *reflection) exchange(ctx context.Context, request []byte) (body []byte, err error) {
	if r.s == nil {
		if err := r.begin(ctx); err != nil {
			return nil, err
		}
	}
	stop := context.AfterFunc(ctx, r.cancel)
	defer func() {
		if !stop() || err != nil {
			r.drop()
		}
	}()
	if err := r.s.Send(request); err != nil && err != io.EOF {
		return nil, err
	}
	body, err = r.s.Recv()
	if err == io.EOF { // not one that wraps it, as that of a lost connection does
		err = errors.New("the server ended the stream without an answer")
	}
	return body, err
}

// begin opens the stream. It outlives ctx, which may be that of one lookup, but
// not an end of ctx during a request.
func (r *reflection) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	s, err := r.open(own, r.method(), r.md)
	if !stop() || err != nil {
		cancel()
		if s != nil && err == nil {
			s.Close()
		}
		return errors.Join(err, ctx.Err())
	}
	r.s, r.cancel = s, cancel
	return nil
}

func (r *reflection) drop() {
	if r.s != nil {
		r.s.Close()
		r.cancel()
		r.s = nil
	}
}

// closeTime is how long Close waits for the server to end the stream.
const closeTime = 100 * time.Millisecond

// close half-closes the stream and gives the server a moment to end it well.
func (r *reflection) close() error {
	if r.s == nil {
		return nil
	}
	if r.s.CloseSend() == nil {
		timer := time.AfterFunc(closeTime, r.cancel)
		for range 2 {
			if _, err := r.s.Recv(); err != nil {
				break
			}
		}
		timer.Stop()
	}
	r.drop()
	return nil
}

// files asks for files; none where the server has none.
func (r *reflection) files(ctx context.Context, request []byte) ([][]byte, error) {
	a, err := r.do(ctx, request)
	var status *stream.Status
	if err == nil && a.refused != nil {
		status = a.refused
		err = fmt.Errorf("server reflection: %w", a.refused)
	} else if err != nil {
		errors.As(err, &status)
	}
	if status != nil && status.Code == 5 { // NOT_FOUND
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return a.files, nil
}

func (r *reflection) services(ctx context.Context) ([]string, error) {
	if r.list != nil {
		return append([]string(nil), r.list...), nil
	}
	a, err := r.do(ctx, appendAsk(nil, askServices, "*"))
	if err != nil {
		return nil, err
	}
	if a.refused != nil {
		return nil, fmt.Errorf("server reflection: %w", a.refused)
	}
	r.list = append([]string{}, a.services...)
	return a.services, nil
}

func (r *reflection) symbol(ctx context.Context, name string) ([][]byte, error) {
	return r.files(ctx, appendAsk(nil, askSymbol, name))
}

func (r *reflection) file(ctx context.Context, name string) ([][]byte, error) {
	return r.files(ctx, appendAsk(nil, askFile, name))
}

// extension treats every refusal as "there is none": many servers do not
// implement this request.
func (r *reflection) extension(ctx context.Context, message string, number int32) ([][]byte, error) {
	a, err := r.do(ctx, appendAskExtension(nil, message, number))
	var status *stream.Status
	switch {
	case errors.As(err, &status):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return a.files, nil
}

// Close ends what the schema holds open: the stream to the server.
func (s *schema) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.p.remote.(*reflection); ok {
		return r.close()
	}
	return nil
}
