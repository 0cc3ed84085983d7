package stream

import (
	"context"
	"encoding/json"
	"errors"
)

// Kind classifies the ways in which an RPC, or what prepares it, can end. Where an
// error wraps errors of several kinds, the first of them in this order counts.
type Kind uint8

// The kinds.
const (
	KindOK          Kind = iota
	KindInterrupted      // the caller has ended it
	KindUsage            // what was asked for makes no sense, or has no place
	KindData             // the request data
	KindUnmet            // an expectation of the caller was not met
	KindApplication      // an application exception of Thrift
	KindDeclared         // an exception that the IDL declares
	KindBiz              // a business status of Kitex
	KindStatus           // a status of gRPC or Connect
	KindIDL              // no such symbol, or IDL that does not parse
	KindDeadline         // our own time was up
	KindConnection       // refused, lost, or the peer broke the protocol
	KindUnexpected       // anything else
)

// String is a word for a kind, as suites and reports have it.
func (k Kind) String() string {
	words := [...]string{
		KindOK: "success", KindInterrupted: "interrupted", KindUsage: "usage", KindData: "request", KindUnmet: "unmet",
		KindApplication: "application-exception", KindDeclared: "exception", KindBiz: "biz-status", KindStatus: "status",
		KindIDL: "idl", KindDeadline: "deadline", KindConnection: "connection", KindUnexpected: "unexpected",
	}
	if int(k) < len(words) {
		return words[k]
	}
	return words[KindUnexpected]
}

// Outcome is how an RPC ended, in one form for all transports.
type Outcome struct {
	Kind Kind
	// Code is the number that the peer ended the RPC with: of a status of gRPC, an
	// application exception, a business status. Where the peer had no word, and
	// Kind is KindDeadline or KindConnection, it is the status that gRPC's tables
	// have for it (doc/statuscodes.md, doc/http-grpc-status-mapping.md,
	// doc/PROTOCOL-HTTP2.md "Errors"), which means something over gRPC only.
	Code int64
	// Name is that of Code, or the type of a declared exception; may be empty.
	Name string
	// Message is the peer's text, or else that of Err.
	Message string
	// Detail is what else the peer said, as JSON: the details of a status, the
	// fields of a declared exception, the extra of a business status; nil where
	// there is nothing.
	Detail json.RawMessage
	// Err is the error that was classified, nil where Kind is KindOK.
	Err error
}

// outcomer is implemented by each error type: it says its Kind, and what of the rest
// it knows. OutcomeOf fills in Err and what is left out.
type outcomer interface{ Outcome() Outcome }

// OutcomeOf classifies an error: the one place where that is done. nil is KindOK.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Outcome{}
	}
	best := Outcome{Kind: KindUnexpected}
	classify(err, &best)
	switch {
	case best.Kind > KindDeadline && errors.Is(err, context.DeadlineExceeded):
		best = Outcome{Kind: KindDeadline}
	case best.Kind == KindUnexpected && errors.Is(err, context.Canceled):
		best.Kind = KindInterrupted
	}
	if best.Code == 0 {
		best.Code = best.Kind.code()
	}
	if best.Kind == KindDeadline || best.Kind == KindConnection {
		best.Name = Code(best.Code).String()
	}
	if best.Message == "" && !best.Kind.isPeers() {
		best.Message = err.Error()
	}
	best.Err = err
	return best
}

// classify looks through the tree of an error for what counts. Of two errors of one
// kind the outer one counts, but for a code that only the inner one knows. An error that
// wraps several, and has a kind, has decided which of them counts.
func classify(err error, best *Outcome) {
	decided := false
	if e, ok := err.(outcomer); ok {
		o := e.Outcome()
		decided = o.Kind != KindOK
		switch {
		case !decided:
		case o.Kind < best.Kind:
			*best = o
		case o.Kind == best.Kind && best.Code == 0:
			best.Code = o.Code
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			classify(inner, best)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if !decided {
				classify(inner, best)
			}
		}
	}
}

// isPeers reports whether it is the peer that said so, and whose words count.
func (k Kind) isPeers() bool {
	return k == KindApplication || k == KindDeclared || k == KindBiz || k == KindStatus
}

// code is the status that gRPC has for a kind where nothing says more.
func (k Kind) code() int64 {
	switch k {
	case KindDeadline:
		return int64(DeadlineExceeded)
	case KindConnection:
		return int64(Unavailable)
	}
	return 0
}

// Outcome of a status is the status.
func (s *Status) Outcome() Outcome {
	return Outcome{Kind: KindStatus, Code: int64(s.Code), Name: s.Code.String(), Message: s.Message}
}

// Outcome is KindConnection: gRPC libraries say UNIMPLEMENTED.
func (*CardinalityError) Outcome() Outcome {
	return Outcome{Kind: KindConnection, Code: int64(Unimplemented)}
}

// Outcome is KindData.
func (*ExtraInputError) Outcome() Outcome { return Outcome{Kind: KindData} }

// Outcome is KindDeadline.
func (*TimeoutError) Outcome() Outcome { return Outcome{Kind: KindDeadline} }
