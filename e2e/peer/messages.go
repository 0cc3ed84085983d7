package peer

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// raw is a message as bytes: streams of a million messages need no more.
type raw struct{ bytes []byte }

// rawCodec passes raw messages through and leaves all others to protobuf. It
// serves grpc-go and connect-go alike.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) {
	switch m := v.(type) {
	case *raw:
		return m.bytes, nil
	case proto.Message:
		return proto.MarshalOptions{Deterministic: true}.Marshal(m)
	}
	return nil, fmt.Errorf("cannot marshal %T", v)
}

func (rawCodec) Unmarshal(data []byte, v any) error {
	switch m := v.(type) {
	case *raw:
		m.bytes = append([]byte(nil), data...)
		return nil
	case proto.Message:
		return proto.Unmarshal(data, m)
	}
	return fmt.Errorf("cannot unmarshal %T", v)
}

// request is e2e.Request.
type request struct {
	text       string
	replies    int32
	replyBytes int32
	data       []byte
	status     *ending
	hang, stop bool
}

// ending is e2e.Ending.
type ending struct {
	code    uint32
	message string
	details []string
}

// fields calls f for each field of a message. Varints come as n, strings and
// messages as b.
func fields(b []byte, f func(number protowire.Number, n uint64, b []byte) error) error {
	for len(b) > 0 {
		number, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		var n uint64
		var content []byte
		switch kind {
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			content, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(number, kind, b)
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		b = b[size:]
		if err := f(number, n, content); err != nil {
			return err
		}
	}
	return nil
}

func parseRequest(b []byte) (r request, err error) {
	err = fields(b, func(number protowire.Number, n uint64, b []byte) (err error) {
		switch number {
		case 1:
			r.text = string(b)
		case 2:
			r.replies = int32(n)
		case 3:
			r.replyBytes = int32(n)
		case 4:
			r.data = b
		case 5:
			r.status, err = parseEnding(b)
		case 6:
			r.hang = n != 0
		case 7:
			r.stop = n != 0
		}
		return err
	})
	return r, err
}

func parseEnding(b []byte) (*ending, error) {
	e := &ending{}
	err := fields(b, func(number protowire.Number, n uint64, b []byte) error {
		switch number {
		case 1:
			e.code = uint32(n)
		case 2:
			e.message = string(b)
		case 3:
			e.details = append(e.details, string(b))
		}
		return nil
	})
	return e, err
}

// encodeReply encodes an e2e.Reply.
func encodeReply(text string, requests, bytes int64, data []byte) []byte {
	var dst []byte
	if text != "" {
		dst = appendString(dst, 1, text)
	}
	if requests != 0 {
		dst = protowire.AppendTag(dst, 2, protowire.VarintType)
		dst = protowire.AppendVarint(dst, uint64(requests))
	}
	if bytes != 0 {
		dst = protowire.AppendTag(dst, 3, protowire.VarintType)
		dst = protowire.AppendVarint(dst, uint64(bytes))
	}
	if len(data) > 0 {
		dst = protowire.AppendTag(dst, 4, protowire.BytesType)
		dst = protowire.AppendBytes(dst, data)
	}
	return dst
}

func appendString(dst []byte, number protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, number, protowire.BytesType), s)
}
