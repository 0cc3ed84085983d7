//go:build !unix

package dial

// TryWriter is a way to write without a wait, which is nowhere but on Unix.
type TryWriter struct{}

// TryWriter returns nil.
func (c *SniffConn) TryWriter() *TryWriter { return nil }

// Write is never called.
func (w *TryWriter) Write([]byte) int { return 0 }

// Looker is a way to see whether anything has come, which is nowhere but on Unix.
type Looker struct{}

// Looker returns nil.
func (c *SniffConn) Looker() *Looker { return nil }

// Quiet is never called.
func (l *Looker) Quiet() bool { return true }
