// Package mend repairs descriptors. Servers and compilers other than protoc send some
// with mistakes that matter to nobody who calls, but that protodesc does not link.
//
//	mend.go    File, for those that do not link as they came; maps, fields, syntax
//	ranges.go  reserved and extension ranges, enums, the order of oneofs
//	json.go    JSON, for fields of one name in JSON, which do link
//
// It works in place, on a file that belongs to the caller.
package mend
