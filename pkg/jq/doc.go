// Package jq runs jq expressions over JSON text, with github.com/itchyny/gojq. It is the
// one place that knows gojq's values.
//
//	expr.go    Compile, Expr: outputs, and whether all of them are true
//	value.go   Value: an output as JSON, with the keys of objects in the order of the input
//	decode.go  JSON text to gojq's values, with the order of keys beside them
//	seen.go    what the sides of a comparison were, for who wonders why it is false
//	errors.go  what can be wrong with an expression, and where
//
// Numbers keep all their digits, as long as no arithmetic is done with them. An Expr
// does not change and belongs to everybody.
package jq
