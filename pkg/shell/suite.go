package shell

import (
	"slices"

	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/proxy/record"
	"github.com/idlcall/idlcall/pkg/stream"
)

// WriteSuite writes calls as a suite, which "idlcall test" makes again. Settings are the lines of
// YAML before the steps; secret is record.Options.Secret.
func WriteSuite(file, settings string, secret func(name, value string) (before, secret string), calls []*Call) error {
	r, err := record.New(record.Options{File: file, Title: "Calls of a shell", Settings: settings, Transports: true, Secret: secret})
	if err != nil {
		return err
	}
	for i, c := range calls {
		for _, details := range c.events() {
			r.Emit(decode.Event{Call: int64(i + 1), Details: details})
		}
	}
	return r.Close()
}

// events are a call as a proxy would have seen it.
func (c *Call) events() []any {
	list := []any{
		decode.Start{Method: c.RPC.Method, Known: !c.Cut, Transport: c.Transport.String()},
		decode.Header{From: proxy.Client, Metadata: c.header()},
	}
	for _, m := range c.Messages {
		switch {
		case m.JSON == nil:
			list = append(list, decode.HalfClose{})
		case m.Sent:
			list = append(list, decode.Message{From: proxy.Client, JSON: m.JSON})
		default:
			list = append(list, decode.Message{From: proxy.Server, JSON: m.JSON})
		}
	}
	return append(list, decode.Finish{Err: c.Err})
}

// header is the metadata, and metainfo as TTHeader has it.
func (c *Call) header() stream.Metadata {
	md := slices.Clone(c.RPC.Header)
	for _, p := range c.RPC.Transient {
		md = append(md, stream.Pair{Name: ttheader.TransientPrefix + p.Name, Value: p.Value})
	}
	for _, p := range c.RPC.Persistent {
		md = append(md, stream.Pair{Name: ttheader.PersistPrefix + p.Name, Value: p.Value})
	}
	return md
}
