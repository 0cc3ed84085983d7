// Package health answers grpc.health.v1 (grpc/grpc:doc/health-checking.md) for a server whose
// services are all well while it runs.
package health

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Service is the full name.
const Service = "grpc.health.v1.Health"

// Health is the service. Its IDL is built in.
type Health struct {
	methods func() (*skeleton.Methods, error)
	known   func(service string) bool
}

// New returns the service of a server: known says which services that has.
func New(ctx context.Context, known func(service string) bool) *Health {
	return &Health{known: known, methods: sync.OnceValues(func() (*skeleton.Methods, error) {
		schema, err := load.Files(ctx, load.Options{Strings: []load.Text{load.Health()}, Sound: true})
		if err != nil {
			return nil, err
		}
		return skeleton.New(ctx, schema, format.Options{})
	})}
}

// Find is for serve.Server: nil for all methods but those of Service.
func (h *Health) Find(asked *stream.Method) (serve.Handler, error) {
	if asked.Service != Service || asked.IsThrift() {
		return nil, nil
	}
	methods, err := h.methods()
	if err != nil {
		return nil, err
	}
	m, err := methods.Find(asked)
	if m == nil || err != nil {
		return nil, err
	}
	return func(ctx context.Context, s serve.ServerStream) error {
		c, err := m.Open(s)
		if err != nil {
			return err
		}
		switch m.Name {
		case "Check":
			return Check(c, h.known)
		case "Watch":
			return Watch(ctx, c, h.known)
		}
		return &serve.UnknownMethodError{Method: *asked}
	}, nil
}

// Check answers one question.
func Check(c *skeleton.Call, known func(service string) bool) error {
	status, err := ask(c, known)
	if err == nil && status == unknown {
		err = &stream.Status{Code: stream.NotFound, Message: "unknown service"}
	}
	if err != nil {
		return err
	}
	return c.Send(reply(status))
}

// Watch answers once, since nothing changes, and then waits for the end of the RPC.
func Watch(ctx context.Context, c *skeleton.Call, known func(service string) bool) error {
	status, err := ask(c, known)
	if err == nil {
		err = c.Send(reply(status))
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

const unknown = "SERVICE_UNKNOWN"

// ask is the status of the service that a request names.
func ask(c *skeleton.Call, known func(service string) bool) (string, error) {
	text, err := c.RecvOnly()
	if err != nil {
		return "", err
	}
	var in struct{ Service string }
	if err := json.Unmarshal(text, &in); err != nil {
		return "", err
	}
	if in.Service == "" || known(in.Service) {
		return "SERVING", nil
	}
	return unknown, nil
}

func reply(status string) []byte { return []byte(`{"status":"` + status + `"}`) }
