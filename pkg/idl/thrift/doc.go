// Package thrift describes what Thrift IDL defines: Struct is the message of package
// idl, Type, Enum and Field what it is made of (thrift.go), Element a definition as JSON
// (element.go), Dialect and Difference whose reading of a file counts (dialect.go).
// Descriptors never change once a Schema has returned them.
package thrift
