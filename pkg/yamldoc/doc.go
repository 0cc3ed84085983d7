// Package yamldoc reads YAML that people write for idlcall, the configuration file and
// suites, strictly and with places: what is wrong in a document is an Error with file, line,
// column and the line itself.
//
//	parse.go     bytes to a tree of Nodes: limits, syntax, one document
//	build.go     the parser's tree to Nodes: scalars, lists, anchors, aliases, tags
//	mapping.go   mappings: doubled keys, merge keys
//	node.go      Node, and where it stands
//	scalar.go    null, true, 1 and text, by the core schema of YAML 1.2
//	decode.go    what a caller expects of a node: Object, String, Duration, ...
//	settings.go  a mapping of flag names to values
//	variables.go ${name} in text
//	json.go      a node as JSON text, with all digits of its numbers
//	errors.go    Error
//
// The parser is github.com/goccy/go-yaml's; its decoder by reflection is not linked. Nodes
// do not change once they are parsed and belong to everybody. An alias is the very node that
// it names, which bounds memory; weight bounds what walking the tree costs.
package yamldoc
