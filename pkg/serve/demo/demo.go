// Package demo is a server for trying things, inside the process: services over which every
// kind of RPC and every way to end one can be seen, with their IDL built in.
//
//	demo.go      Demo: IDL, connections, which method answers what
//	method.go    a method and what is compiled for it, once
//	exchange.go  an RPC whose messages are Go values, by way of JSON
//	protobuf.go  the methods of Protobuf, and of Thrift where they stream
//	thrift.go    the calls of Thrift
//	health.go    grpc.health.v1
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
	// loaded is the schema that the server itself uses, status maps google.rpc.Status:
	// like the methods, they are made when they are first needed.
	loaded  func() (idl.Schema, error)
	status  func() (*format.Program, error)
	methods func() []*method
}

// New returns a server that waits for Dial.
func New() *Demo {
	d := &Demo{}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.loaded = sync.OnceValues(func() (idl.Schema, error) { return d.Schema(d.ctx, "") })
	d.status = sync.OnceValues(d.compileStatus)
	d.methods = sync.OnceValue(d.allMethods)
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
	for _, m := range d.methods() {
		if m.answers(asked) {
			return m.handle, nil
		}
	}
	return nil, nil
}

func (d *Demo) compileStatus() (*format.Program, error) {
	schema, err := d.loaded()
	if err != nil {
		return nil, err
	}
	status, err := schema.Message(d.ctx, "google.rpc.Status")
	if err != nil {
		return nil, err
	}
	return format.Compile(&idl.Method{Input: status, Output: status}, format.Options{})
}
