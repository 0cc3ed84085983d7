// Package bench makes load and measures what comes of it. It knows calls as functions; what
// an RPC is, rpc knows, and what reports look like, report.
//
//	plan.go      Plan: how much load, and for how long; Stage, and their notation
//	schedule.go  when the calls of a stage with a rate are to begin
//	run.go       Run: from the first call to the last; conductor.go leads from stage to stage
//	closed.go    callers, each of which waits for its reply before its next call
//	open.go      calls that begin when they are due, whatever became of those before
//	sleep_*.go   alarm: sleeping to a few microseconds
//	meter.go     Meter: what a call tells of its messages; shard.go counts of many callers
//	windows.go   counts as time goes by, in a hundred windows or so
//	failures.go  errors by kind, with an example of each
//	self.go      what the load cost ourselves: CPU, and how late goroutines came to it
//	result.go    Result: all of it, as a value that can be written and read
//	merge.go     results of several processes as one
//	interval.go  how sure a figure is; compare.go two results side by side
//	threshold.go what a result must keep to; show.go times for people
//
// Everything in a Result comes of its windows, so a sum of results is exact.
//
// A load has a goroutine for each caller, one that leads through the stages, one that collects
// counts and one that watches ourselves. A shard's lock is held for one count; that of the
// windows comes before it.
package bench
