package demo

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/idlcall/idlcall/pkg/serve/skeleton"
)

// answer is what a method does.
type answer func(x *exchange) error

// answers are all there are, by the full names of methods.
func answers() map[string]answer {
	all := protobufMethods()
	maps.Copy(all, thriftStreamMethods())
	maps.Copy(all, thriftMethods())
	return all
}

// exchange is an RPC whose messages are Go values, by way of JSON.
type exchange struct {
	*skeleton.Call

	ctx  context.Context //nolint:containedctx // the context of the RPC
	demo *Demo
}

// recv reads the next request into a Go value.
func (x *exchange) recv(v any) error {
	text, err := x.Recv()
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

func (x *exchange) send(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return x.Send(text)
}

// raise is an exception that the IDL declares for a method; field is its name in throws.
func (x *exchange) raise(field string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return x.Program().Raise(field, text)
}
