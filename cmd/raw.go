package cmd

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// streamTypes are the values of --stream-type.
var streamTypes = []string{"unary", "client", "server", "bidi", "oneway"}

// isRaw reports whether bodies pass as they are.
func (o *callOptions) isRaw() bool { return o.request.raw != format.RawNone }

// rawMethod is a method of which only the name is known. Over the transports that
// Kitex has for both, it is Thrift's unless --idl-lang says otherwise.
func (o *callOptions) rawMethod(t call.Transport) (*idl.Method, error) {
	i := strings.LastIndexAny(o.method, "/.")
	if i <= 0 || i == len(o.method)-1 {
		return nil, usage("--raw without IDL: method %q: want Service/Method", o.method)
	}
	m := &idl.Method{Method: stream.Method{Service: o.method[:i], Name: o.method[i+1:]}}
	switch o.request.streamType {
	case "client":
		m.Type = stream.Client
	case "server":
		m.Type = stream.Server
	case "bidi":
		m.Type = stream.Bidi
	case "oneway":
		m.Oneway = true
	}
	switch {
	case o.idl.lang == "proto", o.idl.lang == "" && (t == "" || t.HasStatus()):
		m.Input, m.Output = &idl.ProtoMessage{}, &idl.ProtoMessage{}
	default:
		m.Lang = stream.Thrift
		m.Input = &thrift.Struct{Form: thrift.FormArguments}
		m.Output = &thrift.Struct{Form: thrift.FormResult}
	}
	return m, nil
}
