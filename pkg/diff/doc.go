// Package diff says what a client that was built from one IDL would notice when it talks to
// a server of another: what it cannot read, or would read as something else, on the wire or
// in JSON. What only servers, or only new clients, would notice is no finding: that
// something was added, that a type changed its name and nothing else (exceptions apart,
// which clients catch by type), that a field may be left out of a request now.
//
//	diff.go      Compare, and which messages clients and servers exchange
//	rule.go      the rules, a name for each kind of change
//	finding.go   Finding: one change, and whom it concerns
//	shape.go     messages as both languages have them
//	proto.go thrift.go  descriptors as shapes
//	methods.go   services and methods
//	language.go  LanguageError: that one is Protobuf and the other Thrift
//	alltypes.go  message types by their names
//	reach.go     pairs of an old and a new type, and the methods that they travel in
//	fields.go types.go enums.go  the rules for one pair
//
// A request is written by OLD and read by NEW, a reply the other way round, so that many
// changes matter in one direction only. Types are compared in pairs, where they are used,
// whatever their names are, each pair once.
package diff
