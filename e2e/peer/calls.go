package peer

import (
	"context"
	"io"
	"sync"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// conversation is a call as the services see it, whichever library carries it.
type conversation interface {
	Context() context.Context
	recv() ([]byte, error) // io.EOF after the last request
	send([]byte) error
}

// statusError ends a call with a status; each library has its own error for it.
type statusError struct{ status *spb.Status }

func (e *statusError) Error() string { return e.status.Message }

// kind is what a method streams.
type kind struct{ client, server bool }

// serveCalls answers a method of e2e.Calls.
func serveCalls(c conversation, k kind) error {
	collects := k.client && !k.server
	var requests, bytes int64
	var r request
	for {
		body, err := c.recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if r, err = parseRequest(body); err != nil {
			return err
		}
		requests++
		bytes += int64(len(r.data))
		if !collects {
			if err := answer(c, r, requests, bytes); err != nil {
				return err
			}
		}
		if r.hang {
			<-c.Context().Done()
			return c.Context().Err()
		}
		if r.status != nil {
			return r.status.err()
		}
		if r.stop || !k.client {
			break
		}
	}
	if !collects {
		return nil
	}
	return c.send(encodeReply(r.text, requests, bytes, make([]byte, r.replyBytes)))
}

// answer sends the replies that a request asks for. A call that ends with a
// status has none unless it asks for some.
func answer(c conversation, r request, requests, bytes int64) error {
	n := r.replies
	if n == 0 && r.status == nil && !r.hang {
		n = 1
	}
	if n <= 0 {
		return nil
	}
	body := encodeReply(r.text, requests, bytes, make([]byte, r.replyBytes))
	for range n {
		if err := c.send(body); err != nil {
			return err
		}
	}
	return nil
}

func (e *ending) err() error {
	s := &spb.Status{Code: int32(e.code), Message: e.message}
	for _, name := range e.details {
		s.Details = append(s.Details, detail(name))
	}
	return &statusError{s}
}

func detail(name string) *anypb.Any {
	var m proto.Message
	switch name {
	case "bad_request":
		m = &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "text", Description: "must not be empty"},
		}}
	case "error_info":
		m = &errdetails.ErrorInfo{Reason: "TOO_SHORT", Domain: "e2e.test", Metadata: map[string]string{"least": "3"}}
	default:
		return &anypb.Any{TypeUrl: "type.googleapis.com/e2e.hidden.Secret", Value: []byte{8, 42}}
	}
	any, err := anypb.New(m)
	if err != nil {
		return &anypb.Any{TypeUrl: err.Error()}
	}
	return any
}

// journal remembers how calls ended, by their x-call-id.
type journal struct {
	mu    sync.Mutex
	ended map[string]chan string
}

func newJournal() *journal { return &journal{ended: map[string]chan string{}} }

func (j *journal) slot(id string) chan string {
	j.mu.Lock()
	defer j.mu.Unlock()
	slot, ok := j.ended[id]
	if !ok {
		slot = make(chan string, 16)
		j.ended[id] = slot
	}
	return slot
}

// note records the end of a call; only the first few of an id are kept.
func (j *journal) note(id, outcome string) {
	if id == "" {
		return
	}
	select {
	case j.slot(id) <- outcome:
	default:
	}
}

// wait returns the outcome of the call.
func (j *journal) wait(ctx context.Context, id string) (string, error) {
	select {
	case outcome := <-j.slot(id):
		return outcome, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
