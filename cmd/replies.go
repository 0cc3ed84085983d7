package cmd

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// replies writes what the peer sends to stdout or a file.
type replies struct {
	*format.Printer
	file    *lazyFile
	output  format.Output
	thrift  bool
	secrets bool // envelopes do not mask credentials
	streams bool // the server side does
	wanted  wanted
	codec   format.Codec
	details func(*stream.Status) *session.StatusError
	rpc     stream.Stream
	start   time.Time
	headed  bool
	line    []byte
}

func newReplies(std streams, m *session.Method, codec format.Codec, o *callOptions) *replies {
	r := &replies{
		output: o.format.output, thrift: m.IsThrift(), secrets: o.conn.secrets, streams: m.Type.ServerStreams(), codec: codec,
		wanted:  wanted{max: o.request.maxReplies, until: &o.request.until},
		details: m.Decode,
	}
	w := std.out
	if o.format.file != "" {
		r.file = &lazyFile{name: o.format.file}
		w = std.life.watch(r.file)
	}
	style := o.format.style(std.out)
	if o.isRaw() && style.Output == format.JSON {
		style = format.Style{} // digits have no layout
		if o.request.raw == format.RawBinary {
			style.Output = format.Raw
		}
	}
	style.Delimited = m.Type.ServerStreams() || o.request.each
	r.Printer = format.NewPrinter(w, m.Method, codec, style)
	return r
}

// begin starts the output of one RPC.
func (r *replies) begin(rpc stream.Stream) {
	r.rpc, r.start, r.headed = rpc, time.Now(), false
	r.wanted.begin()
}

// Print writes one reply. Where --until is to judge it, it returns the reply's JSON,
// valid until the next Print.
func (r *replies) Print(body []byte) ([]byte, error) {
	var before []byte
	var after func([]byte) []byte
	if r.output == format.Envelope {
		r.header()
		before, after = []byte(`{"message":`), r.stamped
	}
	if !r.wanted.until.given() {
		return nil, asOutput(r.PrintIn(before, body, after))
	}
	// A jq expression sees the whole reply.
	line, err := r.codec.Decode(append(r.line[:0], before...), body)
	if err != nil {
		return nil, asOutput(err)
	}
	r.line = line
	reply := line[len(before):]
	if r.output != format.Envelope && r.output != format.JSON {
		return reply, asOutput(r.Printer.Print(body))
	}
	if after != nil {
		line = after(line)
	}
	r.PrintJSON(line)
	return reply, asOutput(r.FlushLarge())
}

// Flush writes what is buffered.
func (r *replies) Flush() error { return asOutput(r.Printer.Flush()) }

// end finishes the output of one RPC that ended with err. An error of the RPC
// comes before one of writing.
func (r *replies) end(err error) error {
	cut := r.wanted.enough && r.streams
	if r.output == format.Envelope && !cut {
		r.outcome(err)
	}
	if flushed := r.Flush(); err == nil {
		err = flushed
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

// close closes the output file, if there is one. A call that went well leaves a
// file even where it had nothing to write: an older one would pass for its own.
func (r *replies) close(success bool) error {
	if r.file == nil || r.file.f == nil && !success {
		return nil
	}
	if _, err := r.file.Write(nil); err != nil {
		return &outputError{err}
	}
	if err := r.file.f.Close(); err != nil {
		return &outputError{err}
	}
	return nil
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
	r.PrintJSON(r.stamped(append([]byte(`{"`+name+`":`), escapeControls(text)...)))
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

// lazyFile is made by the first write, so that a failed call leaves an older
// file as it was.
type lazyFile struct {
	name string
	f    *os.File
}

func (l *lazyFile) Write(p []byte) (int, error) {
	if l.f == nil {
		// For writing only: a FIFO waits for a reader, which os.Create would not do.
		f, err := os.OpenFile(l.name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			return 0, err
		}
		l.f = f
	}
	return l.f.Write(p)
}
