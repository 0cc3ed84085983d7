package rpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	random "math/rand/v2"
	"strconv"
	"sync"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Requests are what calls send. The n-th call sends the n-th body, and begins anew after the last;
// each call of a client that streams sends all of them, or Messages.
type Requests struct {
	// Bodies are encoded requests. They are not used where there is a Template.
	Bodies [][]byte
	// Random takes any of the bodies, or documents, in the place of the next one. Seed tells one
	// such choice from another; each caller has its own.
	Random bool
	Seed   uint64
	// Messages is how many requests there are in each call of a client that streams; 0 is as
	// many as there are bodies or documents.
	Messages int
	// Template makes each request of one of Documents, which are JSON, for each message anew. It
	// may use Variables.
	Template  *jq.Expr
	Documents [][]byte
	// Encode makes an encoder for the Template, for one goroutine at a time.
	Encode func() (func(dst, document []byte) ([]byte, error), error)
}

// Variables are those of a Template: the number of the call in the load, of the message in the
// call, and of the caller, all from 0; a number from 0 up to 1; a random UUID (version 4).
var Variables = [...]string{"n", "i", "caller", "random", "uuid"}

// TemplateError says that a template made no request.
type TemplateError struct{ Err error }

func (e *TemplateError) Error() string { return "template: " + e.Err.Error() }
func (e *TemplateError) Unwrap() error { return e.Err }

// Outcome is KindData.
func (*TemplateError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindData} }

// source has the bodies of one caller.
type source interface {
	// body is message i of call n, or io.EOF after the last. It is valid until the next.
	body(ctx context.Context, n int64, i int) ([]byte, error)
}

func (r *Requests) source(o *Options, caller int) (source, error) {
	of := r.Bodies
	if r.Template != nil {
		of = r.Documents
	}
	if len(of) == 0 {
		return nil, errors.New("there are no requests")
	}
	p := &picker{items: of, streams: o.Call.Method.Type.ClientStreams(), messages: 1}
	if p.streams {
		if p.messages = r.Messages; p.messages == 0 {
			p.messages = len(of)
		}
	}
	if r.Random {
		p.random = random.New(random.NewPCG(r.Seed, uint64(caller)))
	}
	if r.Template == nil {
		return p, nil
	}
	encode, err := r.Encode()
	return &template{picker: p, expr: r.Template, encode: encode, caller: caller, random: random.New(random.NewPCG(r.Seed, uint64(caller)+1<<32))}, err
}

// picker takes items in turn, or at random.
type picker struct {
	items    [][]byte
	streams  bool
	messages int
	mu       sync.Mutex
	random   *random.Rand // nil: in turn
}

func (p *picker) body(_ context.Context, n int64, i int) ([]byte, error) {
	switch {
	case i >= p.messages:
		return nil, io.EOF
	case p.random != nil:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.items[p.random.IntN(len(p.items))], nil
	case p.streams:
		return p.items[i%len(p.items)], nil
	}
	return p.items[n%int64(len(p.items))], nil
}

// template makes each body of a document.
type template struct {
	*picker
	expr   *jq.Expr
	encode func(dst, document []byte) ([]byte, error)
	caller int
	random *random.Rand

	busy sync.Mutex // a sender may outlive its call
}

func (t *template) body(ctx context.Context, n int64, i int) ([]byte, error) {
	of, err := t.picker.body(ctx, n, i)
	if err != nil {
		return nil, err
	}
	t.busy.Lock()
	defer t.busy.Unlock()
	document, err := t.fill(ctx, of, n, i)
	if err != nil {
		return nil, &TemplateError{err}
	}
	return t.encode(nil, document)
}

// fill runs the expression, which has to have one output.
func (t *template) fill(ctx context.Context, of []byte, n int64, i int) ([]byte, error) {
	number := func(n int64) []byte { return strconv.AppendInt(nil, n, 10) }
	values := [...][]byte{
		number(n), number(int64(i)), number(int64(t.caller)), strconv.AppendFloat(nil, t.random.Float64(), 'g', -1, 64), uuid(),
	}
	vars := make([]jq.Var, len(values))
	for k, v := range values {
		vars[k] = jq.Var{Name: Variables[k], JSON: v}
	}
	text, outputs := []byte(nil), 0
	for out, err := range t.expr.Run(ctx, of, vars...) {
		if err != nil {
			return nil, err
		}
		if outputs++; outputs > 1 {
			break
		}
		text = out.AppendJSON(text)
	}
	if outputs != 1 {
		return nil, fmt.Errorf("%s makes %s for one request", t.expr, map[bool]string{true: "nothing", false: "more than one document"}[outputs == 0])
	}
	return text, nil
}

// uuid is a random one as a JSON string (RFC 9562 section 5.4).
func uuid() []byte {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	digits := hex.EncodeToString(b[:])
	return fmt.Appendf(nil, `"%s-%s-%s-%s-%s"`, digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
}
