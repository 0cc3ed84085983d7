// Package report writes how suites went, each form as a run.Reporter:
//
//	text.go   for people: a line for each step, and what was expected and seen
//	tap.go    the Test Anything Protocol, version 13
//	json.go   a line of JSON for each step
//	junit.go  JUnit's XML, as CI servers read it, at the end
//	tee.go    several reporters at once
//
// Text of peers and files goes onto lines of its own with an indent or in quotes, so that
// none passes for a line of ours; who owns the terminal keeps it from commanding that. A
// reporter is told by one goroutine and has no locks.
package report
