//go:build unix

package dial

import "syscall"

// raw is the connection for system calls of our own, nil where it has no descriptor.
func (c *SniffConn) raw() syscall.RawConn {
	sc, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// TryWriter writes to a connection what it takes without a wait. One goroutine uses it at
// a time.
type TryWriter struct {
	conn *SniffConn
	raw  syscall.RawConn
	buf  []byte
	n    int
	call func(fd uintptr) bool // write, made a func once
}

// TryWriter returns nil where there is none for the connection.
func (c *SniffConn) TryWriter() *TryWriter {
	raw := c.raw()
	if raw == nil {
		return nil
	}
	w := &TryWriter{conn: c, raw: raw}
	w.call = w.write
	return w
}

// Write returns how much has been written. What kept it from being all is left to be found
// by the next Write of the connection.
func (w *TryWriter) Write(p []byte) int {
	w.buf, w.n = p, 0
	_ = w.raw.Write(w.call)
	w.buf = nil
	w.conn.trace.Move(0, w.n)
	return w.n
}

func (w *TryWriter) write(fd uintptr) bool {
	n, err := syscall.Write(int(fd), w.buf)
	if err == nil && n > 0 {
		w.n = n
	}
	return true // whatever it was, there is no waiting for it
}

// Looker looks whether anything has come on a connection, without a wait. Nobody reads meanwhile.
type Looker struct {
	raw   syscall.RawConn
	quiet bool
	call  func(fd uintptr) bool // look, made a func once
}

// Looker returns nil where there is none for the connection.
func (c *SniffConn) Looker() *Looker {
	raw := c.raw()
	if raw == nil {
		return nil
	}
	l := &Looker{raw: raw}
	l.call = l.look
	return l
}

// Quiet reports whether neither bytes nor the end of the connection have come.
func (l *Looker) Quiet() bool {
	l.quiet = false
	return l.raw.Read(l.call) == nil && l.quiet
}

func (l *Looker) look(fd uintptr) bool {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
	l.quiet = err == syscall.EAGAIN
	return true // there is no waiting for more
}
