package demo

import (
	"github.com/idlcall/idlcall/pkg/stream"
)

// health is the status of a service: all that there are are well.
func (x *exchange) health() (string, error) {
	var in struct{ Service string }
	if err := x.recv(&in); err != nil {
		return "", err
	}
	ms, err := x.demo.methods()
	if err != nil {
		return "", err
	}
	if in.Service == "" || ms.Has(in.Service) {
		return "SERVING", nil
	}
	return "SERVICE_UNKNOWN", nil
}

func checkHealth(x *exchange) error {
	status, err := x.health()
	if status == "SERVICE_UNKNOWN" {
		err = &stream.Status{Code: stream.NotFound, Message: "unknown service"}
	}
	if err != nil {
		return err
	}
	return x.send(map[string]string{"status": status})
}

// watchHealth answers once, since nothing changes.
func watchHealth(x *exchange) error {
	status, err := x.health()
	if err == nil {
		err = x.send(map[string]string{"status": status})
	}
	if err != nil {
		return err
	}
	<-x.ctx.Done()
	return x.ctx.Err()
}
