// Package thriftidl is Thrift as an idl.Schema. Files are indexed when they are met, a
// declaration is read when it is needed, and thriftgo's parser gets the text of nothing
// else, in words that it understands.
//
//	schema.go method.go           the Schema: services, methods, messages
//	http.go                       the annotations of a method that are about HTTP
//	pool.go cycle.go              files, what they include, and in circles
//	file.go scan.go lex.go        an index of a text
//	reader.go body.go service.go value.go dialect.go  the grammar, in two dialects
//	resolve.go closure.go         what a name means; what a declaration needs
//	parse.go build.go const.go    the parser's tree, descriptors, default values as JSON
//	describe.go element.go        definitions for people and as JSON
//	places.go                     where symbols stand
//	save.go                       whole files
//
// Methods of the Schema that idl.Schema has take its lock; all others are called with
// it, or before there are users.
package thriftidl
