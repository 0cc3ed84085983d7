// Package seal closes idl.Message: only packages below idl can name its type, so
// only they can implement the interface, and a switch over its types is complete.
package seal

// Message is the argument of the method that seals.
type Message struct{}
