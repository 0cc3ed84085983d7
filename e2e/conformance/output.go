package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// envelope is a line of --output envelope.
type envelope struct {
	Header, Trailer map[string][]string
	Message         *struct{ Payload json.RawMessage }
	Status          *struct {
		Code    int
		Message string
		Details json.RawMessage
	}
}

// reply takes a line of stdout.
func (p *process) reply(line []byte) error {
	var e envelope
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("stdout: %w: %s", err, line)
	}
	r := &p.result
	switch {
	case e.Header != nil:
		r.ResponseHeaders = headers(e.Header)
	case e.Trailer != nil:
		r.ResponseTrailers = headers(e.Trailer)
	case e.Message != nil:
		if e.Message.Payload == nil {
			e.Message.Payload = json.RawMessage("{}")
		}
		r.Payloads = append(r.Payloads, e.Message.Payload)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.received++
		p.cancelWhenDue()
	case e.Status != nil:
		p.ended = true
		if e.Status.Code == 0 {
			return nil
		}
		r.Error = &rpcError{Code: e.Status.Code, Message: e.Status.Message}
		if e.Status.Details != nil {
			return json.Unmarshal(e.Status.Details, &r.Error.Details)
		}
	}
	return nil
}

func headers(m map[string][]string) []header {
	var list []header
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, header{name, m[name]})
	}
	return list
}

// note takes a line of stderr: an event, or the error in the end.
func (p *process) note(line []byte) error {
	var e struct {
		Event string
		Error json.RawMessage
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := json.Unmarshal(line, &e); err != nil {
		p.stray = append(p.stray, string(line))
		return nil
	}
	switch e.Event {
	case "sent":
		p.sent++
	case "halfClose":
		p.closed = true
	case "":
		return json.Unmarshal(e.Error, &p.problem)
	}
	p.cancelWhenDue()
	return nil
}
