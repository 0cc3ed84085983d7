package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// errorFormat finds --error-format on a command line that may not have parsed.
func errorFormat(args []string) string { return typedValue(args, "error-format") }

// report writes an error: as text, or as one JSON object.
func report(w io.Writer, form string, err error, line commandLine) {
	if exitCode(err) == exitOK {
		return // stdout was closed on purpose
	}
	if failed, ok := errors.AsType[*failedCallsError](err); ok && failed.Made == 1 && !failed.Stopped {
		return // it has been told, and there is nothing to count
	}
	if is[*failedLineError](err) {
		return // it has been told
	}
	if form == "json" {
		reportJSON(w, err, line)
		return
	}
	reportText(w, err, line)
}

// errorJSON is the object of --error-format json.
type errorJSON struct {
	Message  string       `json:"message"`
	ExitCode int          `json:"exitCode"`
	Hints    []string     `json:"hints,omitempty"`
	Status   *errorStatus `json:"status,omitempty"`
	GRPC     *grpcJSON    `json:"grpc,omitempty"`
	Input    *errorInput  `json:"input,omitempty"`
	HTTP     *errorHTTP   `json:"http,omitempty"`
	// Document is the number of the one of many that the call was for.
	Document int `json:"document,omitempty"`
	// Line is that of a shell's input, from 1.
	Line        int         `json:"line,omitempty"`
	Expectation *errorUnmet `json:"expectation,omitempty"`

	peerSaid
}

// peerSaid is how a peer of Thrift ended a call, in its own words: one of these, or nothing.
type peerSaid struct {
	ApplicationException *errorApplication `json:"applicationException,omitempty"`
	Exception            *errorException   `json:"exception,omitempty"`
	BizStatus            *errorBiz         `json:"bizStatus,omitempty"`
}

func saidBy(o stream.Outcome) (said peerSaid) {
	switch o.Kind {
	case stream.KindApplication:
		said.ApplicationException = &errorApplication{o.Code, o.Name, o.Message}
	case stream.KindBiz:
		said.BizStatus = &errorBiz{o.Code, o.Message, o.Detail}
	case stream.KindDeclared:
		said.Exception = &errorException{o.Name, o.Detail}
	}
	return said
}

type errorApplication struct {
	Type    int64  `json:"type"`
	Name    string `json:"name,omitempty"`
	Message string `json:"message"`
}

type errorException struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

type errorBiz struct {
	Code    int64           `json:"code"`
	Message string          `json:"message"`
	Extra   json.RawMessage `json:"extra,omitempty"`
}

type errorStatus struct {
	Code    int64           `json:"code"`
	Name    string          `json:"name"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details,omitempty"`
}

type errorInput struct {
	Source   string `json:"source"`
	Document int    `json:"document"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Text     string `json:"text"`
}

type errorUnmet struct {
	Expr string   `json:"expr"`
	Seen []string `json:"seen"`
}

type errorHTTP struct {
	Status      int    `json:"status"`
	ContentType string `json:"contentType,omitempty"`
	Body        string `json:"body,omitempty"`
}

func reportJSON(w io.Writer, err error, line commandLine) {
	e := errorJSON{Message: line.message(err), ExitCode: exitCode(err), Hints: line.advice(err), GRPC: grpcOf(err), Line: line.at}
	if in, ok := errors.AsType[*format.InputError](err); ok {
		e.Input = &errorInput{in.Source, in.Index, in.Line, in.Col, in.Text}
	}
	if of, ok := errors.AsType[*documentError](err); ok {
		e.Document = of.document
	}
	if unmet, ok := errors.AsType[*unmetError](err); ok {
		e.Expectation = &errorUnmet{unmet.Expr, unmet.seen()}
	}
	if !is[*failedCallsError](err) {
		e.peer(stream.OutcomeOf(err))
	}
	if mismatch, ok := errors.AsType[*call.MismatchError](err); ok && mismatch.HTTPStatus != 0 {
		e.HTTP = &errorHTTP{mismatch.HTTPStatus, mismatch.ContentType, string(mismatch.Body)}
	}
	printJSON(w, struct {
		Error errorJSON `json:"error"`
	}{e})
}

// peer fills in what the peer itself said.
func (e *errorJSON) peer(o stream.Outcome) {
	e.peerSaid = saidBy(o)
	if o.Kind == stream.KindStatus {
		e.Status = &errorStatus{o.Code, o.Name, o.Message, o.Detail}
	}
}

// message is the text of an error, on one line unless it is a list.
func message(err error) string {
	if of, ok := err.(*documentError); ok {
		return fmt.Sprintf("document %d: %s", of.document, message(of.err))
	}
	if status, ok := errors.AsType[*session.StatusError](err); ok {
		return status.Error()
	}
	return err.Error()
}
