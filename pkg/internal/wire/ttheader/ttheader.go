// Package ttheader has the bytes of a TTHeader frame
// (cloudwego/cloudwego.github.io:content/en/docs/kitex/Reference/transport_protocol_ttheader.md,
// cloudwego/gopkg:protocol/ttheader):
//
//	0   u32  LENGTH, of what follows this field
//	4   u16  10 00
//	6   u16  flags
//	8   i32  sequence id
//	12  u16  size of the header info in units of 4 bytes
//	14  u8   protocol id                 ┐
//	15  u8   number of transforms, ids   │ header info
//	    ...  info sections               │
//	    ...  padding with zeros          ┘
//	    ...  payload
//
// Integers are big-endian. A section is an id byte and
//
//	01  string pairs   u16 count, then u16 length, key, u16 length, value
//	10  integer pairs  u16 count, then u16 key, u16 length, value
//	11  ACL token      u16 length, value
//	00  padding        nothing
package ttheader

import "fmt"

// Magic follows the length. It must not change.
const Magic = 0x1000

// Flags (cloudwego/gopkg:protocol/ttheader/encode.go).
const (
	FlagOutOfOrder    = 0x0001
	FlagStreaming     = 0x0002
	FlagDuplexReverse = 0x0008
	FlagSASL          = 0x0010
)

// Protocol ids (cloudwego/gopkg:protocol/ttheader). Kitex writes 0 for Protobuf
// too: the payload's own magic decides.
const (
	ProtocolThriftBinary  = 0x00
	ProtocolThriftCompact = 0x02
	ProtocolKitexProtobuf = 0x04
	ProtocolThriftStruct  = 0x10 // a bare struct, in streams
)

// Keys of integer pairs (cloudwego/gopkg:protocol/ttheader/info.go).
const (
	IntTransportType = 1
	IntFromService   = 3
	IntToService     = 6
	IntToMethod      = 9
	IntTimeout       = 12 // milliseconds
	IntMessageType   = 22
	IntFrameType     = 27 // one digit, in streams only
)

// Keys of string pairs.
const (
	StrIDLService   = "isn"
	StrConnReset    = "crrst"
	StrBizStatus    = "biz-status"
	StrBizMessage   = "biz-message"
	StrBizExtra     = "biz-extra"
	StrCancelPath   = "ttscp"
	TransientPrefix = "RPC_TRANSIT_"
	PersistPrefix   = "RPC_PERSIST_"
	// StrACLToken travels in a section of its own: Append moves it there, Parse
	// back.
	StrACLToken = TransientPrefix + "gdpr-token"
)

var intNames = [...]string{
	0: "mesh version", 1: "transport type", 2: "log id", 3: "from service", 4: "from cluster",
	5: "from IDC", 6: "to service", 7: "to cluster", 8: "to IDC", 9: "to method", 10: "env",
	11: "destination address", 12: "RPC timeout", 13: "read timeout", 14: "ring hash key",
	15: "DDP tag", 16: "with mesh header", 17: "connect timeout", 18: "span context",
	19: "short connection", 20: "from method", 21: "stress tag", 22: "message type",
	23: "HTTP content type", 24: "raw ring hash key", 25: "load balancer type",
	26: "cluster shard id", 27: "frame type",
}

// IntName says what an integer key means; empty where that is not known.
func IntName(key uint16) string {
	if int(key) < len(intNames) {
		return intNames[key]
	}
	return ""
}

// Pair is a string pair. Both sides may be any bytes.
type Pair struct{ Key, Value string }

// Lookup finds the value of a string key, empty where there is none.
func Lookup(pairs []Pair, key string) string {
	for _, p := range pairs {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// IntPair is an integer pair.
type IntPair struct {
	Key   uint16
	Value string
}

// Header is what stands before the payload. No key occurs twice.
type Header struct {
	Flags    uint16
	Seq      int32
	Protocol byte
	Str      []Pair    // sorted by key
	Int      []IntPair // sorted by key
}

// Sizes and limits in bytes.
const (
	// PrefixLen is what tells a TTHeader frame from others: length and magic.
	PrefixLen = 6
	fixedLen  = 14
	lengthLen = 4
	// MaxFrame bounds LENGTH.
	MaxFrame = 0x3fffffff
	maxInfo  = 4 * 0xffff
	maxText  = 0xffff
)

const (
	sectionPadding = 0x00
	sectionStr     = 0x01
	sectionInt     = 0x10
	sectionACL     = 0x11
)

// Error says what is wrong with a frame, and at which of its bytes.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string { return e.Reason }

// LimitError says which part of a header cannot be written.
type LimitError struct {
	Part  string // "key", "value", "pairs", "header info", "frame"
	Key   string // of the pair, where it is one
	Size  int
	Limit int
}

func (e *LimitError) Error() string {
	what := e.Part
	if e.Key != "" {
		what = fmt.Sprintf("%s of %.40q", e.Part, e.Key)
	}
	return fmt.Sprintf("the %s has the size %d, at most %d fit into TTHeader", what, e.Size, e.Limit)
}
