package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/idlcall/idlcall/pkg/startup"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Once a signal or --timeout has ended the context, the command line has
// graceTime to return by itself. It is ended without its consent after that where
// it sits in something that no context ends: a write, or the opening or reading of
// the user's files. Elsewhere it has lastTime, since what lasts then ends by
// itself: the farewell to a server takes a fifth of a second at the most.
const (
	graceTime = 140 * time.Millisecond
	lastTime  = 2 * time.Second
	// stuckTime is how long a write must have lasted then to be called stuck.
	stuckTime = 40 * time.Millisecond
	// wordsTime bounds the last words of a command line that was ended so.
	wordsTime = 15 * time.Millisecond
	// unheardTime is how long a command line goes on before it hears signals, where it does not have
	// to before: a signal ends the process until then, as it does others that have no
	// hold to let go of. To begin to listen takes a thread more and a dozen switches between
	// threads, up to a seventh of a whole cold call, and most calls are over sooner.
	unheardTime = 10 * time.Millisecond
	// narrowTime is how long a command line has one CPU, where it has nothing for more to do.
	narrowTime = 10 * time.Millisecond
)

// errInterrupted is the cause of a context that Ctrl-C or SIGTERM ended.
var errInterrupted error = interruptedError{}

type interruptedError struct{}

func (interruptedError) Error() string { return "interrupted" }

// Outcome is KindInterrupted.
func (interruptedError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindInterrupted} }

// lifetime ends the process where the command line cannot: a write to a pipe that
// nobody reads, and the opening of a FIFO, last for ever.
type lifetime struct {
	ended chan struct{} // closed with cause
	once  sync.Once
	cause error

	driving atomic.Bool // the user's files have been read
	heard   bool        // somebody else hears signals, and ends the context
	listen  func()      // begins to hear signals; nil where somebody else hears them

	mu      sync.Mutex
	writers []*watched
	words   func(error) // last words beside the error itself, or nil
}

func newLifetime() *lifetime { return &lifetime{ended: make(chan struct{})} }

// watched is a writer whose writes are seen while they last.
type watched struct {
	w     io.Writer
	since atomic.Int64 // when the write began that lasts, in Unix nanoseconds; else 0
}

func (w *watched) Write(p []byte) (int, error) {
	w.since.Store(time.Now().UnixNano())
	defer w.since.Store(0)
	return w.w.Write(p)
}

// paint is for a screen.
func (w *watched) paint(spans []span) {
	w.since.Store(time.Now().UnixNano())
	defer w.since.Store(0)
	say(w.w, spans...)
}

func (w *watched) Unwrap() io.Writer { return w.w }

// watch returns w with its writes, of one goroutine at a time, seen by l. A nil l
// sees nothing.
func (l *lifetime) watch(w io.Writer) io.Writer {
	if l == nil {
		return w
	}
	seen := &watched{w: w}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writers = append(l.writers, seen)
	return seen
}

// bound returns a context that Ctrl-C, SIGTERM and, unless it is 0, the timeout
// end, and l with it. stop undoes that.
func (l *lifetime) bound(ctx context.Context, timeout time.Duration) (_ context.Context, stop func()) {
	cancel, silence := func() {}, func() {}
	if l == nil || !l.heard {
		inner, listen, unheard := interruptible(ctx)
		soon := time.AfterFunc(unheardTime, listen)
		ctx, silence = inner, func() { soon.Stop(); unheard() }
		if l != nil {
			l.listen = listen
		}
	}
	if timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, &deadlineError{timeout.String()})
	}
	release := func() bool { return true }
	if l != nil {
		release = context.AfterFunc(ctx, func() { l.end(context.Cause(ctx)) })
	}
	return ctx, func() {
		release()
		cancel()
		silence()
	}
}

// interruptible returns a context that Ctrl-C or SIGTERM ends once listen has been called, and gives
// a closed stdout the form of an error. A second signal kills the process, should the
// first not end it; so does any before listen.
func interruptible(ctx context.Context) (_ context.Context, listen, silence func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(ctx)
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	listen = sync.OnceFunc(func() {
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		go func() {
			select {
			case <-signals:
				signal.Stop(signals) // the next one kills
				cancel(errInterrupted)
			case <-done:
				signal.Stop(signals)
			}
		}()
	})
	return ctx, listen, func() { close(done) }
}

// end begins the grace.
func (l *lifetime) end(cause error) {
	l.once.Do(func() {
		l.cause = cause
		close(l.ended)
	})
}

// drive says that the user's files have been read: from now on only writes are
// beyond the reach of a context. seen: others can see before its end that the command line is
// under way, and answer with a signal, which is heard from now on. It is not with one request
// that is not told of, as most are over before they would be heard. What others see lasts, too, and gets
// all CPUs.
func (l *lifetime) drive(seen bool) {
	if l == nil {
		return
	}
	if seen {
		widen()
		l.hear()
	}
	l.driving.Store(true)
}

// hear has signals heard from now on.
func (l *lifetime) hear() {
	if l != nil && l.listen != nil {
		l.listen()
	}
}

// widen gives the command line all CPUs (see startup).
func widen() {
	n, err := strconv.Atoi(os.Getenv("GOMAXPROCS"))
	startup.Widen(err == nil && n > 0)
}

// widenSoon does so once it has lasted longer than most calls.
func widenSoon() {
	if startup.IsNarrow() {
		time.AfterFunc(narrowTime, widen)
	}
}

// lastWords sets what to do with the error if the process has to end without the
// consent of the command line.
func (l *lifetime) lastWords(words func(error)) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words = words
}

// wait returns what done brings: the exit code of the command line; or, where it
// will not end, the error that ended it.
func (l *lifetime) wait(done <-chan int) (int, error) {
	select {
	case code := <-done:
		return code, nil
	case <-l.ended:
	}
	start := time.Now()
	tick := time.NewTicker(graceTime / 10)
	defer tick.Stop()
	for {
		select {
		case code := <-done:
			return code, nil
		case now := <-tick.C:
			if spent := now.Sub(start); spent >= lastTime || spent >= graceTime && l.stuck(now) {
				return 0, l.cause
			}
		}
	}
}

// stuck reports whether the command line does what no context ends.
func (l *lifetime) stuck(now time.Time) bool {
	if !l.driving.Load() {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.writers {
		if since := w.since.Load(); since != 0 && now.UnixNano()-since >= int64(stuckTime) {
			return true
		}
	}
	return false
}

// farewell says why the process ends, to whatever still takes it.
func (l *lifetime) farewell(say func(error), err error) {
	l.mu.Lock()
	words := l.words
	l.mu.Unlock()
	told := make(chan struct{}, 2)
	for _, f := range []func(error){say, words} {
		go func() {
			if f != nil {
				f(err)
			}
			told <- struct{}{}
		}()
	}
	enough := time.After(wordsTime)
	for range 2 {
		select {
		case <-told:
		case <-enough:
			return
		}
	}
}
