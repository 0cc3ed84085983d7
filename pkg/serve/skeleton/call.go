package skeleton

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Call is one RPC of a Method.
type Call struct {
	Method *Method
	Stream serve.ServerStream
	// Seen, if set, is shown each message, valid during the call. Requests and replies may
	// come at the same time.
	Seen func(isReply bool, text []byte)

	program *Program
	request []byte // encoded
	again   bool   // the last request comes once more
	*scratch
}

// scratch is what calls take over from one another.
type scratch struct {
	codec format.Codec
	json  []byte // the request
	body  []byte // the reply
}

// maxKept is the size of a buffer, in bytes, above which it is not kept for the next call.
const maxKept = 64 << 10

// Close gives back what the call has taken; nothing of it may be used any more.
func (c *Call) Close() {
	if cap(c.json)+cap(c.body) <= maxKept {
		c.program.scratch.Put(c.scratch)
	}
	c.scratch = nil
}

// Open begins an RPC. What a client cannot have meant is an error for it: a method that
// streams as a call, one with side effects as a GET.
func (m *Method) Open(s serve.ServerStream) (*Call, error) {
	asked := s.Method()
	p, err := m.Program(asked.Protocol)
	if err != nil {
		return nil, err
	}
	streams := p.idl.Type != stream.Unary
	switch {
	case asked.NoSideEffects && !p.idl.NoSideEffects:
		return nil, serve.ErrSideEffects
	case streams && asked.Type == stream.Unary, !streams && asked.Type != stream.Unary && s.Peer().Transport == "connect":
		return nil, serve.ErrStreams
	}
	kept, _ := p.scratch.Get().(*scratch)
	if kept == nil {
		kept = &scratch{codec: p.Codec()}
	}
	return &Call{Method: m, Stream: s, program: p, scratch: kept}, nil
}

// Again has the last request come once more.
func (c *Call) Again() { c.again = true }

// Recv returns the next request, valid until the next Recv; io.EOF after the last.
func (c *Call) Recv() ([]byte, error) {
	if c.again {
		c.again = false
		return c.json, nil
	}
	var err error
	if c.request, err = c.Stream.Recv(); err != nil {
		return nil, err
	}
	return c.decode()
}

// RecvOnly returns the request of a method whose client side does not stream.
func (c *Call) RecvOnly() ([]byte, error) {
	if c.again {
		return c.Recv()
	}
	var err error
	if c.request, err = serve.RecvOnly(c.Stream); err != nil {
		return nil, err
	}
	return c.decode()
}

func (c *Call) decode() ([]byte, error) {
	var err error
	if c.json, err = c.codec.Decode(c.json[:0], c.request); err == nil {
		if c.Seen != nil {
			c.Seen(false, c.json)
		}
		return c.json, nil
	}
	if c.program.Arguments() != nil {
		return nil, &serve.ApplicationError{Type: serve.ProtocolError, Message: err.Error()}
	}
	return nil, &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
}

// Encoded is the last request as it came.
func (c *Call) Encoded() []byte { return c.request }

// Program is that of the protocol in which the client speaks.
func (c *Call) Program() *Program { return c.program }

// Send sends a reply.
func (c *Call) Send(json []byte) error {
	var err error
	if c.body, err = c.codec.Encode(c.body[:0], json); err != nil {
		return fmt.Errorf("encode the reply: %w", err)
	}
	if c.Seen != nil {
		c.Seen(true, json)
	}
	return c.Stream.Send(c.body)
}

// Raise is the error that raises a declared exception, named by its type or by its field in
// throws; fields are its own, as JSON. What is not declared, or does not fit, is an error of
// its own.
func (p *Program) Raise(name string, fields []byte) error {
	f, err := p.thrown(name)
	if err != nil {
		return err
	}
	raising, err := p.raising(f)
	if err != nil {
		return err
	}
	text := append([]byte(`{"`+f.Name+`":`), fields...)
	body, err := raising.Codec().Encode(nil, append(text, '}'))
	if err != nil {
		return fmt.Errorf("encode the exception %s: %w", name, err)
	}
	return &serve.DeclaredError{Name: bare(f.Type.Struct.FullName), Body: body, JSON: fields}
}

// lateAnswer is the time in which a client should have ended an RPC by its own clock.
const lateAnswer = 100 * time.Millisecond

// Wait waits for d, or for the end of the RPC, which is an error. A client whose deadline has
// passed says better than a server what became of it: it is given the time to.
func Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
	}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		time.Sleep(lateAnswer)
		return context.Cause(ctx)
	}
	return &stream.Status{Code: stream.Canceled, Message: "the client has gone"}
}

// Ended is the outcome of a handler: oneway methods have no answer.
func (c *Call) Ended(err error) error {
	if err == nil && c.Method.Oneway {
		return serve.ErrNoReply
	}
	return err
}

// Status maps google.rpc.Status, with the types that a schema has for details.
func Status(ms *Methods) (*format.Program, error) {
	status, err := ms.schema.Message(ms.ctx, "google.rpc.Status")
	if err != nil {
		return nil, err
	}
	return format.Compile(&idl.Method{Input: status, Output: status}, format.Options{})
}

// bare is a name without what is before its last dot.
func bare(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
