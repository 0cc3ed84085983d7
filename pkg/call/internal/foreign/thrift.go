package foreign

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
)

// ThriftGuess says in which of Thrift's forms a message begins like this, and
// whether it is framed.
func ThriftGuess(b []byte) (g call.Guess, framed bool) {
	f := detect.Thrift(b)
	return guessOf(f), f.Framed
}

// guessOf is a form of Thrift in the words of a client.
func guessOf(f detect.Form) call.Guess {
	switch f.Kind {
	case detect.Strict:
		if f.Framed {
			return call.GuessFramed
		}
		return call.GuessBuffered
	case detect.Compact:
		return call.GuessCompact
	case detect.JSON:
		return call.GuessThriftJSON
	case detect.KitexProtobuf:
		return call.GuessKitexProtobuf
	case detect.TTHeader:
		return call.GuessTTHeader
	case detect.TTHeaderStreams:
		return call.GuessTTHeaderStreaming
	case detect.THeader:
		return call.GuessHeader
	}
	return call.GuessUnknown
}

// NotThrift describes an answer that is not in the form in which it was asked.
func NotThrift(o *call.Options, t call.Target, want string, first []byte) *call.MismatchError {
	e := Mismatch(o, t, want)
	e.Body = first
	if e.Guess, e.Framed = ThriftGuess(first); e.Guess == call.GuessUnknown {
		e = NotHTTP2(o, t, first)
		e.Want = call.Answer(want)
		return e
	}
	e.Saw = fmt.Sprintf("%s (% x)", e.Guess, first[:min(len(first), 16)])
	if e.Framed && (e.Guess == call.GuessCompact || e.Guess == call.GuessThriftJSON) {
		e.Saw = "framed " + e.Saw
	}
	return e
}
