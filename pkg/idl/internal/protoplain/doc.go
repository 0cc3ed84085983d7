// Package protoplain parses plain Protobuf source: proto2 and proto3 without extensions, groups and
// custom options, which is what nearly all services are written in. A parser of the whole
// language takes several times as long, since it can say what stands where, and its tables are most of
// what it costs to parse a small file. So this one knows no mistakes: what it does
// not understand, or what might be wrong, it leaves to that parser, and what it takes the other would
// take in the same way.
//
//	parse.go      Parse: the statements of a file; tokens
//	message.go    messages, fields and oneofs
//	enum.go       enums; reserved numbers and names
//	service.go    services and methods
//	value.go      options as they stand in the text
//	plain.go      Check: whether protodesc knows all rules that a file is right or wrong by
//	options.go    interpreting the usual options
package protoplain
