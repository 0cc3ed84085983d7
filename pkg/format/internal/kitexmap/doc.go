// Package kitexmap maps JSON and Thrift's binary protocol to each other as Kitex's map generic
// call does with the maps that encoding/json makes of a document with UseNumber, and of which
// it makes a reply (Kitex v0.16.3, pkg/generic/thrift: write.go, read.go, parse.go).
//
//	kitexmap.go  Options, Compile, the codec
//	record.go    the fields of a struct by the names that Kitex gives them
//	parse.go     a document as a tree
//	write.go     a tree to bytes; base.go merges base.Base
//	read.go      bytes to a tree; empty.go has what stands for what did not come
//	jsconv.go    api.js_conv
//	text.go      a tree as JSON
//
// Trees have Go's types as Kitex has them, since what it does depends on them: an i64 is an
// int64 and other integers are an int32, a number of a document is a number. Where Kitex goes
// through a Go map in any order, the order is that of the IDL, and of keys the alphabet's.
package kitexmap
