package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// headerCommand is a flag: a command that prints headers, such as a token.
const headerCommand = "header-command"

// helperGrace is how long what the command has left running may keep its output open.
const helperGrace = 100 * time.Millisecond

// headerHelper is what --header-command printed. It runs once.
type headerHelper struct {
	command string
	ran     bool
	md      stream.Metadata
	err     error
}

// metadata is that of --header, further header flags and --header-command, whose headers
// give way to others of the same name.
func (f *connFlags) metadata(ctx context.Context, std streams, more ...string) (stream.Metadata, error) {
	md, err := headers(slices.Concat(f.headers, more), f.expand)
	if err != nil || f.helper.command == "" {
		return md, err
	}
	printed, err := f.helper.headers(ctx, std)
	if err != nil {
		return nil, err
	}
	given := len(md)
	for _, h := range printed {
		if !slices.ContainsFunc(md[:given], func(p stream.Pair) bool { return strings.EqualFold(p.Name, h.Name) }) {
			md = append(md, h)
		}
	}
	return md, nil
}

func (h *headerHelper) headers(ctx context.Context, std streams) (stream.Metadata, error) {
	if !h.ran {
		h.ran = true
		h.md, h.err = h.run(ctx, std)
	}
	return h.md, h.err
}

// run runs the command with sh, or cmd on Windows. It has no input, since ours is the
// request's.
func (h *headerHelper) run(ctx context.Context, std streams) (stream.Metadata, error) {
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	var out bytes.Buffer
	limited := &capped{buf: &out, left: maxHeaderFile}
	c := exec.CommandContext(ctx, shell, flag, h.command)
	c.Stdout, c.Stderr = limited, std.err
	c.WaitDelay = helperGrace
	std.life.hear() // or a signal would leave the command behind
	err := c.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if limited.left < 0 {
		err = errTooLong // and what came of it
	}
	if err != nil {
		return nil, &dataError{fmt.Errorf("--%s: %w", headerCommand, err)}
	}
	var md stream.Metadata
	if err := headerLines(&md, &out, "--"+headerCommand, false); err != nil {
		return nil, err
	}
	if len(md) == 0 {
		return nil, &dataError{fmt.Errorf("--%s: the command printed no header", headerCommand)}
	}
	return md, nil
}

// capped fails a command that prints too much.
type capped struct {
	buf  *bytes.Buffer
	left int
}

var errTooLong = errors.New("it printed more than a MiB")

func (c *capped) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		return 0, errTooLong
	}
	return c.buf.Write(p)
}
