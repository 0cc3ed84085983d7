package ttheader

import "fmt"

// FrameType says what a frame of TTHeader Streaming is for. On the wire it is the
// integer key 27 (cloudwego/kitex:pkg/remote/trans/ttstream/frame.go). The values
// must not change.
type FrameType byte

// The frame types.
const (
	FrameMeta    FrameType = '1' // for meshes; no payload that a peer reads
	FrameHeader  FrameType = '2' // opens a stream, and begins the answer; string pairs
	FrameData    FrameType = '3' // one message: a bare struct, without envelope
	FrameTrailer FrameType = '4' // ends a side: nothing, an EXCEPTION or business status
	FrameReset   FrameType = '5' // ends the stream: nothing, or an EXCEPTION with a code
)

// String is the name in the specification, or the digit where it has none.
func (t FrameType) String() string {
	if t >= FrameMeta && t <= FrameReset {
		return [...]string{"META", "HEADER", "DATA", "TRAILER", "RST"}[t-FrameMeta]
	}
	return fmt.Sprintf("type %q", byte(t))
}

// StreamFrame is a frame of TTHeader Streaming:
//
//	flags 0002 | sequence id: the stream | protocol id 10 | int 27 type, 9 method | payload
type StreamFrame struct {
	Type   FrameType
	Stream int32
	// Method is set for FrameHeader; only there it is needed.
	Method string
	// Str are the string pairs, sorted; the later of two with one key counts.
	Str []Pair
	// Payload is a part of the frame.
	Payload []byte
}

// ParseStream reads a whole frame of a stream. It allocates for string pairs only,
// which messages do not have. All errors are *Error.
func ParseStream(frame []byte) (f StreamFrame, err error) {
	r, err := open(frame)
	if err != nil {
		return f, err
	}
	if flags(frame)&FlagStreaming == 0 {
		return f, &Error{6, "a TTHeader frame without the flag of streaming"}
	}
	var kind, method []byte
	err = r.sections(
		func(key, value []byte) { f.Str = append(f.Str, Pair{string(key), string(value)}) },
		func(key uint16, value []byte) {
			switch key {
			case IntFrameType:
				kind = value
			case IntToMethod:
				method = value
			}
		},
	)
	switch {
	case err != nil:
		return f, err
	case len(kind) == 0:
		return f, &Error{fixedLen, "a frame of a stream without a type"}
	case len(kind) > 1 || FrameType(kind[0]) < FrameMeta || FrameType(kind[0]) > FrameReset:
		return f, &Error{fixedLen, fmt.Sprintf("a frame of a stream with the type %.20q", kind)}
	}
	f.Type, f.Stream, f.Payload = FrameType(kind[0]), seq(frame), frame[len(r.b):]
	if f.Type == FrameHeader {
		f.Method = string(method)
	}
	if len(f.Str) > 1 {
		f.Str = unify(f.Str, Pair.key)
	}
	return f, nil
}

// AppendStream appends a frame of method's stream. All errors are *LimitError; dst is
// worthless then.
func AppendStream(dst []byte, t FrameType, stream int32, method string, payload []byte, str ...Pair) ([]byte, error) {
	start := len(dst)
	h := streamHeader(t, stream, method, str...)
	dst, err := h.Append(dst)
	if err != nil {
		return dst, err
	}
	dst = append(dst, payload...)
	return dst, SetLength(dst[start:])
}

// streamHeader is what stands before the payload. Kitex wants the method in the first
// HEADER only, and writes it always.
func streamHeader(t FrameType, stream int32, method string, str ...Pair) Header {
	h := Header{Flags: FlagStreaming, Seq: stream, Protocol: ProtocolThriftStruct, Str: str, Int: []IntPair{
		{IntToMethod, method}, {IntFrameType, string(rune(t))},
	}}
	h.Sort()
	return h
}
