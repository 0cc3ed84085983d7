// Package suite reads suites: files of calls with expectations. It says what a file means
// and what is wrong with it; package run runs suites, package report writes how they went.
// It knows no flags: who reads suites says what settings there are.
//
//	suite.go    Suite, Step, Expect: what a file says
//	read.go     a file to a Suite; readstep.go, readexpect.go and readscript.go its parts
//	matrix.go   the combinations of settings that a suite runs with
//	text.go     ${name} in strings
//	uses.go     which variables a step needs: what is not known is a mistake in the file
//	outcome.go  the ways in which a call may have to fail; numbers with bounds
//	pick.go     which steps of which suites run
//	schema.json the JSON Schema of the file, for editors; schema.go adds the settings
//
// A Suite does not change once it is read, and belongs to everybody.
package suite
