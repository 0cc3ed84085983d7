// Package health asks servers for their health, over the service that gRPC defines for that
// (grpc/grpc:doc/health-checking.md), whose IDL is built in.
package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

const (
	// Serving is the status of a service that is well.
	Serving = "SERVING"
	// Unknown is the status of a service that the server does not know.
	Unknown = "SERVICE_UNKNOWN"
)

// IDL is the source of IDL for a session that asks for health.
func IDL() *load.Options {
	return &load.Options{Strings: []load.Text{load.Health()}}
}

// NotServingError is a service that is not well.
type NotServingError struct {
	// Service is its full name; empty for the server as a whole.
	Service string
	// Status is "NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN", or a number.
	Status string
}

func (e *NotServingError) Error() string {
	if e.Service == "" {
		return "the server is " + e.Status
	}
	return fmt.Sprintf("service %s is %s", e.Service, e.Status)
}

// Outcome is KindUnmet.
func (*NotServingError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUnmet} }

// Check asks once, and returns the status as it is named in the IDL. A server says NOT_FOUND
// to a service that it does not know; that is Unknown, as it is for Watch.
func Check(ctx context.Context, s *session.Session, service string, options ...session.CallOption) (string, error) {
	m, err := s.Method(ctx, "grpc.health.v1.Health/Check")
	if err != nil {
		return "", err
	}
	reply, err := m.Call(ctx, request(service), options...)
	if o := stream.OutcomeOf(err); o.Kind == stream.KindStatus && o.Code == int64(stream.NotFound) {
		return Unknown, nil
	}
	if err != nil {
		return "", err
	}
	return status(reply.JSON)
}

// Watch tells told every status until the server or ctx ends it, or told returns an error,
// which is then Watch's. A server that ends it well is no error.
func Watch(ctx context.Context, s *session.Session, service string, told func(status string) error, options ...session.CallOption) error {
	m, err := s.Method(ctx, "grpc.health.v1.Health/Watch")
	if err != nil {
		return err
	}
	rpc, err := m.Stream(ctx, options...)
	if err != nil {
		return err
	}
	defer rpc.Close()
	if err := rpc.Send(request(service)); err != nil {
		return err
	}
	for reply, err := range rpc.All() {
		if err != nil {
			return err
		}
		now, err := status(reply)
		if err != nil {
			return err
		}
		if err := told(now); err != nil {
			return err
		}
	}
	return nil
}

func request(service string) []byte {
	text, err := json.Marshal(map[string]string{"service": service})
	if err != nil {
		return []byte("{}") // strings marshal
	}
	return text
}

// status reads a reply; what is not there is UNKNOWN.
func status(reply []byte) (string, error) {
	var r struct{ Status any }
	if err := json.Unmarshal(reply, &r); err != nil {
		return "", errors.Join(errors.New("read the reply"), err)
	}
	if r.Status == nil {
		return "UNKNOWN", nil
	}
	return fmt.Sprint(r.Status), nil
}
