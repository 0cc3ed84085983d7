package call

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/idlcall/idlcall/pkg/internal/wire/theader"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// thriftRequest is one request on its way.
type thriftRequest struct {
	env  thriftwire.Envelope
	head ttheader.Header // of TTHeader
	wire []byte          // all of it
	body int
}

// maxThriftBody leaves room for all that is not body in 31 bits.
const maxThriftBody = math.MaxInt32 - 1<<20

// build makes the bytes of a request in dst.
func (f form) build(ctx context.Context, dst []byte, env thriftwire.Envelope, info *thriftInfo, body []byte) (thriftRequest, error) {
	r := thriftRequest{env: env, body: len(body)}
	if len(body) > maxThriftBody {
		return r, fmt.Errorf("message of %d bytes does not fit %s", len(body), f.want())
	}
	var err error
	switch f.transport {
	case TTHeader, TTHeaderFramed:
		r.head = info.header(ctx, env.Seq)
		if dst, err = r.head.Append(dst[:0]); err != nil {
			return r, err
		}
		dst = f.appendMessage(dst, f.inner, env, body)
		err = ttheader.SetLength(dst)
	case Header:
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
		dst = f.appendMessage(dst[:0], f.transport == Framed, env, body)
	}
	r.wire = dst
	return r, err
}

// appendMessage appends envelope and body, with a length before them where there
// is a frame.
func (f form) appendMessage(dst []byte, framed bool, env thriftwire.Envelope, body []byte) []byte {
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
func (r *thriftRequest) trace(f form, info *thriftInfo, t *stream.Trace) {
	t.SendHeader(func() stream.Metadata {
		md := envelopePairs(f, r.env)
		for _, p := range info.kvs {
			md = append(md, stream.Pair{Name: p.Key, Value: p.Value})
		}
		return ttPairs(md, &r.head)
	})
	t.SeeFrame(true, func() string { return frameLine(f, r.env, len(r.wire), r.body) })
	t.Send(r.body, len(r.wire))
}

// envelopePairs describes an envelope for traces.
func envelopePairs(f form, e thriftwire.Envelope) stream.Metadata {
	return stream.Metadata{
		{Name: "transport", Value: string(f.transport)},
		{Name: "type", Value: e.Type.String()},
		{Name: "method", Value: e.Name},
		{Name: "seq", Value: strconv.Itoa(int(e.Seq))},
	}
}

// frameLine describes a message in one line.
func frameLine(f form, e thriftwire.Envelope, wire, body int) string {
	return fmt.Sprintf("%s len=%d %s %.80q seq=%d body=%d", f.transport, wire, e.Type, e.Name, e.Seq, body)
}
