package protojson

import "google.golang.org/protobuf/reflect/protoreflect"

// wellKnown tells apart the types that have a JSON form of their own.
type wellKnown uint8

const (
	ordinary wellKnown = iota
	wktAny
	wktTimestamp
	wktDuration
	wktFieldMask
	wktStruct
	wktValue
	wktList
	wktWrapper
	wktEmpty
	missing // the IDL of the type has a mistake
)

func wellKnownOf(name protoreflect.FullName) wellKnown {
	if name.Parent() != "google.protobuf" {
		return ordinary
	}
	switch name.Name() {
	case "Any":
		return wktAny
	case "Timestamp":
		return wktTimestamp
	case "Duration":
		return wktDuration
	case "FieldMask":
		return wktFieldMask
	case "Struct":
		return wktStruct
	case "Value":
		return wktValue
	case "ListValue":
		return wktList
	case "Empty":
		return wktEmpty
	case "BoolValue", "Int32Value", "Int64Value", "UInt32Value", "UInt64Value",
		"FloatValue", "DoubleValue", "StringValue", "BytesValue":
		return wktWrapper
	}
	return ordinary
}

// wrapsInAny reports whether such a message stands under "value" inside an Any.
func (w wellKnown) wrapsInAny() bool { return w != ordinary && w != wktEmpty }
