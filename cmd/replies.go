package cmd

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// replies writes what the peer sends in one RPC after another.
type replies struct {
	*format.Printer
	ctx      context.Context //nolint:containedctx // of the command: expressions need not end
	output   format.Output
	thrift   bool
	secrets  bool // envelopes do not mask credentials
	streams  bool // the server side does
	terminal bool // where strings without quotes are going
	filter   *filterFlags
	inside   *inside
	wanted   wanted
	expected expectation
	codec    format.Codec
	details  func(*stream.Status) *session.StatusError
	rpc      stream.Stream
	document int // its number, which envelopes have with --each; else 0
	start    time.Time
	headed   bool
	line     []byte
}

// newReplies writes to w, which stdout stands behind, or a file.
func newReplies(ctx context.Context, std streams, w io.Writer, m *session.Method, codec format.Codec, o *callOptions) *replies {
	r := &replies{
		ctx: ctx, output: o.format.output, thrift: m.IsThrift(), secrets: o.conn.secrets, streams: m.Type.ServerStreams(), codec: codec,
		terminal: o.format.file == "" && isTerminal(std.out),
		filter:   &o.format.filter,
		inside:   std.inside,
		wanted:   wanted{max: o.request.maxReplies, until: &o.request.until},
		expected: expectation{holds: &o.request.expect},
		details:  m.Decode,
	}
	if o.isRaw() {
		r.inside = nil // there is no JSON
	}
	style := o.format.style(std)
	if o.isRaw() && style.Output == format.JSON {
		style = format.Style{} // digits have no layout
		if o.request.raw == format.RawBinary {
			style.Output = format.Raw
		}
	}
	style.Delimited = m.Type.ServerStreams() || o.request.many()
	r.Printer = format.NewPrinter(w, m.Method, codec, style)
	return r
}

// begin starts the output of one RPC.
func (r *replies) begin(rpc stream.Stream) {
	r.rpc, r.start, r.headed = rpc, time.Now(), false
	r.wanted.begin()
	r.expected.begin()
}

// emit takes one reply: it writes it, and judges whether it is the last.
func (r *replies) emit(body []byte) error {
	reply, err := r.print(body)
	if err != nil {
		return err
	}
	r.inside.received(reply)
	r.expected.add(reply)
	return r.wanted.judge(r.ctx, reply)
}

// looksInto reports whether an expression sees replies.
func (r *replies) looksInto() bool {
	return r.inside.watches() || r.filter.given() || r.wanted.until.given() || r.expected.holds.given()
}

// print writes one reply. Where an expression is to judge it, it returns the reply's
// JSON, valid until the next one.
func (r *replies) print(body []byte) ([]byte, error) {
	var before []byte
	var after func([]byte) []byte
	if r.output == format.Envelope {
		r.header()
		before, after = r.opened("message"), r.stamped
	}
	if !r.looksInto() {
		return nil, asOutput(r.PrintIn(before, body, after))
	}
	// An expression sees the whole reply.
	line, err := r.codec.Decode(append(r.line[:0], before...), body)
	if err != nil {
		return nil, asOutput(err)
	}
	r.line = line
	reply := line[len(before):]
	switch {
	case r.filter.given():
		return reply, r.printFiltered(reply, before, after)
	case r.output != format.Envelope && r.output != format.JSON:
		return reply, asOutput(r.PrintIn(nil, body, nil))
	case after != nil:
		line = after(line)
	}
	r.PrintJSON(line)
	return reply, asOutput(r.FlushLarge())
}

// printFiltered writes what the filter makes of a reply.
func (r *replies) printFiltered(reply, before []byte, after func([]byte) []byte) error {
	var failed error
	err := r.filter.each(r.ctx, reply, func(s shown) error {
		switch {
		case after != nil:
			r.PrintJSON(after(append(slices.Clip(before), s.line...)))
		case s.raw && r.terminal:
			r.PrintLine([]byte(visibleLines(string(s.line))))
		case s.raw:
			r.PrintLine(s.line)
		default:
			r.PrintJSON(s.line)
		}
		failed = asOutput(r.FlushLarge())
		return failed
	})
	if err == nil || failed != nil {
		return failed
	}
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	return &filterError{r.filter.name(), r.wanted.n + 1, err}
}

// filterError is a reply of which an expression makes nothing.
type filterError struct {
	flag  string
	reply int
	err   error
}

func (e *filterError) Error() string { return fmt.Sprintf("%s: reply %d: %v", e.flag, e.reply, e.err) }
func (e *filterError) Unwrap() error { return e.err }

// Outcome is KindUsage.
func (*filterError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// Flush writes what is buffered.
func (r *replies) Flush() error { return asOutput(r.Printer.Flush()) }

// end finishes the output of one RPC that ended with err. An error of the RPC
// comes before one of writing.
func (r *replies) end(err error) error {
	cut := r.wanted.enough && r.streams
	if cut {
		r.inside.enough()
	}
	if r.output == format.Envelope && !cut {
		r.outcome(err)
	}
	if flushed := r.Flush(); err == nil {
		err = flushed
	}
	if err == nil {
		err = r.expected.judge(r.ctx)
	}
	return err
}

// outcome writes how an RPC ended, where it was the peer that said so. Of one that
// we have ended early it has not said anything.
func (r *replies) outcome(err error) {
	o := stream.OutcomeOf(err)
	switch o.Kind {
	case stream.KindOK, stream.KindStatus:
		r.header()
		if md := r.rpc.Trailer(); md != nil || !r.thrift {
			r.part("trailer", r.fields(md))
		}
		status, _ := errors.AsType[*stream.Status](err)
		r.part("status", r.status(status))
	case stream.KindApplication:
		r.header()
		r.part("applicationException", errorApplication{o.Code, o.Name, o.Message})
	case stream.KindBiz:
		r.header()
		r.part("bizStatus", errorBiz{o.Code, o.Message, o.Detail})
	case stream.KindDeclared:
		r.header()
		r.part("exception", errorException{o.Name, o.Detail})
	}
}

// statusJSON is a status in an envelope. Details are a list of them, or, where they
// cannot be decoded, the bytes of a google.rpc.Status in base64.
type statusJSON struct {
	Code    int    `json:"code"`
	Name    string `json:"name"`
	Message string `json:"message"`
	Details any    `json:"details,omitempty"`
}

// status is the envelope of a status; nil is OK.
func (r *replies) status(s *stream.Status) statusJSON {
	if s == nil {
		s = &stream.Status{}
	}
	j := statusJSON{Code: int(s.Code), Name: s.Code.String(), Message: s.Message}
	if len(s.Details) == 0 {
		return j
	}
	j.Details = s.Details
	if d := r.details(s); d != nil && d.Broken == nil {
		details := make([]json.RawMessage, len(d.Details))
		for i, text := range d.Details {
			details[i] = text
		}
		j.Details = details
	}
	return j
}

// header writes the peer's first metadata, once.
func (r *replies) header() {
	if r.headed {
		return
	}
	r.headed = true
	if md, err := r.rpc.Header(); err == nil && md != nil {
		r.part("header", r.fields(md))
	}
}

func (r *replies) part(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		return // maps of strings and numbers always marshal
	}
	r.PrintJSON(r.stamped(append(r.opened(name), terminal.EscapeJSON(text)...)))
}

// opened begins an envelope.
func (r *replies) opened(name string) []byte {
	line := []byte{'{'}
	if r.document > 0 {
		line = strconv.AppendInt(append(line, `"document":`...), int64(r.document), 10)
		line = append(line, ',')
	}
	return append(append(append(line, '"'), name...), `":`...)
}

// stamped closes an envelope with the milliseconds since the RPC began.
func (r *replies) stamped(line []byte) []byte {
	ms := float64(time.Since(r.start).Microseconds()) / 1000
	stamp, _ := json.Marshal(ms)
	return append(append(append(line, `,"ms":`...), stamp...), '}')
}

// fields is metadata by name, with binary values in base64 where they are shown at all.
func (r *replies) fields(md stream.Metadata) map[string][]string {
	shown := slices.Clone(maskedMetadata(md, r.secrets))
	for i, p := range shown {
		if stream.IsBinary(p.Name) && (r.secrets || !isSecret(p.Name)) {
			shown[i].Value = base64.StdEncoding.EncodeToString([]byte(p.Value))
		}
	}
	return grouped(shown)
}

// asOutput tells what a reply says, or cannot say, from a failure to write it.
func asOutput(err error) error {
	switch {
	case err == nil, is[*format.Exception](err), is[*format.NoResultError](err):
		return err
	case is[*format.DecodeError](err):
		return fmt.Errorf("decode reply: %w", err)
	}
	return &outputError{err}
}
