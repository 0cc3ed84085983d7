package stream

import "fmt"

// Protocol is how Thrift encodes messages: both the envelope and the body.
// Protobuf has but one encoding and ignores it.
type Protocol uint8

// The Thrift protocols.
const (
	Binary  Protocol = iota // apache/thrift:doc/specs/thrift-binary-protocol.md
	Compact                 // apache/thrift:doc/specs/thrift-compact-protocol.md
	JSON                    // Apache's TJSONProtocol: apache/thrift:doc/specs/thrift-json-protocol.md
)

var protocolNames = [...]string{"binary", "compact", "json"}

// String is the name that UnmarshalText reads.
func (p Protocol) String() string { return protocolNames[p] }

// UnmarshalText reads "binary", "compact" or "json".
func (p *Protocol) UnmarshalText(text []byte) error {
	for i, name := range protocolNames {
		if name == string(text) {
			*p = Protocol(i)
			return nil
		}
	}
	return fmt.Errorf("want binary, compact or json")
}

// MarshalText is the inverse of UnmarshalText.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(protocolNames[p]), nil }
