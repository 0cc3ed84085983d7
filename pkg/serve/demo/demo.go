// Package demo is a server for trying things, inside the process: services over which every
// kind of RPC and every way to end one can be seen, with their IDL built in.
//
//	demo.go      Demo: IDL, connections, which method answers what
//	exchange.go  an RPC whose messages are Go values, by way of JSON
//	protobuf.go  the methods of Protobuf, and of Thrift where they stream
//	thrift.go    the calls of Thrift
//	sent.go      which fields came over the wire
package demo

import (
	"context"
	"embed"
	"net"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/stream"
)

//go:embed *.proto *.thrift
var files embed.FS

// Demo is the server. Its connections are in memory, so that a call differs from one over a
// network in nothing but the wire.
type Demo struct {
	server serve.Server
	ctx    context.Context //nolint:containedctx // it ends with Close
	cancel context.CancelFunc
	// methods are made when they are first needed, and so is status, which maps
	// google.rpc.Status.
	methods func() (*skeleton.Methods, error)
	status  func() (*format.Program, error)
	answers map[string]answer // by the full names of methods
}

// New returns a server that waits for Dial.
func New() *Demo {
	d := &Demo{answers: answers()}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.methods = sync.OnceValues(d.load)
	d.status = sync.OnceValues(func() (*format.Program, error) {
		ms, err := d.methods()
		if err != nil {
			return nil, err
		}
		return skeleton.Status(ms)
	})
	d.server.Find = d.find
	return d
}

// Schema returns the IDL of the demo's services; service is where a bare method
// name is looked for, as in load.Options.
func (d *Demo) Schema(ctx context.Context, service string) (idl.Schema, error) {
	o := load.Options{Service: service, Sound: true}
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		o.Strings = append(o.Strings, load.Text{Name: e.Name(), Text: string(text)})
	}
	o.Strings = append(o.Strings, load.Health())
	return load.Files(ctx, o)
}

// Dial returns the client's end of a new connection.
func (d *Demo) Dial(context.Context) (net.Conn, error) {
	if d.ctx.Err() != nil {
		return nil, net.ErrClosed
	}
	client, server := net.Pipe()
	go func() { _ = d.server.ServeConn(d.ctx, server) }() // ends with Close, or before
	return client, nil
}

// Close ends all connections, and does not wait for them. It is safe to repeat.
func (d *Demo) Close() { d.cancel() }

// find is serve.Server's.
func (d *Demo) find(asked *stream.Method) (serve.Handler, error) {
	ms, err := d.methods()
	if err != nil {
		return nil, err
	}
	m, err := ms.Find(asked)
	if err != nil || m == nil || d.answers[m.FullName()] == nil {
		return nil, err
	}
	return func(ctx context.Context, s serve.ServerStream) error {
		c, err := m.Open(s)
		if err != nil {
			return err
		}
		return c.Ended(d.answers[m.FullName()](&exchange{Call: c, ctx: ctx, demo: d}))
	}, nil
}

// known reports whether there is a service of that name.
func (d *Demo) known(service string) bool {
	ms, err := d.methods()
	return err == nil && ms.Has(service)
}

func (d *Demo) load() (*skeleton.Methods, error) {
	schema, err := d.Schema(d.ctx, "")
	if err != nil {
		return nil, err
	}
	return skeleton.New(d.ctx, schema, format.Options{Int64: format.Int64Number})
}
