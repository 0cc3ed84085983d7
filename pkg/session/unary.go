package session

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Reply is the answer to a unary call.
type Reply struct {
	// JSON is the message; nil of a oneway method.
	JSON json.RawMessage
	// Header and Trailer came beside it.
	Header, Trailer stream.Metadata
}

// CallOption changes one RPC.
type CallOption func(*stream.Call)

// Header adds an entry of metadata.
func Header(name, value string) CallOption {
	return func(rpc *stream.Call) {
		rpc.Header = append(slices.Clip(rpc.Header), stream.Pair{Name: name, Value: value})
	}
}

// Trace has t told what happens to the RPC, in place of the Trace of the Session.
func Trace(t *stream.Trace) CallOption { return func(rpc *stream.Call) { rpc.Trace = t } }

// Call makes a unary call with one JSON document; an empty one stands for an empty
// message. A declared exception of Thrift is a *format.Exception.
func (m *Method) Call(ctx context.Context, document []byte, options ...CallOption) (*Reply, error) {
	if m.Type != stream.Unary {
		return nil, &TypeError{m.FullName(), m.Type}
	}
	codec, err := m.Codec()
	if err != nil {
		return nil, err
	}
	var body []byte
	if len(document) > 0 {
		if body, err = codec.Encode(nil, document); err != nil {
			return nil, err
		}
	}
	reply := &Reply{}
	var opened stream.Stream
	err = m.Run(ctx, m.with(options), Exchange{
		Pump:   stream.Pump{Prompt: true},
		Next:   once(body),
		Opened: func(s stream.Stream) { opened = s },
		Emit: func(body []byte) (err error) {
			reply.JSON, err = codec.Decode(nil, body)
			return err
		},
		Ended: func(err error) error {
			if err == nil {
				reply.Header, _ = opened.Header()
				reply.Trailer = opened.Trailer()
			}
			return err
		},
	})
	if err != nil {
		return nil, m.Detailed(err)
	}
	return reply, nil
}

// with is a call of the method with options.
func (m *Method) with(options []CallOption) stream.Call {
	rpc := m.RPC()
	for _, change := range options {
		change(&rpc)
	}
	return rpc
}

// once supplies one body.
func once(body []byte) stream.Next {
	given := false
	return func() ([]byte, error) {
		if given {
			return nil, io.EOF
		}
		given = true
		return body, nil
	}
}
