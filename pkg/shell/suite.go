package shell

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/proxy/record"
	"github.com/idlcall/idlcall/pkg/stream"
)

// WriteSuite writes calls as a suite, which "idlcall test" makes again. Settings are the lines of
// YAML before the steps; secret is record.Options.Secret. unlike
// is why a call is not like the suite, empty where it is.
func WriteSuite(file, settings string, secret func(name, value string) (before, secret string), calls []*Call, unlike func(*Call) string) (record.Summary, error) {
	r, err := record.New(record.Options{File: file, Title: "Calls of a shell", Settings: settings, Transports: true, Secret: secret})
	if err != nil {
		return record.Summary{}, err
	}
	for i, c := range calls {
		for n, details := range c.events() {
			r.Emit(decode.Event{Call: int64(i + 1), Details: details})
			if why := cmp.Or(c.unsaved(), unlike(c)); n == 0 && why != "" {
				r.Skip(int64(i+1), why)
			}
		}
	}
	return r.Summary(), r.Close()
}

// unsaved is why a suite cannot have a call; empty where it can.
func (c *Call) unsaved() string {
	switch {
	case stream.OutcomeOf(c.Err).Kind == stream.KindInterrupted:
		return "interrupted"
	case c.Unsaved != "":
		return c.Unsaved
	case c.Cut:
		return fmt.Sprintf("more than %d messages, or 1 MiB of them", maxKept)
	}
	return ""
}

// late reports whether a call ended by the timeout that a step has, too.
func (c *Call) late() bool {
	return c.Timeout > 0 && c.Took >= c.Timeout && stream.OutcomeOf(c.Err).Kind == stream.KindDeadline
}

// events are a call as a proxy would have seen it.
func (c *Call) events() []any {
	list := []any{
		decode.Start{Method: c.RPC.Method, Known: true, Transport: c.Transport.String()},
		decode.Header{From: proxy.Client, Metadata: c.header()},
	}
	for _, m := range c.Messages {
		switch {
		case m.JSON == nil:
			list = append(list, decode.HalfClose{})
		case m.Sent:
			list = append(list, decode.Message{From: proxy.Client, JSON: m.JSON})
		default:
			list = append(list, decode.Message{From: proxy.Server, JSON: m.JSON})
		}
	}
	if c.late() { // a proxy sees the deadline of the client, and how the server says that it passed
		return append(list, decode.Finish{Err: &stream.Status{Code: stream.DeadlineExceeded}})
	}
	return append(list, decode.Finish{Err: c.Err})
}

// header is the metadata, and metainfo as TTHeader has it.
func (c *Call) header() stream.Metadata {
	md := slices.Clone(c.RPC.Header)
	for _, p := range c.RPC.Transient {
		md = append(md, stream.Pair{Name: ttheader.TransientPrefix + p.Name, Value: p.Value})
	}
	for _, p := range c.RPC.Persistent {
		md = append(md, stream.Pair{Name: ttheader.PersistPrefix + p.Name, Value: p.Value})
	}
	if c.late() {
		md = append(md, stream.Pair{Name: grpcwire.HeaderTimeout, Value: string(grpcwire.AppendTimeout(nil, c.Timeout))})
	}
	return md
}

// savedNote says what a suite in a file has, and what it wants.
func savedNote(file string, saved record.Summary) string {
	count := func(n int) string {
		switch n {
		case 0:
			return "no call is"
		case 1:
			return "1 call is"
		}
		return fmt.Sprintf("%d calls are", n)
	}
	note := count(saved.Steps) + " in " + file
	if saved.LeftOut > 0 {
		is := map[bool]string{true: "is", false: "are"}[saved.LeftOut == 1]
		note += fmt.Sprintf(", %d %s left out (see its comments)", saved.LeftOut, is)
	}
	switch {
	case saved.Steps == 0:
	case len(saved.Env) > 0:
		note += fmt.Sprintf("; with %s set, 'idlcall test %s' makes them again", strings.Join(saved.Env, " and "), file)
	default:
		note += fmt.Sprintf("; 'idlcall test %s' makes them again", file)
	}
	if saved.Steps == 1 {
		note = strings.Replace(note, "makes them", "makes it", 1)
	}
	return note
}
