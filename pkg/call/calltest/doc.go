// Package calltest is one suite that every transport runs in memory: Run makes calls of
// each kind to a handler that the transport's own server carries, and judges what comes
// of them. A transport is a row: its options, its kinds, what it can carry, and a func
// that serves a connection.
//
// suite.go has the row and the cases, kinds.go what well-behaved peers do, ends.go how calls
// end before their time, trouble.go peers and callers that misbehave.
package calltest
