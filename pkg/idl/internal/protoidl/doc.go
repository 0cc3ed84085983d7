// Package protoidl is Protobuf as an idl.Schema: source, descriptor sets and what a
// server sends. A pool has the index of files that protoscan makes, and only what
// somebody asks for is cut out of them, compiled and linked.
//
//	schema.go method.go types.go  the Schema: services, methods, messages, lookups
//	http.go                       the option google.api.http of a method
//	load.go file.go pool.go       what goes in, and the index of it
//	find.go builtin.go            following imports, finding who declares a name
//	fetch.go extensions.go        asking Remote; extensions by number
//	resolve.go closure.go         what a name means; what a declaration needs
//	far.go open.go                leaving out types that are far, linking them when reached
//	slice.go cut.go stub.go       that part of a text, of an encoded file, by name only
//	link.go parseerrors.go        compiling and linking parts
//	quick.go                      linking plain source with less work
//	kept.go                       what was compiled before, from the cache
//	mended.go messageset.go optionbase.go          what linking needs besides
//	conflict.go                   two definitions of one name
//	describe.go descend.go element.go printed.go   definitions for people and as JSON
//	places.go                     where symbols stand
//	save.go                       whole files
//
// A pool has no lock: whoever calls it holds the Schema's.
package protoidl
