package translate

import (
	"net"
	"time"
)

// Pipe is a connection inside the process whose halves close one by one, as those of TCP do.
// name is the address of both ends.
func Pipe(name string) (a, b net.Conn) {
	aIn, bOut := net.Pipe()
	bIn, aOut := net.Pipe()
	return &end{in: aIn, out: aOut, name: name}, &end{in: bIn, out: bOut, name: name}
}

// end is one of two: what it reads from, and what it writes to.
type end struct {
	in, out net.Conn
	name    string
}

func (e *end) Read(p []byte) (int, error)  { return e.in.Read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.Write(p) }

// CloseWrite has the other end read io.EOF.
func (e *end) CloseWrite() error { return e.out.Close() }

// Close closes both halves.
func (e *end) Close() error {
	_ = e.in.Close()
	return e.out.Close()
}

func (e *end) LocalAddr() net.Addr  { return named(e.name) }
func (e *end) RemoteAddr() net.Addr { return named(e.name) }

func (e *end) SetDeadline(t time.Time) error {
	_ = e.in.SetReadDeadline(t)
	return e.out.SetWriteDeadline(t)
}
func (e *end) SetReadDeadline(t time.Time) error  { return e.in.SetReadDeadline(t) }
func (e *end) SetWriteDeadline(t time.Time) error { return e.out.SetWriteDeadline(t) }

// named is an address that is a name.
type named string

func (named) Network() string  { return "pipe" }
func (n named) String() string { return string(n) }
