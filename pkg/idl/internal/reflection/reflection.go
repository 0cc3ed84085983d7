package reflection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Options say how to ask a server. Without Only, v1alpha is asked for where v1 fails
// before its first answer, and with it nothing but the version that Alpha says.
type Options struct {
	Open        func(ctx context.Context, rpc stream.Call) (stream.Stream, error)
	Metadata    stream.Metadata
	Alpha, Only bool
}

// Client asks a server. One goroutine at a time may use it.
type Client struct {
	open func(ctx context.Context, rpc stream.Call) (stream.Stream, error)
	md   stream.Metadata

	alpha  bool  // v1alpha is asked for
	only   bool  // and no other version
	works  bool  // this version has answered
	v1     error // why v1 did not
	s      stream.Stream
	cancel context.CancelFunc // of the stream
	list   []string
}

// New makes a client. It opens nothing: the first question does.
func New(o Options) *Client {
	return &Client{open: o.Open, md: o.Metadata, alpha: o.Alpha, only: o.Only}
}

func (c *Client) method() stream.Method {
	m := stream.Method{Service: "grpc.reflection.v1.ServerReflection", Name: "ServerReflectionInfo", Type: stream.Bidi}
	if c.alpha {
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

func isUnopened(err error) bool {
	_, ok := errors.AsType[*unopened](err)
	return ok
}

// do sends one request and waits for its answer. A stream that the server has
// ended since the last request is opened again. Until there is a first answer
// v1alpha gets its turn after v1, however that failed: proxies answer for what they
// do not know in ways of their own.
func (c *Client) do(ctx context.Context, request []byte) (*answer, error) {
	for again := false; ; {
		fresh := c.s == nil
		a, err := c.ask(ctx, request)
		if err == nil {
			c.works = true
			return a, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		switch {
		case c.works && !fresh && !again:
			again = true
		case c.works, isUnopened(err):
			return nil, fmt.Errorf("server reflection: %w", err)
		case !c.alpha && !c.only:
			c.alpha, c.v1 = true, err
		default:
			return nil, c.failed(err)
		}
	}
}

// failed is the error where no version has answered.
func (c *Client) failed(err error) error {
	switch {
	case unimplemented(err) && (c.v1 == nil || unimplemented(c.v1)):
		err = &idl.NoReflectionError{Err: err}
	case c.v1 != nil:
		err = &idl.ReflectionError{V1: c.v1, V1Alpha: err, NoV1: unimplemented(c.v1)}
	default:
		err = fmt.Errorf("server reflection: %w", err)
	}
	if !c.only {
		c.alpha, c.v1 = false, nil // the next request begins anew
	}
	return err
}

// ask is one attempt.
func (c *Client) ask(ctx context.Context, request []byte) (*answer, error) {
	body, err := c.exchange(ctx, request)
	if err != nil {
		return nil, err
	}
	a, err := parseAnswer(body)
	if err != nil && !c.works {
		c.drop()
	}
	return a, err
}

// exchange returns the body of one answer, valid until the next. After an error
// there is no stream.
func (c *Client) exchange(ctx context.Context, request []byte) (body []byte, err error) {
	if c.s == nil {
		if err := c.begin(ctx); err != nil {
			return nil, err
		}
	}
	stop := context.AfterFunc(ctx, c.cancel)
	defer func() {
		if !stop() || err != nil {
			c.drop()
		}
	}()
	if err := c.s.Send(request); err != nil && err != io.EOF {
		return nil, err
	}
	body, err = c.s.Recv()
	if err == io.EOF { // not one that wraps it, as that of a lost connection does
		err = errors.New("the server ended the stream without an answer")
	}
	return body, err
}

// begin opens the stream. It outlives ctx, which may be that of one lookup, but
// not an end of ctx during a request.
func (c *Client) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	s, err := c.open(own, stream.Call{Method: c.method(), Header: c.md})
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
	c.s, c.cancel = s, cancel
	return nil
}

func (c *Client) drop() {
	if c.s != nil {
		_ = c.s.Close(nil)
		c.cancel()
		c.s = nil
	}
}

// closeTime is how long Close waits for the server to end the stream.
const closeTime = 100 * time.Millisecond

// Close half-closes the stream and gives the server a moment to end it well.
func (c *Client) Close() error {
	if c.s == nil {
		return nil
	}
	if c.s.CloseSend() == nil {
		timer := time.AfterFunc(closeTime, c.cancel)
		for range 2 {
			if _, err := c.s.Recv(); err != nil {
				break
			}
		}
		timer.Stop()
	}
	c.drop()
	return nil
}

// files asks for files; none where the server has none.
func (c *Client) files(ctx context.Context, request []byte) ([][]byte, error) {
	a, err := c.do(ctx, request)
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

// Services lists the services of the server, which is asked once.
func (c *Client) Services(ctx context.Context) ([]string, error) {
	if c.list != nil {
		return append([]string(nil), c.list...), nil
	}
	a, err := c.do(ctx, appendAsk(nil, askServices, "*"))
	if err != nil {
		return nil, err
	}
	if a.refused != nil {
		return nil, fmt.Errorf("server reflection: %w", a.refused)
	}
	c.list = append([]string{}, a.services...)
	return a.services, nil
}

// Symbol returns the encoded FileDescriptorProto that declares a symbol, and maybe those
// that it imports; none where the server has none.
func (c *Client) Symbol(ctx context.Context, name string) ([][]byte, error) {
	return c.files(ctx, appendAsk(nil, askSymbol, name))
}

// File returns the file of a name, as Symbol does.
func (c *Client) File(ctx context.Context, name string) ([][]byte, error) {
	return c.files(ctx, appendAsk(nil, askFile, name))
}

// Extension returns the files that declare an extension of a message. It treats every refusal as "there is none": many servers do not
// implement this request.
func (c *Client) Extension(ctx context.Context, message string, number int32) ([][]byte, error) {
	a, err := c.do(ctx, appendAskExtension(nil, message, number))
	var status *stream.Status
	switch {
	case errors.As(err, &status):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return a.files, nil
}
