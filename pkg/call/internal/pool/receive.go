package pool

import "github.com/idlcall/idlcall/pkg/call/internal/web"

// Answer is what a protocol knows of the answer to a Request.
type Answer interface {
	// Begin judges the header, once.
	Begin(st web.Stream) error
	// Next returns the next message, or how the RPC ended: io.EOF is well.
	Next(st web.Stream) ([]byte, error)
	// End adds to the error that ended the RPC what the protocol knows, and frees what
	// it holds.
	End(err error) error
}

// Recv returns the next message of an answer. How the RPC ended is returned ever after.
func (r *Request) Recv(a Answer) ([]byte, error) {
	for r.final == nil {
		st, err := r.current()
		if err == nil {
			err = r.begin(a, st)
		}
		if err == nil {
			var body []byte
			if body, err = a.Next(st); err == nil {
				return body, nil
			}
		}
		r.fail(a, err)
	}
	return nil, r.final
}

// Begun waits until the header has been judged, or the RPC has ended without one, and
// reports which.
func (r *Request) Begun(a Answer) bool {
	for r.final == nil && !r.begun {
		st, err := r.current()
		if err == nil {
			err = r.begin(a, st)
		}
		if err != nil {
			r.fail(a, err)
		}
	}
	return r.begun
}

// Final is how the RPC ended; nil before.
func (r *Request) Final() error { return r.final }

func (r *Request) begin(a Answer, st web.Stream) error {
	if r.begun {
		return nil
	}
	err := a.Begin(st)
	r.begun = err == nil
	return err
}

// fail ends the receiving side, unless the request can be sent once more.
func (r *Request) fail(a Answer, err error) {
	if !r.begun {
		var again bool
		if again, err = r.retry(err); again {
			return
		}
	}
	r.final = a.End(err)
	r.finish(r.final)
}
