package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/idlcall/idlcall/pkg/suite"
)

const (
	// maxOutput is what is kept of the output of a command, in bytes.
	maxOutput = 1 << 20
	// killDelay is how long a command may take to end when it is told to.
	killDelay = 2 * time.Second
	// outputDelay is how long output of a command that has ended is waited for, where
	// something that it left behind holds it open.
	outputDelay = 200 * time.Millisecond
)

// head keeps the beginning of what is written.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	if room := maxOutput - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// process is a command of sh, in a process group of its own.
type process struct {
	*exec.Cmd

	stdout, stderr head
	step           *suite.Step
	done           chan struct{} // closed when it has ended
	err            error
}

// start starts a command in the folder of the suite, with the variables in its environment.
func (x *running) start(s *suite.Step) (*process, error) {
	p := &process{Cmd: exec.Command("sh", "-c", s.Run.Text), step: s, done: make(chan struct{})}
	p.Dir, p.Env, p.WaitDelay = x.Suite.Dir(), os.Environ(), outputDelay
	for _, v := range x.scope.vars {
		p.Env = append(p.Env, v.Name+"="+asText(v.JSON))
	}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	ownGroup(p.Cmd)
	if err := p.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.Wait()
		close(p.done)
	}()
	return p, nil
}

// end tells the process and those that it started to end, and makes them, if they do not.
func (p *process) end() {
	select {
	case <-p.done:
		return
	default:
	}
	terminate(p.Cmd)
	select {
	case <-p.done:
	case <-time.After(killDelay):
		kill(p.Cmd)
		<-p.done
	}
}

// command runs the command of a step.
func (x *running) command(ctx context.Context, o *observed) {
	p, err := x.start(o.step)
	if err != nil {
		o.err = fmt.Errorf("run sh: %w", err)
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
	o.stdout, o.stderr, o.exit = p.stdout.String(), p.stderr.String(), p.ProcessState.ExitCode()
	_, exited := errors.AsType[*exec.ExitError](p.err)
	if p.err != nil && !exited && !errors.Is(p.err, exec.ErrWaitDelay) && o.err == nil {
		o.err = p.err
	}
}

// ended says, once, which of the commands beside the steps have ended: that is probably why
// a step failed.
func (x *running) ended() []string {
	var lines []string
	x.background = slices.DeleteFunc(x.background, func(p *process) bool {
		select {
		case <-p.done:
		default:
			return false
		}
		o := &observed{stdout: p.stdout.String(), stderr: p.stderr.String()}
		lines = append(lines, fmt.Sprintf("the command of line %d, in the background, has ended with exit code %d", p.step.Node.Line, p.ProcessState.ExitCode()))
		lines = append(lines, tail(o)...)
		return true
	})
	return lines
}

// endBackground ends the commands that run beside the steps, the last first.
func (x *running) endBackground() {
	for _, p := range slices.Backward(x.background) {
		p.end()
	}
}
