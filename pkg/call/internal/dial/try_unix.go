//go:build unix

package dial

import "syscall"

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
	sc, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
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
