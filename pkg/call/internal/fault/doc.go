// Package fault reads errors of the network: whether the peer has closed a connection, which
// TLS alert it sent, and whether a deadline is our own. It knows no transport.
package fault
