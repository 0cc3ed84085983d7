// Package record makes a suite, which "idlcall test" replays, of the calls that passed through a
// proxy.
//
//	record.go  Recorder: the events of package decode, call by call, and the file
//	step.go    a call as a step; expect.go what it has to come to again
//	yaml.go    values as YAML
//
// The file is written anew as calls end, at most once in a while, each time as a whole: who reads
// it never sees a half. A call that cannot be made again, since it was not understood or the
// client gave it up, is a comment that says so. A Recorder has one lock; no other is taken
// under it.
package record
