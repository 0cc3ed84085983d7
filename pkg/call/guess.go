package call

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Guess is what a peer probably speaks, judged by its first bytes.
type Guess uint8

func (g Guess) String() string {
	if int(g) < len(guessNames) {
		return guessNames[g]
	}
	return "unknown"
}

// The guesses.
const (
	GuessUnknown   Guess = iota
	GuessTLS             // it wants TLS
	GuessPlaintext       // it speaks HTTP/2 without TLS
	GuessHTTP1           // it speaks HTTP/1.x
	GuessHTTP2           // it speaks HTTP/2 but not gRPC
	GuessGRPCWeb         // it speaks gRPC-Web
	GuessThrift          // framed, buffered or TTHeader Thrift, where it was asked in HTTP
	GuessSSH
	GuessText // a greeting or error of a line protocol (SMTP, FTP, Redis, ...)
	// What a peer that was asked in Thrift answers in; GuessThrift is none of
	// these.
	GuessBuffered          // Thrift without frames (transport Buffered)
	GuessFramed            // framed Thrift
	GuessTTHeader          // TTHeader, with or without frames inside
	GuessTTHeaderStreaming // a frame of TTHeader streaming
	GuessHeader            // Apache THeader (transport Header)
	GuessKitexProtobuf     // framed Kitex Protobuf
	GuessCompact           // Thrift in the compact protocol; see MismatchError.Framed
	GuessThriftJSON        // Thrift in the JSON protocol; see MismatchError.Framed
)

var guessNames = [...]string{
	"unknown", "TLS", "plaintext HTTP/2", "HTTP/1", "HTTP/2", "gRPC-Web", "Thrift", "SSH", "a line protocol",
	"unframed Thrift", "framed Thrift", "TTHeader", "TTHeader streaming", "THeader", "Kitex Protobuf",
	"compact Thrift", "JSON Thrift",
}

// Answer names what a peer was to answer in: what one of a transport is called
// ("gRPC", "framed Thrift"), or a layer below it.
type Answer string

// The layers.
const (
	AnswerTLS   Answer = "TLS"
	AnswerHTTP  Answer = "HTTP"
	AnswerHTTP2 Answer = "HTTP/2"
)

// MismatchError means that the peer answered in something else than what was
// asked of it.
type MismatchError struct {
	Target    string
	Transport Transport // that was asked for
	Secured   bool      // it was asked for over TLS
	Want      Answer    // what was to come
	Saw       string    // what came instead, in words
	Guess     Guess
	// Codec is the subtype of a gRPC content type ("json" of application/grpc+json)
	// that names another codec than the one that was asked for; else empty.
	Codec string
	// AcceptPost and Location are what the header fields of those names say; empty
	// without. Connect only.
	AcceptPost, Location string
	// Framed is true where Guess is GuessCompact or GuessThriftJSON and the message
	// is in a frame.
	Framed bool
	// HTTPStatus, ContentType and Body are set where the peer answered in
	// HTTP. Body is at most 512 bytes.
	HTTPStatus  int
	ContentType string
	// Body is the beginning of the HTTP body, or of what was received in
	// place of what was wanted.
	Body []byte
	// Code is what gRPC doc/http-grpc-status-mapping.md makes of HTTPStatus;
	// stream.OK where there is none, or the transport is not of gRPC.
	Code stream.Code
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s did not answer in %s: saw %s", e.Target, e.Want, e.Saw)
}
