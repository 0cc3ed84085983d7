// Package mock answers every method of IDL without code: with what a script says, with the
// fields that request and reply have in common, or with random values.
//
// A script is YAML. Its rules are tried in order, and the first that fits an RPC answers it; a
// method without a rule is answered as if there were no script.
//
//	script.go   Script, Rule, Turn, Answer: what a file says
//	read.go     a file of YAML to a Script
//	bind.go     a Script against IDL: methods there are, values that fit
//	mock.go     Mock: which rule an RPC gets, and what it answers without one
//	play.go     one RPC by its rule
//	ending.go   how an RPC ends, as errors of package serve
//	echo.go     equal fields of request and reply
//	facts.go    what expressions of a script see of an RPC
//	entry.go    an RPC for the log
//	errors.go   what can be wrong with a script
//
// A Script does not change; what it counts, how often a rule was used, is atomic. A Mock may
// be given another script and other IDL while it runs: an RPC keeps those it began with.
package mock
