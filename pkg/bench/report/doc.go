// Package report writes what a load came to, and reads it again:
//
//	report.go  Form, and Write
//	text.go    for people; plot.go its picture of times
//	json.go    all of a Result, with a summary of its times
//	csv.go     a row for each window, and one for the whole
//	hdrlog.go  the log of the HDR histogram tools, which add up
//	html.go    one page with charts (page.html), which asks no network for anything
//	read.go    Read: a Result of JSON or of logs
//	diff.go    two results side by side
//
// What a peer said stands in examples of errors: its text is on one line and quoted where it would
// pass for another; who owns the terminal keeps it from commanding that.
package report
