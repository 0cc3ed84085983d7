package thrift

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Request is one request on its way.
type Request struct {
	env  thriftwire.Envelope
	head ttheader.Header // of TTHeader
	Wire []byte          // all of it
	body int
}

// maxThriftBody leaves room for all that is not body in 31 bits.
const maxThriftBody = math.MaxInt32 - 1<<20

// Build makes the bytes of a request in dst.
func (f Form) Build(ctx context.Context, dst []byte, env thriftwire.Envelope, info *Info, body []byte) (Request, error) {
	r := Request{env: env, body: len(body)}
	if len(body) > maxThriftBody {
		return r, fmt.Errorf("message of %d bytes does not fit %s", len(body), f.Want())
	}
	var err error
	switch f.transport {
	case call.TTHeader, call.TTHeaderFramed:
		r.head = info.header(ctx, env.Seq)
		if dst, err = r.head.Append(dst[:0]); err != nil {
			return r, err
		}
		dst = f.appendMessage(dst, f.inner, env, body)
		err = ttheader.SetLength(dst)
	case call.Header:
		h := theader.Header{Seq: env.Seq, Info: info.kvs}
		if f.protocol == thriftwire.Compact {
			h.Protocol = theader.ProtocolCompact
		}
		if dst, err = h.Append(dst[:0]); err != nil {
			return r, err
		}
		dst = f.appendMessage(dst, false, env, body)
		err = theader.SetLength(dst)
	default:
		dst = f.appendMessage(dst[:0], f.transport == call.Framed, env, body)
	}
	r.Wire = dst
	return r, err
}

// appendMessage appends envelope and body, with a length before them where there
// is a frame.
func (f Form) appendMessage(dst []byte, framed bool, env thriftwire.Envelope, body []byte) []byte {
	start := len(dst)
	if framed {
		dst = append(dst, 0, 0, 0, 0)
	}
	dst = thriftwire.Append(dst, f.protocol, env, body)
	if framed {
		binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	}
	return dst
}

// trace reports a request that has left.
func (r *Request) trace(f Form, info *Info, t *stream.Trace) {
	t.SendHeader(func() stream.Metadata {
		md := envelopePairs(f, r.env)
		for _, p := range info.kvs {
			md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
		}
		return TTPairs(md, &r.head)
	})
	t.SeeFrame(true, func() string { return frameLine(f, r.env, len(r.Wire), r.body) })
	t.Send(r.body, len(r.Wire))
}

// envelopePairs describes an envelope for traces.
func envelopePairs(f Form, e thriftwire.Envelope) stream.Metadata {
	return stream.Metadata{
		{Name: "transport", Value: string(f.transport)},
		{Name: "type", Value: e.Type.String()},
		{Name: "method", Value: e.Name},
		{Name: "seq", Value: strconv.Itoa(int(e.Seq))},
	}
}

// frameLine describes a message in one line.
func frameLine(f Form, e thriftwire.Envelope, wire, body int) string {
	return fmt.Sprintf("%s len=%d %s %.80q seq=%d body=%d", f.transport, wire, e.Type, e.Name, e.Seq, body)
}
