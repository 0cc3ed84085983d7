package cmd

import (
	"bytes"
	"io"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// job is one of many calls.
type job struct {
	document int // its number in the input, from 1; where the client streams, that of the call
	input
}

// jobs supplies the calls that --each and --repeat ask for, and io.EOF after the last.
type jobs func() (job, error)

// jobs opens the input. Where the client does not stream each document is a call, or
// several; otherwise each call has all of them.
func (o *callOptions) jobs(std streams, m *session.Method) (jobs, input, error) {
	if m.Type.ClientStreams() {
		return o.streamJobs(std, m), input{}, nil
	}
	codec, err := o.codec(m)
	if err != nil {
		return nil, input{}, err
	}
	in, err := o.input(std, m, codec)
	next := in.next
	if !o.request.each {
		next = single(next, m.Type)
	}
	return repeated(next, o.request.repeat), in, err
}

// single is the input of a method that takes one document.
func single(next stream.Next, t stream.Type) stream.Next {
	return func() ([]byte, error) {
		body, err := next()
		if err != nil {
			return nil, err
		}
		body = bytes.Clone(body)
		switch _, second := next(); second {
		case nil:
			return nil, &stream.ExtraInputError{Type: t}
		case io.EOF:
			return body, nil
		default:
			return nil, second
		}
	}
}

// repeated makes calls of each body. A body belongs to its job.
func repeated(next stream.Next, times int) jobs {
	document, left := 0, 0
	var body []byte
	return func() (job, error) {
		if left == 0 {
			read, err := next()
			if err != nil {
				return job{}, err
			}
			body, left = bytes.Clone(read), times
			document++
		}
		left--
		return job{document, input{next: only(body)}}, nil
	}
}

// streamJobs makes calls that each read the input from its begin to its end.
func (o *callOptions) streamJobs(std streams, m *session.Method) jobs {
	made := 0
	return func() (job, error) {
		if made == o.request.repeat {
			return job{}, io.EOF
		}
		made++
		codec, err := o.codec(m)
		if err != nil {
			return job{}, err
		}
		in, err := o.input(std, m, codec)
		return job{made, in}, err
	}
}
