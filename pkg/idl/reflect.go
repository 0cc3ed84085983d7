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
type OpenFunc func(ctx context.Context, rpc stream.Call) (stream.Stream, error)

// NoReflectionError says that a server implements neither version of the
// reflection service, or not the one that was asked for. Err is its answer.
type NoReflectionError struct{ Err error }

func (e *NoReflectionError) Error() string {
	return "the server has no reflection service: " + e.Err.Error()
}

func (e *NoReflectionError) Unwrap() error { return e.Err }

// ReflectionError says that both versions of the reflection service failed, each
// in its own way.
type ReflectionError struct{ V1, V1Alpha error }

func (e *ReflectionError) Error() string {
	if e.V1.Error() == e.V1Alpha.Error() {
		return "server reflection: " + e.V1.Error()
	}
	return fmt.Sprintf("server reflection: v1: %v; v1alpha: %v", e.V1, e.V1Alpha)
}

// Unwrap returns the error that says more first: not that there is no v1.
func (e *ReflectionError) Unwrap() []error {
	if unimplemented(e.V1) {
		return []error{e.V1Alpha, e.V1}
	}
	return []error{e.V1, e.V1Alpha}
}

// Versions of the reflection service.
const (
	V1      = "v1"
	V1Alpha = "v1alpha"
)

// ReflectOptions say how to ask a server. The zero value asks for v1 and, where that
// fails before its first answer, for v1alpha.
type ReflectOptions struct {
	Metadata stream.Metadata
	// Service is where Method looks for a bare method name; it may be empty.
	Service string
	// Version is V1 or V1Alpha to ask for nothing else.
	Version string
	// Warn is told, in a line, what is wrong with the descriptors that came but
	// does no harm; it may be nil.
	Warn func(message string)
}

// Reflect is the schema that a server describes by its reflection service. It asks
// for what is needed when it is needed, on one stream that stays open: the Schema is
// an io.Closer.
//
// What the server refuses comes back as a *stream.Status, except that a symbol
// it does not have is a *NotFoundError.
func Reflect(open OpenFunc, o ReflectOptions) Schema {
	p := newPool()
	p.warn = o.Warn
	p.remote = &reflection{open: open, md: o.Metadata, alpha: o.Version == V1Alpha, only: o.Version != ""}
	return &schema{p: p, service: o.Service}
}

// reflection asks a server. One goroutine at a time may use it.
type reflection struct {
	open OpenFunc
	md   stream.Metadata

	alpha  bool  // v1alpha is asked for
	only   bool  // and no other version
	works  bool  // this version has answered
	v1     error // why v1 did not
	s      stream.Stream
	cancel context.CancelFunc // of the stream
	list   []string
}

func (r *reflection) method() stream.Method {
	m := stream.Method{Service: "grpc.reflection.v1.ServerReflection", Name: "ServerReflectionInfo", Type: stream.Bidi}
	if r.alpha {
		m.Service = "grpc.reflection.v1alpha.ServerReflection"
	}
	return m
}

// kitexUnknownService is what Kitex servers answer in place of UNIMPLEMENTED
// (cloudwego/kitex:pkg/remote/trans_errors.go).
const kitexUnknownService stream.Code = 20

func unimplemented(err error) bool {
	status, ok := errors.AsType[*stream.Status](err)
	return ok && (status.Code == stream.Unimplemented || status.Code == kitexUnknownService)
}

// unopened is an error before anything was asked: another version would meet it
// too.
type unopened struct{ err error }

func (e *unopened) Error() string { return e.err.Error() }
func (e *unopened) Unwrap() error { return e.err }

// do sends one request and waits for its answer. A stream that the server has
// ended since the last request is opened again. Until there is a first answer
// v1alpha gets its turn after v1, however that failed: proxies answer for what they
// do not know in ways of their own.
func (r *reflection) do(ctx context.Context, request []byte) (*answer, error) {
	for again := false; ; {
		fresh := r.s == nil
		a, err := r.ask(ctx, request)
		if err == nil {
			r.works = true
			return a, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case r.works && !fresh && !again:
			again = true
		case r.works, is[*unopened](err):
			return nil, fmt.Errorf("server reflection: %w", err)
		case !r.alpha && !r.only:
			r.alpha, r.v1 = true, err
		default:
			return nil, r.failed(err)
		}
	}
}

// failed is the error where no version has answered.
func (r *reflection) failed(err error) error {
	switch {
	case unimplemented(err) && (r.v1 == nil || unimplemented(r.v1)):
		err = &NoReflectionError{Err: err}
	case r.v1 != nil:
		err = &ReflectionError{V1: r.v1, V1Alpha: err}
	default:
		err = fmt.Errorf("server reflection: %w", err)
	}
	if !r.only {
		r.alpha, r.v1 = false, nil // the next request begins anew
	}
	return err
}

// ask is one attempt.
func (r *reflection) ask(ctx context.Context, request []byte) (*answer, error) {
	body, err := r.exchange(ctx, request)
	if err != nil {
		return nil, err
	}
	a, err := parseAnswer(body)
	if err != nil && !r.works {
		r.drop()
	}
	return a, err
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
	s, err := r.open(own, stream.Call{Method: r.method(), Header: r.md})
	if !stop() || err != nil {
		cancel()
		if s != nil && err == nil {
			_ = s.Close(nil)
		}
		if err == nil {
			return ctx.Err()
		}
		return &unopened{err}
	}
	r.s, r.cancel = s, cancel
	return nil
}

func (r *reflection) drop() {
	if r.s != nil {
		_ = r.s.Close(nil)
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
