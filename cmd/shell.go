package cmd

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/shell"
	"github.com/idlcall/idlcall/pkg/shell/editor"
)

const shellLong = `Open a service and stay: look at it, call it, one line after another over one connection.

A line is what follows 'idlcall call TARGET', with the request as it is. Tab shows what
may follow: methods, fields, values, flags. Commands begin with a colon: ':help' lists
them, 'idlcall help lines' has the rest. Without TARGET, --idl is enough to look around.
`

const shellExample = `  idlcall shell demo
  idlcall shell localhost:50051
  idlcall shell --idl shop.thrift localhost:8888
  idlcall shell localhost:50051 < lines.txt`

// notInShell are flags of call that are about one line.
var notInShell = []string{
	"data", "field", "out", "each", "max-replies", "until", "expect", "repeat", "parallel", "fail-fast", "query", "save-idl", "force", "events", "raw", "stream-type", "help",
}

// shellOptions is the command line of "shell".
type shellOptions struct {
	target   string
	idl      *idlFlags
	settings shell.Settings
}

func newShell(std streams, run func(context.Context, streams, *shellOptions) error) *cobra.Command {
	call := &callOptions{}
	o := &shellOptions{idl: &call.idl}
	c := &cobra.Command{
		Use:     "shell [TARGET] [flags]",
		Short:   "Explore and call a service interactively",
		Long:    shellLong,
		Example: shellExample,
		Args:    arguments(0, "TARGET"),
		RunE: func(c *cobra.Command, args []string) error {
			o.target = first(args)
			o.settings = shellSettings(c.Flags())
			return run(c.Context(), std, o)
		},
	}
	call.bind(c)
	kept := pflag.NewFlagSet("shell", pflag.ContinueOnError)
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(notInShell, f.Name) {
			kept.AddFlag(f)
		}
	})
	c.ResetFlags()
	c.Flags().AddFlagSet(kept)
	if std.completing {
		k := &completer{c, &call.idl, &call.conn, first}
		k.register()
		c.ValidArgsFunction = k.oneTarget
	}
	return c
}

// shellSettings are the flags that a command line has, and not the environment: that speaks to each
// line itself.
func shellSettings(flags *pflag.FlagSet) shell.Settings {
	var s shell.Settings
	for _, name := range typed(flags) {
		f := flags.Lookup(name)
		if list, ok := f.Value.(pflag.SliceValue); ok {
			for _, value := range list.GetSlice() {
				s = s.With(name, value, true)
			}
			continue
		}
		s = s.With(name, f.Value.String(), false)
	}
	return s
}

func runShell(ctx context.Context, std streams, o *shellOptions) error {
	switch {
	case o.target == "" && !o.idl.given():
		return &usageError{err: errors.New("missing TARGET"), hint: "without a server, --idl is enough to look around"}
	case o.idl.stdin():
		return usage("--idl -: the lines of the shell come from stdin")
	}
	host := &shellHost{target: o.target, person: isTerminal(std.in)}
	defer host.pool.close()
	if !host.person {
		ctx, stop := std.life.bound(ctx, 0)
		defer stop()
		std.life.drive(true)
		lines := shell.NewPlain(std.in)
		release := context.AfterFunc(ctx, lines.Close)
		defer release()
		return host.loop(ctx, std, lines, o.settings, nil)
	}
	terminal := newTerminal(std)
	ctx, stop := leavable(ctx, terminal.Interrupt)
	defer stop()
	release := context.AfterFunc(ctx, terminal.Abort)
	defer release()
	return host.loop(ctx, std, terminal, o.settings, shell.OpenHistory(historyFile(), host))
}

// personal is a terminal with a person.
type personal interface {
	shell.Terminal
	// Interrupt is a Ctrl-C that came as a signal.
	Interrupt()
}

// newTerminal edits lines where the terminal can: replies may go elsewhere.
func newTerminal(std streams) personal {
	if term := os.Getenv("TERM"); isTerminal(std.out) && (term != "" && term != "dumb" || runtime.GOOS == "windows") {
		return rawTerminal{editor.New()}
	}
	return shell.NewDumb(std.in, std.row.err)
}

// rawTerminal has Ctrl-C as a key while it asks.
type rawTerminal struct{ *editor.Editor }

func (rawTerminal) Interrupt() {}

// leavable is a context that SIGTERM and the end of the terminal end. Ctrl-C does not, which is
// for what runs in the shell, or what asks, nor does Ctrl-\, which means nothing to the shell.
func leavable(ctx context.Context, interrupted func()) (context.Context, func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(ctx)
	leave, ignored := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(ignored, os.Interrupt, syscall.SIGQUIT)
	signal.Notify(leave, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for {
			select {
			case s := <-ignored:
				if s == os.Interrupt {
					interrupted()
				}
			case <-leave:
				cancel(errInterrupted)
				return
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		signal.Stop(leave)
		signal.Stop(ignored)
	}
}
