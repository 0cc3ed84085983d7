// Package run runs suites: it makes calls and commands, holds what came against what is
// expected, and tells a Reporter. It knows no flags: who runs suites makes ways to servers
// of their settings.
//
//	runner.go   many suites; running.go the steps of one, in order
//	sessions.go sessions that steps share, and the ways to them
//	callstep.go one call; request.go its requests; script.go a stream, scripted
//	command.go  one command of sh, with what it starts; output.go what it writes
//	secrets.go  credentials, which failures do not show
//	vars.go     the values of variables
//	observed.go what a step came to, for expectations and captures
//	judge.go    expectations; compare.go and number.go JSON against what a file wants of it
//	result.go   how a step went, for reports; errors.go why a step could not be made
//
// Suites run at the same time, the steps of one in order. Sessions belong to the Runner,
// which opens each once and closes them when all suites have ended; their table has the
// only lock. A Reporter is told of one suite after the other, by one goroutine.
package run
