// Package fields builds requests from pairs of a path and a value, as command lines and
// suites have them: "user.tags[]=new", typed by the IDL.
//
//	path.go      PATH=VALUE and PATH:=JSON, taken apart
//	fields.go    Fields: pairs checked against a message, laid over documents
//	tree.go      a JSON document of which only what pairs reach is taken apart
//	value.go     the JSON of a value by its type, which package shape knows
//	complete.go  what may follow what has been typed of a pair
//
// A pair knows both names that a field has in JSON, and changes a document's own where it
// has one. Whether the result is a valid request, a codec decides. Fields do not change,
// and belong to everybody.
package fields
