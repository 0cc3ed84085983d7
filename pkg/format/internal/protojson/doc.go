// Package protojson maps Protobuf messages to ProtoJSON and back, and to the text format.
//
//	codec.go      Program, Codec
//	table.go      message and field: types made ready; extension.go those found later
//	encode.go     JSON to wire, in the order of the document; encodescalar.go, encodewkt.go
//	decode.go     wire to JSON, in the order of the IDL: scan.go looks through a message
//	              first; decodemap.go, decodescalar.go, decodewkt.go
//	record.go     fields on the wire; length.go, messageset.go
//	text.go       the text format
//	status.go     the details of a google.rpc.Status
//	template.go   skeletons of requests
//
// A Program owns two sets of tables, for reading and for writing. A set has a lock for
// building, and each message one for its extensions, under which nothing else is locked.
package protojson
