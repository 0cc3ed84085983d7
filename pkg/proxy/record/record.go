package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/internal/wholefile"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Options say what a suite has beside the calls.
type Options struct {
	// File is where it is written; an older file is replaced.
	File string
	// Title says where the calls come from, as the first line of the file has it; empty stands
	// for "Calls that passed through a proxy".
	Title string
	// Settings are lines of YAML before the steps: the target, and what else the command line
	// had.
	Settings string
	// Transports has each step name the transport of its call, which is that of the server
	// unless the proxy translates.
	Transports bool
	// Secret, if set, takes the value of metadata apart where it is a credential: what stands
	// in the suite, and what a variable of the environment has in its place.
	Secret func(name, value string) (before, secret string)
	// Failed is told why the file cannot be written; it may be nil.
	Failed func(error)
}

// Recorder writes a suite. Its methods may be called by any number of goroutines.
type Recorder struct {
	o Options

	mu      sync.Mutex
	calls   map[int64]*saved
	steps   strings.Builder
	number  int64
	made    int // of the calls, those that are steps
	env     []string
	secrets map[string]string
	full    bool
	timer   *time.Timer // writes; nil before the first call
	due     bool
}

const (
	// writeDelay is how long a call waits to be in the file.
	writeDelay = 500 * time.Millisecond
	// maxSuite bounds the suite, in bytes: all of it is in memory.
	maxSuite = 64 << 20
)

// New returns a Recorder, which has written a suite without steps: what cannot be written is
// found out at once.
func New(o Options) (*Recorder, error) {
	r := &Recorder{o: o, calls: map[int64]*saved{}, secrets: map[string]string{}}
	return r, r.write()
}

// Emit takes an event.
func (r *Recorder) Emit(e decode.Event) {
	if e.Call == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if start, ok := e.Details.(decode.Start); ok {
		c := &saved{start: start}
		if !start.Known {
			c.skipf("no IDL of the method")
		}
		r.calls[e.Call] = c
		return
	}
	c := r.calls[e.Call]
	if c == nil {
		return
	}
	switch d := e.Details.(type) {
	case decode.Header:
		if d.From == proxy.Client {
			c.header = append(stream.Metadata(nil), d.Metadata...)
		}
	case decode.Message:
		c.add(&d)
	case decode.HalfClose:
		c.entries = append(c.entries, entry{close: true})
	case decode.Finish:
		delete(r.calls, e.Call)
		r.finish(c, d.Err)
	}
}

// Skip says why a call that has begun and not ended is to be left out, unless there is a reason
// already.
func (r *Recorder) Skip(call int64, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.calls[call]; c != nil {
		c.skipf("%s", why)
	}
}

// Summary is what a suite has come to.
type Summary struct {
	// Steps are the calls that it has, LeftOut those that have ended and are none.
	Steps, LeftOut int
	// Env are the variables of the environment that stand for secrets.
	Env []string
}

// Summary is that of the calls so far.
func (r *Recorder) Summary() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Summary{Steps: r.made, LeftOut: int(r.number) - r.made, Env: slices.Clone(r.env)}
}

// finish adds a call that has ended.
func (r *Recorder) finish(c *saved, end error) {
	r.number++
	switch {
	case r.full:
		return
	case r.steps.Len() > maxSuite:
		r.full = true
		fmt.Fprintf(&r.steps, "  # more than %d MiB: the calls that follow are left out\n", maxSuite>>20)
	case c.why == "" && repeatable(end):
		r.step(&r.steps, c, r.number, end)
		r.made++
	default:
		why := c.why
		if why == "" {
			why = end.Error()
		}
		fmt.Fprintf(&r.steps, "  # %d: %s is left out: %s\n", r.number, oneLine(c.start.Method.FullName()), oneLine(why))
	}
	switch {
	case r.due:
	case r.timer == nil:
		r.timer = time.AfterFunc(writeDelay, r.late)
	default:
		r.timer.Reset(writeDelay)
	}
	r.due = true
}

// oneLine is a text that a comment can have.
func oneLine(s string) string { return strings.Trim(plain(s), `"`) }

// late writes what has come since the last time.
func (r *Recorder) late() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.due = false
	if err := r.write(); err != nil && r.o.Failed != nil {
		r.o.Failed(err)
	}
}

// Close writes the file for the last time.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop()
	}
	return r.write()
}

// write puts the suite in the place of the file, which is the user's only, as headers may be
// secrets; the caller holds mu.
func (r *Recorder) write() error {
	return wholefile.Write(r.o.File, []byte(r.text()))
}

// text is the suite.
func (r *Recorder) text() string {
	var b strings.Builder
	title := cmp.Or(r.o.Title, "Calls that passed through a proxy")
	b.WriteString("# " + title + ", as steps for 'idlcall test'.\n" + r.o.Settings)
	if len(r.env) > 0 {
		b.WriteString("env:\n")
		for _, name := range r.env {
			fmt.Fprintf(&b, "  - %s\n", name)
		}
	}
	if r.steps.Len() == 0 || !strings.Contains(r.steps.String(), "\n    method: ") {
		return b.String() + "steps: []\n" + r.steps.String()
	}
	return b.String() + "steps:\n" + r.steps.String()
}
