package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/shell"
)

// leaveTime is how long a line of a shell has to return once it is to end.
const leaveTime = time.Second

// Run runs a command line. One that does not return when it is to end, such as one that waits for
// the reader of a FIFO, is left behind.
func (h *shellHost) Run(ctx context.Context, command string, settings shell.Settings, args []string, control *shell.Control) error {
	r := &running{control: *control}
	std := h.line(r.guarded())
	r.guard(&std)
	std.life = newLifetime()
	std.life.heard = true
	line, stop := h.interruptible(ctx, control)
	defer stop()
	release := context.AfterFunc(line, func() { std.life.end(context.Cause(line)) })
	defer release()
	done := make(chan ended, 1)
	go func() {
		root := newRoot(std, command)
		root.SetOut(std.out)
		root.SetArgs(h.arguments(root, command, settings, args))
		ran, err := root.ExecuteContextC(line)
		done <- ended{ran.Flags(), err}
	}()
	end, back := std.life.awaited(done)
	h.std.look.flags = end.flags
	if end.err != nil && ctx.Err() == nil { // or the end of the session is told
		h.tell(end.err, end.flags, settings)
	}
	if !back {
		r.leave()
		h.std.row.end()
		std.life.farewell(nil, end.err)
		fmt.Fprintln(h.std.err, "* what the line waits for does not end: it is left behind")
	}
	return end.err
}

// ended is a command line that has ended.
type ended struct {
	flags *pflag.FlagSet // nil where it is left behind
	err   error
}

// awaited is what done brings, or, where the line does not return in time, why it should have.
func (l *lifetime) awaited(done <-chan ended) (end ended, back bool) {
	select {
	case end = <-done:
		return end, true
	case <-l.ended:
	}
	select {
	case end = <-done:
		return end, true
	case <-time.After(leaveTime):
		return ended{err: l.cause}, false
	}
}

// interruptible is a context that Ctrl-C ends.
func (h *shellHost) interruptible(ctx context.Context, control *shell.Control) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	if h.person {
		signal.Notify(signals, os.Interrupt)
	}
	go func() {
		select {
		case <-signals:
			cancel(errInterrupted)
		case <-control.Interrupt:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// running stands between a command line and the shell, which hears nothing more of one that it
// has left behind.
type running struct {
	control shell.Control // the shell's

	mu    sync.Mutex // held while the shell is told something
	left  bool
	input io.Closer // of what is typed; nil where nothing is
}

// tell does something that concerns the shell, and reports whether it still does.
func (r *running) tell(f func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left {
		return false
	}
	f()
	return true
}

// leave says that the line is left behind.
func (r *running) leave() {
	r.mu.Lock()
	r.left = true
	input := r.input
	r.mu.Unlock()
	if input != nil {
		_ = input.Close()
	}
}

// guarded is the control that the command line has.
func (r *running) guarded() *shell.Control {
	c := r.control
	if begin := c.Began; begin != nil {
		c.Began = func(call *shell.Call) { r.tell(func() { begin(call) }) }
	}
	if sent := c.Sent; sent != nil {
		c.Sent = func(message json.RawMessage) { r.tell(func() { sent(message) }) }
	}
	if received := c.Received; received != nil {
		c.Received = func(message json.RawMessage) { r.tell(func() { received(message) }) }
	}
	if documents := c.Documents; documents != nil {
		c.Documents = func(m *session.Method, check func(string) error) (input io.ReadCloser) {
			r.tell(func() {
				input = &closedOnce{ReadCloser: documents(m, check)}
				r.input = input
			})
			return input
		}
	}
	return &c
}

// closedOnce is closed by the command line or by who leaves it behind.
type closedOnce struct {
	io.ReadCloser

	once sync.Once
	err  error
}

func (c *closedOnce) Close() error {
	c.once.Do(func() { c.err = c.ReadCloser.Close() })
	return c.err
}

// guard puts writers in front of those of the command line.
func (r *running) guard(std *streams) {
	std.out = &guardedWriter{r, std.out}
	look := &look{args: std.look.args}
	std.err = &screen{&guardedWriter{r, std.err}, look}
	std.look, look.err = look, std.err
}

type guardedWriter struct {
	running *running
	w       io.Writer
}

func (g *guardedWriter) Write(p []byte) (n int, err error) {
	if !g.running.tell(func() { n, err = g.w.Write(p) }) {
		return 0, io.ErrClosedPipe
	}
	return n, err
}

// Unwrap is where it ends up.
func (g *guardedWriter) Unwrap() io.Writer { return g.w }
