package call

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// thriftGuess says in which of Thrift's forms a message begins like this, and
// whether it is framed. The table is the one by which Kitex servers tell
// requests apart (cloudwego/kitex:pkg/remote/codec/default_codec.go,
// pkg/remote/trans/detection), with compact, JSON and THeader added. It needs 8
// bytes to know all forms; TTHeader streaming has a flag in the last two.
func thriftGuess(b []byte) (g Guess, framed bool) {
	if g := unframedGuess(b); g != GuessUnknown {
		return g, false
	}
	if len(b) < 6 {
		return GuessUnknown, false
	}
	switch binary.BigEndian.Uint16(b[4:]) {
	case 0x1000:
		if len(b) >= 8 && b[7]&2 != 0 {
			return GuessTTHeaderStreaming, true
		}
		return GuessTTHeader, true
	case 0x0fff:
		return GuessHeader, true
	case 0x8001:
		return GuessFramed, true
	case 0x9001:
		return GuessKitexProtobuf, true
	}
	if len(b) >= 8 {
		switch g := unframedGuess(b[4:]); g {
		case GuessCompact, GuessThriftJSON:
			return g, true
		}
	}
	return GuessUnknown, false
}

// unframedGuess is thriftGuess for what has no length before it. The messages of
// a server are replies and exceptions, but any type will do for a guess.
func unframedGuess(b []byte) Guess {
	switch {
	case len(b) >= 2 && b[0] == 0x80 && b[1] == 0x01:
		return GuessBuffered
	case len(b) >= 2 && b[0] == 0x82 && b[1]&0x1f == 1 && b[1]>>5 >= 1 && b[1]>>5 <= 4:
		return GuessCompact
	case bytes.HasPrefix(b, []byte("[1,\"")):
		return GuessThriftJSON
	}
	return GuessUnknown
}

// notThrift describes an answer that is not in the form in which it was asked.
func (o *Options) notThrift(t Target, want string, first []byte) *MismatchError {
	e := o.mismatch(t, want)
	e.Body = first
	if e.Guess, e.Framed = thriftGuess(first); e.Guess == GuessUnknown {
		e = o.notHTTP2(t, first)
		e.Want = want
		return e
	}
	e.Saw = fmt.Sprintf("%s (% x)", e.Guess, first[:min(len(first), 16)])
	if e.Framed && (e.Guess == GuessCompact || e.Guess == GuessThriftJSON) {
		e.Saw = "framed " + e.Saw
	}
	return e
}
