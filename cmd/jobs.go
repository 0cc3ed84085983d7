package cmd

import (
	"bytes"
	"context"
	"io"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// job is one of many calls.
type job struct {
	document int // its number in the input, from 1; where the client streams, that of the call
	input
}

// jobs supplies the calls that --each and --repeat ask for: next returns io.EOF after the
// last. prompt reports whether it will not wait now.
type jobs struct {
	next   func() (job, error)
	prompt func() bool
}

// await is next, but ends with the context even if the input does not.
func (j jobs) await(ctx context.Context) (job, error) {
	switch {
	case ctx.Err() != nil:
		return job{}, context.Cause(ctx)
	case j.prompt():
		return j.next()
	}
	return await(ctx, j.next)
}

// jobs opens the input. Where the client does not stream each document is a call, or
// several; otherwise each call has all of them.
func (o *callOptions) jobs(std streams, m *session.Method) (jobs, input, error) {
	if m.Type.ClientStreams() {
		return o.streamJobs(std, m), input{}, nil
	}
	codec, err := o.codec(m)
	if err != nil {
		return jobs{}, input{}, err
	}
	in, err := o.input(std, m, codec)
	if !o.request.each {
		in.next, in.ready = single(in.next, m.Type), nil
	}
	return repeated(in, o.request.repeat), in, err
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
func repeated(in input, times int) jobs {
	document, left := 0, 0
	var body []byte
	next := func() (job, error) {
		if left == 0 {
			read, err := in.next()
			if err != nil {
				return job{}, err
			}
			body, left = bytes.Clone(read), times
			document++
		}
		left--
		return job{document, only(body)}, nil
	}
	return jobs{next, func() bool { return left > 0 || in.prompt() }}
}

// streamJobs makes calls that each read the input from its begin to its end.
func (o *callOptions) streamJobs(std streams, m *session.Method) jobs {
	made := 0
	next := func() (job, error) {
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
	return jobs{next, func() bool { return false }}
}
