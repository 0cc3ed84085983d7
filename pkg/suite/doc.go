// Package suite runs files of calls with expectations: suites. It knows no flags: who runs
// suites says what settings there are, and makes ways to servers of them.
//
//	suite.go    Suite, Step, Expect: what a file says
//	read.go     a file to a Suite; readstep.go, readexpect.go and readscript.go its parts
//	matrix.go   the combinations of settings that a suite runs with
//	vars.go     ${name} in strings, and the values of variables
//	uses.go     which variables a step needs: what is not known is a mistake in the file
//	pick.go     which steps of which suites run
//	runner.go   many suites; running.go the steps of one, in order
//	callstep.go one call; request.go its requests; script.go a stream, scripted
//	command.go  one command of sh
//	sessions.go sessions that steps share, and the ways to them
//	observed.go what a step came to, for expectations and captures
//	judge.go    expectations; compare.go and number.go JSON against what a file wants of it
//	result.go   how a step went, for reports
//	schema.json the JSON Schema of the file, for editors; schema.go adds the settings
//
// Suites run at the same time, the steps of one in order. Sessions belong to the Runner,
// which opens each once and closes them when all suites have ended; their table has the
// only lock. A Reporter is told of one suite after the other, by one goroutine.
package suite
