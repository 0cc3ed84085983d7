package proxy

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/stream"
)

// HandshakeError says that TLS with a client did not come about.
type HandshakeError struct {
	Client string
	Err    error
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("TLS handshake with the client %s: %v", e.Client, e.Err)
}

func (e *HandshakeError) Unwrap() error { return e.Err }

// Outcome is KindConnection.
func (*HandshakeError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindConnection} }
