// Package thriftjson maps Thrift structs to JSON and back, in the binary, the compact and
// Thrift's own JSON protocol.
//
//	codec.go      Program, Codec
//	table.go      structure, field and valueType: types made ready
//	encode.go     JSON to wire; encodemap.go, encodescalar.go; base.go fills base.Base
//	decode.go     wire to JSON; decodemap.go; fallback.go shows defaults of the IDL
//	result.go     what a method returned: a value, an exception or nothing
//	write.go      the primitives of the protocols, out
//	read.go       and in; readjson.go those of JSON
//	template.go   skeletons of requests
//
// A Program owns two sets of tables, for reading and for writing. A set has one lock, for
// building; defaults are made without it, twice if need be, and are the same each time.
package thriftjson
