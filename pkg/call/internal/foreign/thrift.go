package foreign

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
)

// ThriftGuess says in which of Thrift's forms a message begins like this, and
// whether it is framed. The table is the one by which Kitex servers tell
// requests apart (cloudwego/kitex:pkg/remote/codec/default_codec.go,
// pkg/remote/trans/detection), with compact, JSON and THeader added. It needs 8
// bytes to know all forms; TTHeader streaming has a flag in the last two.
func ThriftGuess(b []byte) (g call.Guess, framed bool) {
	if g := UnframedGuess(b); g != call.GuessUnknown {
		return g, false
	}
	if len(b) < 6 {
		return call.GuessUnknown, false
	}
	switch binary.BigEndian.Uint16(b[4:]) {
	case 0x1000:
		if len(b) >= 8 && b[7]&2 != 0 {
			return call.GuessTTHeaderStreaming, true
		}
		return call.GuessTTHeader, true
	case 0x0fff:
		return call.GuessHeader, true
	case 0x8001:
		return call.GuessFramed, true
	case 0x9001:
		return call.GuessKitexProtobuf, true
	}
	if len(b) >= 8 {
		switch g := UnframedGuess(b[4:]); g {
		case call.GuessCompact, call.GuessThriftJSON:
			return g, true
		}
	}
	return call.GuessUnknown, false
}

// UnframedGuess is thriftGuess for what has no length before it. The messages of
// a server are replies and exceptions, but any type will do for a guess.
func UnframedGuess(b []byte) call.Guess {
	switch {
	case len(b) >= 2 && b[0] == 0x80 && b[1] == 0x01:
		return call.GuessBuffered
	case len(b) >= 2 && b[0] == 0x82 && b[1]&0x1f == 1 && b[1]>>5 >= 1 && b[1]>>5 <= 4:
		return call.GuessCompact
	case bytes.HasPrefix(b, []byte("[1,\"")):
		return call.GuessThriftJSON
	}
	return call.GuessUnknown
}

// NotThrift describes an answer that is not in the form in which it was asked.
func NotThrift(o *call.Options, t call.Target, want string, first []byte) *call.MismatchError {
	e := Mismatch(o, t, want)
	e.Body = first
	if e.Guess, e.Framed = ThriftGuess(first); e.Guess == call.GuessUnknown {
		e = NotHTTP2(o, t, first)
		e.Want = want
		return e
	}
	e.Saw = fmt.Sprintf("%s (% x)", e.Guess, first[:min(len(first), 16)])
	if e.Framed && (e.Guess == call.GuessCompact || e.Guess == call.GuessThriftJSON) {
		e.Saw = "framed " + e.Saw
	}
	return e
}
