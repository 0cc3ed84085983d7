package connect

import (
	"context"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/envelope"
	"github.com/idlcall/idlcall/pkg/call/internal/pool"
	"github.com/idlcall/idlcall/pkg/internal/compress"
	"github.com/idlcall/idlcall/pkg/internal/wire/connectwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

type carrier struct {
	opts   *call.Options
	pool   *pool.Pool
	answer string // what one is called
}

// New makes the transport Connect.
func New(o *call.Options, d dial.Dialer, answer string) call.Carrier {
	return &carrier{o, pool.New(o, d, true), answer}
}

// Preconnect makes the connection that calls share.
func (c *carrier) Preconnect(ctx context.Context, rpc *stream.Call, _ int) (atOnce int, err error) {
	return c.pool.Preconnect(ctx, rpc.Trace)
}

// Close ends all streams and connections.
func (c *carrier) Close() error {
	c.pool.Close()
	return nil
}

// Open starts an RPC. Unary ones and those of which the server alone streams wait for
// their message.
func (c *carrier) Open(ctx context.Context, rpc *stream.Call) (stream.Stream, error) {
	if rpc.Method.IsThrift() {
		return nil, &call.UnsupportedError{
			Transport: c.opts.Transport, Type: rpc.Method.Type, Thrift: true, Reason: "it is Protobuf's, and the method is Thrift's",
		}
	}
	if err := checkGet(rpc); err != nil {
		return nil, err
	}
	if rpc.Method.Type == stream.Unary {
		s := &unary{}
		if err := s.prepare(ctx, c, rpc); err != nil {
			return nil, err
		}
		s.req.Wait()
		return s, nil
	}
	s := &streaming{}
	s.msgs = envelope.Reader{
		Opts: c.opts, Trace: rpc.Trace, Last: connectwire.FlagEnd, EncodingHeader: connectwire.HeaderStreamEncoding,
	}
	if err := s.prepare(ctx, c, rpc); err != nil {
		return nil, err
	}
	s.out = envelope.Writer{Req: &s.req, Trace: rpc.Trace, Comp: s.comp}
	if !rpc.Method.Type.ClientStreams() {
		s.req.Wait()
		return s, nil
	}
	if _, err := s.req.Start(false, false); err != nil {
		return nil, err
	}
	return s, nil
}

// checkGet refuses GET for what is no query.
func checkGet(rpc *stream.Call) error {
	m := &rpc.Method
	if !rpc.Get {
		return nil
	}
	var why call.NowhereError
	switch {
	case m.Type != stream.Unary:
		why = "only unary methods can be called with it"
	case !m.NoSideEffects:
		why = "the IDL does not say idempotency_level = NO_SIDE_EFFECTS of the method"
	default:
		return nil
	}
	return &call.OptionError{Option: call.OptionHTTPMethod, Value: "GET", Err: why}
}

// exchange is what both kinds of RPC have.
type shared struct {
	carrier *carrier
	rpc     *stream.Call
	header  *header
	req     pool.Request
	comp    *compress.Compressor

	// Receiving side.
	answer  stream.Metadata // the header
	trailer stream.Metadata
}

// prepare makes everything that needs no network.
func (x *shared) prepare(ctx context.Context, c *carrier, rpc *stream.Call) (err error) {
	x.carrier, x.rpc = c, rpc
	x.req.Pool, x.req.Ctx, x.req.Trace = c.pool, ctx, rpc.Trace
	if x.header, err = newHeader(c.opts, rpc); err != nil {
		return err
	}
	x.req.Header = x.header.fields
	x.comp, err = compress.New(rpc.Compress)
	return err
}

// emptyBody stands for no message at all.
func (x *shared) emptyBody() []byte {
	if x.rpc.Method.Protocol == stream.JSON {
		return []byte("{}")
	}
	return nil
}

// Trailer is what ended the RPC.
func (x *shared) Trailer() stream.Metadata { return x.trailer }

// Close abandons the RPC unless it is over. HTTP has no words for the cause.
func (x *shared) Close(cause error) error {
	x.req.Close(cause)
	return nil
}
