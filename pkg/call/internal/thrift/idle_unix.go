//go:build unix

package thrift

import (
	"net"
	"syscall"
)

// peek looks what there is to read, without waiting for it. Connections inside
// the process cannot be asked; they count as idle.
func peek(nc net.Conn) peeked {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return peekedNothing
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return peekedEnd
	}
	saw := peekedEnd
	err = rc.Read(func(fd uintptr) bool {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		switch {
		case err == syscall.EAGAIN, err == syscall.EWOULDBLOCK, err == syscall.EINTR:
			saw = peekedNothing
		case err == nil && n > 0:
			saw = peekedBytes
		}
		return true
	})
	if err != nil {
		return peekedEnd
	}
	return saw
}
