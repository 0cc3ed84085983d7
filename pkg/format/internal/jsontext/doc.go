// Package jsontext has what the codecs of both languages need of JSON itself: it reads
// and writes tokens and knows nothing of a message.
//
//	parser.go   Parser: a document in memory, token by token; text.go its strings, key.go its
//	            keys, scalar.go its numbers and bytes
//	number.go   Integer: exact values of numbers, whatever way they are written
//	split.go    Splitter: where a document ends, while it arrives
//	append.go   values out, with everything escaped that a terminal may obey; plain.go what
//	            need not be, appendnumber.go
//	spill.go    Spill: text that goes out in pieces, so that memory is bounded by the body
//	compact.go  a look through our own text
//	members.go  which fields an object has given, and mistakes in that
//	keyset.go   keys of a map, each once; bitset.go small numbers; low.go fields by theirs
//	enum.go     Enum: names and numbers
//	nesting.go  Nesting: templates of types that contain themselves
//	options.go  how values are written, and what a reader is told
//	errors.go   mistakes, with the path to them
//
// A Parser, a Spill and all sets belong to one codec. An Enum is only read once it is made.
package jsontext
