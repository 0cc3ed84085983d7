package stream

import "strings"

// Type is the streaming kind of a method: which sides send more than one
// message. Bidi is Client|Server.
type Type uint8

// The four streaming kinds.
const (
	Unary  Type = 0
	Client Type = 1
	Server Type = 2
	Bidi   Type = Client | Server
)

// ClientStreams reports whether the client may send any number of messages.
func (t Type) ClientStreams() bool { return t&Client != 0 }

// ServerStreams reports whether the server may send any number of messages.
func (t Type) ServerStreams() bool { return t&Server != 0 }

func (t Type) String() string {
	return [...]string{"unary", "client streaming", "server streaming", "bidi streaming"}[t&Bidi]
}

// Stream is one RPC in flight. One sender (Send, CloseSend) and one receiver
// (Recv, Header, Trailer) may run concurrently; Close may be called from any
// goroutine at any time.
type Stream interface {
	// Send writes one encoded message. The body may be reused when Send
	// returns. io.EOF means that the peer has finished the RPC; Recv knows why.
	Send(body []byte) error
	// CloseSend says that no more messages follow (half-close).
	CloseSend() error
	// Recv returns the next encoded message, valid until the next Recv.
	// io.EOF: the RPC finished well. *Status: the peer ended it with an error.
	// Anything else: the connection, the protocol or the context failed.
	Recv() ([]byte, error)
	// Header waits for the metadata with which the peer begins its answer. A
	// peer that answers with trailers only has none.
	Header() (Metadata, error)
	// Trailer is complete once Recv has failed.
	Trailer() Metadata
	// Ready reports whether Recv would return without waiting for the peer. Only
	// the receiver may ask.
	Ready() bool
	// Close frees the resources of an RPC. One that has not finished is abandoned:
	// the peer sees a cancellation, and where the protocol can tell, the cause,
	// which Recv then returns or wraps. nil is no particular cause. Close is safe
	// to repeat.
	Close(cause error) error
}

// Pair is one metadata entry. What HTTP brings has a name in lower case; TTHeader
// and THeader tell upper case from lower. The value of a name that ends in "-bin"
// is the bytes themselves, not their base64 form.
type Pair struct{ Name, Value string }

// Metadata is the list of key-values beside the messages, in the order of the
// wire. A name may occur more than once.
type Metadata []Pair

// Get returns the first value of a name, which must have the same case.
func (m Metadata) Get(name string) (string, bool) {
	for _, p := range m {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// Add appends an entry. Transports over HTTP send its name in lower case, others
// as it is.
func (m *Metadata) Add(name, value string) {
	*m = append(*m, Pair{name, value})
}

// IsBinary reports whether a name's values are arbitrary bytes, which HTTP/2
// carries as base64 (gRPC doc/PROTOCOL-HTTP2.md, "Binary-Header").
func IsBinary(name string) bool { return strings.HasSuffix(name, "-bin") }
