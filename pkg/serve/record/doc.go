// Package record has another server answer, and writes down a script of package mock that
// answers as that did.
//
//	forward.go  an RPC of a client, made of the other server
//	record.go   Recorder: what was asked and answered
//	write.go    as a file of YAML
//
// A Recorder belongs to any number of goroutines; its lock is held while a file is written.
package record
