// Package shape says what can stand at a place of a JSON document, in the same words for
// Protobuf and Thrift: it is for whoever helps people to write requests.
//
//	shape.go   Shape: a message, a list, a number; Field: a member of a message
//	proto.go   shapes of Protobuf; wellknown.go the types with a JSON of their own, and Any
//	thrift.go  shapes of Thrift
//	value.go   the JSON of a value that somebody has typed, by its type
//	notes.go   Notes: the comments of the IDL
//
// Shapes look into a type when they are asked for its parts, so that types may contain
// themselves. A shape does not change, and belongs to everybody; Notes belong to one
// goroutine. Whether a document is valid, a codec decides (package format).
package shape
