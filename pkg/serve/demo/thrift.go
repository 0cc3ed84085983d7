package demo

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/serve"
)

// thriftMethods are the calls of Thrift by their names in the IDL.
func thriftMethods() map[string]answer {
	return map[string]answer{
		"TestService/EchoPingPong":     echoCall,
		"TestService/EchoUnary":        echoCall,
		"EchoTypes/Echo":               echoCall,
		"ExampleService/ExampleMethod": example,
		"Defaults/Probe":               probe,
		"Defaults/Empty":               func(x *exchange) error { return x.nothing(struct{}{}) },
		"Shop/Add":                     add,
		"Shop/Buy":                     buy,
		"Shop/Refund":                  refund,
		"Shop/Ping":                    func(x *exchange) error { return x.nothing(nil) },
		"Shop/Note":                    func(x *exchange) error { return x.recv(new(json.RawMessage)) },
	}
}

func echoCall(x *exchange) error {
	var in json.RawMessage
	if err := x.recv(&in); err != nil {
		return err
	}
	return x.send(in)
}

// nothing answers whatever comes with the same.
func (x *exchange) nothing(v any) error {
	if err := x.recv(new(json.RawMessage)); err != nil {
		return err
	}
	return x.send(v)
}

// example echoes Msg and fills BaseResp.
func example(x *exchange) error {
	var in struct {
		Msg  string
		Base struct {
			Extra map[string]string `json:",omitempty"`
		}
	}
	if err := x.recv(&in); err != nil {
		return err
	}
	resp := map[string]any{"StatusMessage": "ok", "StatusCode": 0}
	if in.Base.Extra != nil {
		resp["Extra"] = in.Base.Extra
	}
	return x.send(map[string]any{"Msg": in.Msg, "BaseResp": resp})
}

// probe tells which fields came over the wire, and sends none back, so that the
// client shows its own defaults.
func probe(x *exchange) error {
	if err := x.recv(new(json.RawMessage)); err != nil {
		return err
	}
	sent, err := x.sent()
	if err != nil {
		return err
	}
	return x.send(map[string]any{"wire": strings.Join(sent, ","), "back": struct{}{}})
}

func add(x *exchange) error {
	var in struct{ A, B int64 }
	if err := x.recv(&in); err != nil {
		return err
	}
	sum := in.A + in.B
	if (sum > in.A) != (in.B > 0) && in.B != 0 {
		return fmt.Errorf("%d + %d does not fit in 64 bits", in.A, in.B)
	}
	return x.send(sum)
}

func buy(x *exchange) error {
	type item struct {
		Name  string `json:"name"`
		Count int32  `json:"count"`
		Size  any    `json:"size,omitempty"`
	}
	var in struct{ Items []item }
	if err := x.recv(&in); err != nil {
		return err
	}
	for _, i := range in.Items {
		if i.Name == "unicorn" {
			return x.raise("soldOut", map[string]any{"name": i.Name, "left": 0})
		}
	}
	if len(in.Items) == 0 {
		return x.raise("notFound", map[string]any{"id": 0})
	}
	return x.send(map[string]any{"id": 1, "items": in.Items})
}

func refund(x *exchange) error {
	if err := x.recv(new(json.RawMessage)); err != nil {
		return err
	}
	return &serve.BizStatusError{Code: 404, Message: "no such order", Extra: map[string]string{"hint": "orders are forgotten at once"}}
}
