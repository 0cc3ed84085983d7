package demo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/serve/health"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/stream"
)

// protobufMethods are the methods of Protobuf by their names in the IDL.
func protobufMethods() map[string]answer {
	return map[string]answer{
		"stream.ClientStream/Sum":                sum,
		"stream.ServerStream/Pow":                pow,
		"stream.BidirectionalStreamServer/Sqrt":  sqrt,
		"pb.StreamingService/StreamRequestEcho":  joinMessages,
		"pb.StreamingService/StreamResponseEcho": repeatMessage,
		"pb.StreamingService/BidirectionalEcho":  echoMessages,
		"pb.StreamingService/UnaryEcho":          echoMessages,
		"pbapi.Mock/ClientStreamingTest":         joinMessages,
		"pbapi.Mock/ServerStreamingTest":         repeatMessage,
		"pbapi.Mock/BidirectionalStreamingTest":  echoMessages,
		"pbapi.Mock/UnaryTest":                   echoMessages,
		"api.Echo/EchoPB":                        echoMessages,
		"demo.Demo/Fail":                         fail,
		"demo.Demo/Sleep":                        sleep,
		"grpc.health.v1.Health/Check":            func(x *exchange) error { return health.Check(x.Call, x.demo.known) },
		"grpc.health.v1.Health/Watch":            func(x *exchange) error { return health.Watch(x.ctx, x.Call, x.demo.known) },
	}
}

// thriftStreamMethods are those of stream_echo.thrift. EchoUnary is here for HTTP/2, where it
// has the wrappers of a plain method.
func thriftStreamMethods() map[string]answer {
	return map[string]answer{
		"TestService/Echo":       echoMessages,
		"TestService/EchoClient": joinMessages,
		"TestService/EchoServer": repeatMessage,
		"TestService/EchoUnary":  echoMessages,
	}
}

func outOfRange(format string, args ...any) error {
	return &stream.Status{Code: 11, Message: fmt.Sprintf(format, args...)}
}

func sum(x *exchange) error {
	var total int64
	for {
		var in struct{ Data int64 }
		switch err := x.recv(&in); {
		case err == io.EOF:
			return x.send(map[string]int64{"sum": total})
		case err != nil:
			return err
		}
		if next := total + in.Data; (next > total) == (in.Data > 0) {
			total = next
		} else {
			return outOfRange("the sum does not fit in 64 bits")
		}
	}
}

func pow(x *exchange) error {
	var in struct{ Number int64 }
	if err := x.recv(&in); err != nil {
		return err
	}
	power := int64(1)
	for range 10 {
		if err := x.send(map[string]int64{"number": power}); err != nil {
			return err
		}
		next := power * in.Number
		if high, low := bits.Mul64(magnitude(power), magnitude(in.Number)); high != 0 || low > math.MaxInt64 {
			return outOfRange("the next power of %d does not fit in 64 bits", in.Number)
		}
		power = next
	}
	return nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// sqrt carries its numbers as JSON values: not all doubles are JSON numbers.
func sqrt(x *exchange) error {
	for {
		var in struct{ Number any }
		switch err := x.recv(&in); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		n, isNumber := in.Number.(float64)
		if in.Number != nil && !isNumber || n < 0 {
			return &stream.Status{Code: stream.InvalidArgument, Message: fmt.Sprintf("no square root of %v", in.Number)}
		}
		if err := x.send(map[string]float64{"sqrt": math.Sqrt(n)}); err != nil {
			return err
		}
	}
}

type message struct {
	Message string `json:"message"`
}

func echoMessages(x *exchange) error {
	for {
		var m message
		switch err := x.recv(&m); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := x.send(m); err != nil {
			return err
		}
	}
}

func joinMessages(x *exchange) error {
	var all []string
	for {
		var m message
		switch err := x.recv(&m); {
		case err == io.EOF:
			return x.send(message{strings.Join(all, " ")})
		case err != nil:
			return err
		}
		all = append(all, m.Message)
	}
}

func repeatMessage(x *exchange) error {
	var m message
	if err := x.recv(&m); err != nil {
		return err
	}
	for range 3 {
		if err := x.send(m); err != nil {
			return err
		}
	}
	return nil
}

// fail ends with a status that has two details.
func fail(x *exchange) error {
	var in struct {
		Code    int32
		Message string
	}
	if err := x.recv(&in); err != nil {
		return err
	}
	code := uint32(cmp.Or(in.Code, int32(stream.InvalidArgument)))
	text := cmp.Or(in.Message, "this method always fails")
	details, err := x.details(code, text)
	if err != nil {
		return err
	}
	return &stream.Status{Code: stream.Code(code), Message: text, Details: details}
}

// details encodes a google.rpc.Status.
func (x *exchange) details(code uint32, text string) ([]byte, error) {
	program, err := x.demo.status()
	if err != nil {
		return nil, err
	}
	type object = map[string]any
	doc, err := json.Marshal(object{"code": int32(code), "message": text, "details": []object{
		{
			"@type":  "type.googleapis.com/google.rpc.ErrorInfo",
			"reason": "ALWAYS_FAILS", "domain": "demo", "metadata": map[string]string{"method": "Fail"},
		},
		{
			"@type":           "type.googleapis.com/google.rpc.BadRequest",
			"fieldViolations": []object{{"field": "code", "description": "there is no code that succeeds"}},
		},
	}})
	if err != nil {
		return nil, err
	}
	return program.Codec().Encode(nil, doc)
}

func sleep(x *exchange) error {
	var in struct{ Seconds any }
	if err := x.recv(&in); err != nil {
		return err
	}
	seconds, _ := in.Seconds.(float64)
	if seconds < 0 || seconds > 3600 {
		return outOfRange("want 0 to 3600 seconds")
	}
	if err := skeleton.Wait(x.ctx, time.Duration(seconds*float64(time.Second))); err != nil {
		return err
	}
	return x.send(map[string]float64{"slept": seconds})
}
