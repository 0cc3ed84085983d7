// Package format maps between JSON and the bytes of messages: documents in,
// request bodies out; reply bodies in, readable text out.
//
// Compile prepares a method once, as a Program, which any number of goroutines share.
// A Program makes a Codec for each use, which is cheap, has buffers of its own, and
// belongs to one user at a time in each direction.
//
//	compile.go   Compile, Program, Codec
//	dialect.go   Dialect: another mapping in place of this one
//	kitexmap.go  that of Kitex's map generic call
//	options.go   Options and the forms of values
//	errors.go    what is wrong with a document or a body
//	reader.go    Reader: documents in, a body each
//	printer.go   Printer: replies out; layout.go puts them over lines and in colour
//	raw.go       bodies that are encoded already
//	template.go  skeletons of requests
//	text.go      Protobuf's text format, details of a status
//
// The work is done in four rooms: internal/jsontext has the tokens and the text of JSON,
// internal/protojson and internal/thriftjson the tables of the types of a language, and
// the walks over them; internal/kitexmap does what Kitex does. Tables fill as they are used: what is in them is read without a
// lock, and what is added is added under that of its types. No lock is held while
// another is taken, or while a source of types is asked.
package format
