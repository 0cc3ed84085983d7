package thriftwire

// Type codes of the binary protocol
// (apache/thrift:doc/specs/thrift-binary-protocol.md). The values must not change.
const (
	Stop   = 0
	Void   = 1 // Kitex generic servers write a field of it for void; its value is an empty struct
	Bool   = 2
	I8     = 3
	Double = 4
	I16    = 6
	I32    = 8
	I64    = 10
	String = 11
	Struct = 12
	Map    = 13
	Set    = 14
	List   = 15
	UUID   = 16
)

// Type codes of the compact protocol
// (apache/thrift:doc/specs/thrift-compact-protocol.md). The values must not change.
const (
	CompactTrue   = 1 // as an element: any bool
	CompactFalse  = 2
	CompactI8     = 3
	CompactI16    = 4
	CompactI32    = 5
	CompactI64    = 6
	CompactDouble = 7
	CompactBinary = 8
	CompactList   = 9
	CompactSet    = 10
	CompactMap    = 11
	CompactStruct = 12
	CompactUUID   = 13
)

// compactTypes are the codes of the compact protocol by those of the binary one; bool is
// that of true (apache/thrift:doc/specs/thrift-compact-protocol.md, "Struct encoding").
var compactTypes = [...]byte{
	Bool: CompactTrue, I8: CompactI8, I16: CompactI16, I32: CompactI32, I64: CompactI64, Double: CompactDouble,
	String: CompactBinary, List: CompactList, Set: CompactSet, Map: CompactMap, Struct: CompactStruct, UUID: CompactUUID,
}

// CompactType is the code of a type in the compact protocol, by that in the binary one;
// 0 where there is no such type.
func CompactType(typ byte) byte {
	if int(typ) < len(compactTypes) {
		return compactTypes[typ]
	}
	return 0
}

// binaryTypes are the codes of the binary protocol by those of the compact one.
var binaryTypes = [...]byte{
	CompactTrue: Bool, CompactFalse: Bool, CompactI8: I8, CompactI16: I16, CompactI32: I32, CompactI64: I64, CompactDouble: Double,
	CompactBinary: String, CompactList: List, CompactSet: Set, CompactMap: Map, CompactStruct: Struct, CompactUUID: UUID,
}

// TypeOfCompact is the inverse of CompactType, 0 where there is no such type.
func TypeOfCompact(ctype byte) (typ byte) {
	if int(ctype) < len(binaryTypes) {
		return binaryTypes[ctype]
	}
	return 0
}

// jsonTypes are the names of types in the JSON protocol
// (apache/thrift:doc/specs/thrift-json-protocol.md).
var jsonTypes = [...]string{
	Bool: "tf", I8: "i8", I16: "i16", I32: "i32", I64: "i64", Double: "dbl",
	String: "str", List: "lst", Set: "set", Map: "map", Struct: "rec", UUID: "uid",
}

// JSONType is the name of a type of the binary protocol in the JSON protocol.
func JSONType(typ byte) string { return jsonTypes[typ] }

// TypeOfJSON is the inverse of JSONType.
func TypeOfJSON(name []byte) (typ byte, ok bool) {
	for typ, known := range jsonTypes {
		if known != "" && known == string(name) {
			return byte(typ), true
		}
	}
	return 0, false
}
