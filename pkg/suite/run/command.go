package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
)

const (
	// killDelay is how long a command, and what it started, may take to end when told to.
	killDelay = 2 * time.Second
	// maxVariable is what Linux takes of a variable and its name, in bytes (execve(2)).
	maxVariable = 128<<10 - 1
	// groupDelay is how often it is looked whether what it started has.
	groupDelay = 5 * time.Millisecond
	// outputDelay is how long output of a command that has ended is waited for, where
	// something that it left behind holds it open.
	outputDelay = 200 * time.Millisecond
)

// process is a command of sh, in a process group of its own.
type process struct {
	*exec.Cmd

	stdout, stderr output
	step           *suite.Step
	done           chan struct{} // closed when it has ended, with what follows
	err            error
	alone          bool // nothing that it started is left, so that its number may be another's
	told           bool // that it has ended
}

// start starts a command in the folder of the suite, with the variables in its environment.
func (x *running) start(s *suite.Step) (*process, error) {
	p := &process{Cmd: exec.Command("sh", "-c", s.Run.Text), step: s, done: make(chan struct{})}
	var err error
	if p.Env, err = x.environment(s); err != nil {
		return nil, err
	}
	p.Dir, p.WaitDelay = x.Suite.Dir(), outputDelay
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	adoptOrphans()
	ownGroup(p.Cmd)
	if err := p.Start(); err != nil {
		return nil, fmt.Errorf("run sh: %w", err)
	}
	go func() {
		p.err = p.Wait()
		p.alone = !alive(p.Cmd)
		close(p.done)
	}()
	return p, nil
}

// environment has the variables, too. One that no environment can hold is an error where the
// command names it, and is not there otherwise.
func (x *running) environment(s *suite.Step) ([]string, error) {
	env := os.Environ()
	for _, v := range x.scope.vars {
		text := v.Name + "=" + asText(v.JSON)
		fits := len(text) <= maxVariable && !strings.Contains(text, "\x00")
		switch {
		case fits:
			env = append(env, text)
		case slices.Contains(s.Needs, v.Name):
			return nil, fmt.Errorf("the variable %s is nothing for a command: it has more than 128 KiB, or a NUL", v.Name)
		}
	}
	return env, nil
}

// end tells the process and those that it started to end, and makes them, if they do not.
// Of one that has ended before, those that it started may be left.
func (p *process) end() {
	select {
	case <-p.done:
		if p.alone {
			return
		}
	default:
	}
	terminate(p.Cmd)
	if !p.gone() {
		kill(p.Cmd)
		_ = p.gone() // nobody stays after that
	}
	<-p.done
}

// gone waits for the process and those that it started, but not forever.
func (p *process) gone() bool {
	late := time.After(killDelay)
	select {
	case <-p.done:
	case <-late:
		return false
	}
	for alive(p.Cmd) {
		select {
		case <-time.After(groupDelay):
		case <-late:
			return false
		}
	}
	return true
}

// command runs the command of a step.
func (x *running) command(ctx context.Context, o *observed) {
	p, err := x.start(o.step)
	if err != nil {
		o.err = err
		return
	}
	if o.step.Background {
		x.background = append(x.background, p)
		return
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		o.err = context.Cause(ctx)
		p.end()
	}
	o.stdout, o.stderr, o.exit = p.stdout, p.stderr, p.ProcessState.ExitCode()
	_, exited := errors.AsType[*exec.ExitError](p.err)
	if p.err != nil && !exited && !errors.Is(p.err, exec.ErrWaitDelay) && o.err == nil {
		o.err = p.err
	}
	if o.err == nil {
		o.err = o.tooLong()
	}
}

// tooLong refuses to look at a part of an output as if it were all.
func (o *observed) tooLong() error {
	e := &o.step.Expect
	switch {
	case o.stdout.more && (e.Stdout != nil || len(e.JQ) > 0 || len(o.step.Captures) > 0):
		return &SizeError{"stdout", maxOutput}
	case o.stderr.more && e.Stderr != nil:
		return &SizeError{"stderr", maxOutput}
	}
	return nil
}

// ended says, once, which of the commands beside the steps have ended: that is probably why
// a step failed.
func (x *running) ended() []string {
	var lines []string
	for _, p := range x.background {
		select {
		case <-p.done:
		default:
			continue
		}
		if p.told {
			continue
		}
		p.told = true
		o := &observed{stdout: p.stdout, stderr: p.stderr}
		lines = append(lines, fmt.Sprintf("the command of line %d, in the background, has ended with exit code %d", p.step.Node.Line, p.ProcessState.ExitCode()))
		lines = append(lines, tail(o)...)
	}
	return lines
}

// endBackground ends the commands that run beside the steps, the last first.
func (x *running) endBackground() {
	for _, p := range slices.Backward(x.background) {
		p.end()
	}
}
