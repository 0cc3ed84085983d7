package serve

import (
	"encoding/json"
	"fmt"
	"strings"
)

// demoThriftMethods are the Thrift methods of the demo by their names in the IDL.
func demoThriftMethods() map[string]thriftMethod {
	return map[string]thriftMethod{
		"TestService/EchoPingPong":     echoThrift,
		"TestService/EchoUnary":        echoThrift,
		"EchoTypes/Echo":               echoThrift,
		"ExampleService/ExampleMethod": example,
		"Defaults/Probe":               probe,
		"Defaults/Empty":               func(*thriftCall) (any, error) { return struct{}{}, nil },
		"Shop/Add":                     add,
		"Shop/Buy":                     buy,
		"Shop/Refund":                  refund,
		"Shop/Ping":                    func(*thriftCall) (any, error) { return nil, nil },
		"Shop/Note":                    func(*thriftCall) (any, error) { return nil, nil },
	}
}

func echoThrift(x *thriftCall) (any, error) { return json.RawMessage(x.args), nil }

// example echoes Msg and fills BaseResp.
func example(x *thriftCall) (any, error) {
	var in struct {
		Msg  string
		Base struct {
			Extra map[string]string `json:",omitempty"`
		}
	}
	if err := x.read(&in); err != nil {
		return nil, err
	}
	resp := map[string]any{"StatusMessage": "ok", "StatusCode": 0}
	if in.Base.Extra != nil {
		resp["Extra"] = in.Base.Extra
	}
	return map[string]any{"Msg": in.Msg, "BaseResp": resp}, nil
}

// probe tells which fields came over the wire, and sends none back, so that the
// client shows its own defaults.
func probe(x *thriftCall) (any, error) {
	return map[string]any{"wire": strings.Join(x.sent(), ","), "back": struct{}{}}, nil
}

func add(x *thriftCall) (any, error) {
	var in struct{ A, B int64 }
	if err := x.read(&in); err != nil {
		return nil, err
	}
	sum := in.A + in.B
	if (sum > in.A) != (in.B > 0) && in.B != 0 {
		return nil, fmt.Errorf("%d + %d does not fit in 64 bits", in.A, in.B)
	}
	return sum, nil
}

func buy(x *thriftCall) (any, error) {
	type item struct {
		Name  string `json:"name"`
		Count int32  `json:"count"`
		Size  any    `json:"size,omitempty"`
	}
	var in struct{ Items []item }
	if err := x.read(&in); err != nil {
		return nil, err
	}
	for _, i := range in.Items {
		if i.Name == "unicorn" {
			return nil, &raised{"soldOut", map[string]any{"name": i.Name, "left": 0}}
		}
	}
	if len(in.Items) == 0 {
		return nil, &raised{"notFound", map[string]any{"id": 0}}
	}
	return map[string]any{"id": 1, "items": in.Items}, nil
}

func refund(*thriftCall) (any, error) {
	return nil, &bizStatus{404, "no such order", map[string]string{"hint": "orders are forgotten at once"}}
}
