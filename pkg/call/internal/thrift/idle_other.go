//go:build !unix

package thrift

import "net"

// peek takes a connection for idle: there is no portable way to ask. One that the
// peer has closed shows as lost.
func peek(net.Conn) peeked { return peekedNothing }
