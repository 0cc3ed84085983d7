package cmd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/shell"
	"github.com/idlcall/idlcall/pkg/stream"
)

// inside is what a command line has that a shell runs. Its methods do nothing where there is no
// shell: it is nil there.
type inside struct {
	control *shell.Control
	flags   *pflag.FlagSet // of the command line
	pool    *sessionPool
	// redialed tells of connections for calls; it is there with the session.
	redialed func(call.Transport) *stream.Trace
	at       int // commandLine.at
	call     *shell.Call
}

// begin notes the flags of the command line.
func (i *inside) begin(flags *pflag.FlagSet) {
	if i != nil {
		i.flags = flags
	}
}

// line is what advice has to know of a command line with such flags.
func (i *inside) line(flags *pflag.FlagSet) commandLine {
	if i == nil {
		return commandLine{flags: flags}
	}
	return commandLine{flags: flags, inside: true, at: i.at}
}

// session is the one that command lines with such flags have, or what open opens.
func (i *inside) session(w io.Writer, o session.Options, open func(session.Options) (*session.Session, error)) (*session.Session, error) {
	k, err := i.pool.take(i.key(&o), func(k *kept, again bool) (*session.Session, error) {
		if o.Reflect != nil {
			o.Reflect.Refresh = o.Reflect.Refresh || again
			o.Reflect.Trace = stream.Tee(o.Reflect.Trace, k.redialed(w, cmp.Or(chosenTransport(&o.Call), call.GRPC)))
		}
		return open(o)
	})
	if err != nil {
		return nil, err
	}
	i.redialed = func(t call.Transport) *stream.Trace {
		if o.Target == demoTarget {
			return nil // its connections are nothing that could be lost
		}
		return k.redialed(w, t)
	}
	return k.With(o.Common, o.Format), nil
}

// perLine are flags in which command lines of one session may differ, beside those that are no
// flags of call.
var perLine = []string{
	"data", "field", "rpc-header", "timeout", "send-timeout", "recv-timeout", "interval", "lockstep", "no-close-send", "each", "max-replies",
	"until", "expect", "parallel", "repeat", "fail-fast", "unknown-fields", "base", "raw", "stream-type", "meta", "persist", "compress", "connect-get",
	"emit-defaults", "proto-names", "no-go-tag", "enum", "int64", "binary", "json-dialect", "empty-structs", "pretty", "color", "output", "out",
	"query", "raw-output", "sort-keys", "events", "verbose", "show-secrets", "error-format", "save-idl", "force", "service",
	"target", "json", "recursive", "comments", "examples", "header-command", "expand-headers",
}

// key tells sessions apart: by the flags that concern them. The header does where reflection
// gets it, too.
func (i *inside) key(o *session.Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v", o.Target, o.NoIDL)
	i.flags.VisitAll(func(f *pflag.Flag) {
		switch {
		case slices.Contains(perLine, f.Name), f.Value.String() == f.DefValue:
		case f.Name == "header" && o.Reflect == nil:
		default:
			fmt.Fprintf(&b, "\x00%s=%s", f.Name, f.Value)
		}
	})
	return b.String()
}

// variables are those that expressions may have.
func (i *inside) variables() []string {
	if i == nil {
		return nil
	}
	return []string{"last"}
}

// values are those of variables.
func (i *inside) values() []jq.Var {
	if i == nil || i.control == nil || i.control.Last == nil {
		return nil
	}
	return []jq.Var{{Name: "last", JSON: i.control.Last}}
}

// watches reports whether somebody wants to know of replies.
func (i *inside) watches() bool { return i != nil && i.control.Received != nil }

// appends reports whether replies are added to the file of -o.
func (i *inside) appends() bool { return i != nil && i.control.Append }

// began tells of a call.
func (i *inside) began(o *callOptions, m *session.Method, s *session.Session, rpc *stream.Call) {
	if i == nil || i.control.Began == nil {
		return
	}
	c := &shell.Call{
		RPC: *rpc, Transport: s.Transport(&m.Method.Method), Timeout: time.Duration(o.request.timeout), Values: suiteValues(i.flags), Unsaved: o.unsaved(),
	}
	i.call = c
	i.control.Began(c)
	rpc.Trace = stream.Tee(rpc.Trace, i.redialed(c.Transport), &stream.Trace{HalfClosed: func() { c.Keep(true, nil) }})
}

// enough says that we have ended the call.
func (i *inside) enough() {
	if i != nil && i.call != nil {
		i.call.Skip("--max-replies or --until ended it")
	}
}

// received tells of a reply.
func (i *inside) received(reply []byte) {
	if i.watches() {
		i.control.Received(json.RawMessage(reply))
	}
}

// sending is an encoder that tells of documents.
func (i *inside) sending(encode encoder) encoder {
	if i == nil || i.control.Sent == nil {
		return encode
	}
	return func(dst, document []byte) ([]byte, error) {
		body, err := encode(dst, document)
		if err == nil {
			i.control.Sent(json.RawMessage(document))
		}
		return body, err
	}
}

// asks reports whether somebody types what a stream of the client has.
func (i *inside) asks() bool { return i != nil && i.control.Documents != nil }

// documents are what is typed for a stream of the client, nil where nobody types.
func (i *inside) documents(m *session.Method, encode encoder, limit int) io.ReadCloser {
	if !i.asks() {
		return nil
	}
	return i.control.Documents(m, func(text string) error { return checkDocuments(text, encode, limit) })
}

// checkDocuments is the mistake in documents.
func checkDocuments(text string, encode encoder, limit int) error {
	r := format.NewReader(strings.NewReader(text), "request", encode, limit)
	for {
		switch _, err := r.Next(); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}
