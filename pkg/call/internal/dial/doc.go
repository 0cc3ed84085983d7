// Package dial makes connections: dial.go resolves and connects, proxy.go goes through a
// proxy, tls.go secures. http1.go watches the first bytes of a peer that is to answer in
// HTTP/1, and late.go warns of an answer that does not come. try_unix.go writes and looks
// without a wait; eager.go looks for an answer for a moment before its receiver sleeps.
//
// A Dialer is safe for concurrent use, and each dial is told to the Trace of the RPC that it
// is made for. Names, dialling, proxy and handshake share one time limit, which is that of the
// context.
package dial
