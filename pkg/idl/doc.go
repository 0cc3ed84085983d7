// Package idl is the vocabulary of interface definitions: what a Schema answers
// (Method, MethodInfo, Message, Types, Description) and every error that one returns.
// Package load makes Schemas, package thrift has the descriptors of Thrift; those of
// Protobuf are protoreflect's.
//
//	idl.go      Schema and what it returns
//	element.go  a definition as JSON
//	http.go     how a method is reached over HTTP
//	errors.go   what can be wrong, with the facts
//	outcome.go  how each error ends what needed the IDL
//	nearest.go  what a mistyped name probably meant
//
// Behind load is a room for each language, internal/protoidl and internal/thriftidl,
// over internal/source (texts, paths, places, the folder that is saved to) and
// internal/names (names, and the one finder of methods). protoidl has neighbours:
// protoscan indexes source and encoded descriptors, which rawdesc walks; mend repairs
// descriptors, protoprint prints them, reflection asks a server for them.
//
// A Schema is used by one goroutine at a time, for which it has a lock (internal/lock, which
// is waited for no longer than a context lasts); Join's has none
// and asks one Schema after another, so that no two of these locks are held at once.
// What a Schema calls (Warn, Differs, the OpenFunc of reflection) is called with its
// lock held: it must not call the Schema, and its own locks come after. Close ends
// lookups of Types before it waits for the lock. Descriptors, once returned, never
// change and belong to everybody.
package idl
