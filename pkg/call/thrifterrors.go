package call

import "fmt"

// ApplicationError is a TApplicationException or Kitex's Protobuf form of it: the
// peer was reached, but the call went wrong before or inside the method
// (apache/thrift:doc/specs/thrift-rpc.md).
type ApplicationError struct {
	Type    int32
	Message string // as the peer sent it; may be empty
}

// applicationTypes are the names of types, as Apache has them; 20 and 21 are
// Kitex's own (cloudwego/kitex:pkg/remote/trans_errors.go).
var applicationTypes = map[int32]string{
	0: "unknown", 1: "unknown method", 2: "invalid message type", 3: "wrong method name",
	4: "bad sequence id", 5: "missing result", 6: "internal error", 7: "protocol error",
	8: "invalid transform", 9: "invalid protocol", 10: "unsupported client type",
	11: "validation failed", 13: "reset", 20: "unknown service", 21: "no service name",
}

// TypeName is the name of the type, empty where it has none.
func (e *ApplicationError) TypeName() string { return applicationTypes[e.Type] }

func (e *ApplicationError) Error() string {
	text := fmt.Sprintf("application exception %d", e.Type)
	if name := e.TypeName(); name != "" {
		text += " (" + name + ")"
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}
