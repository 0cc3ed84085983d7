package cmd

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/proxy/record"
	"github.com/idlcall/idlcall/pkg/shell"
	"github.com/idlcall/idlcall/pkg/shell/editor"
	"github.com/idlcall/idlcall/pkg/stream"
)

// shellHost runs command lines for a shell: it is shell.Host.
type shellHost struct {
	target string
	person bool
	std    streams // of the command lines
	at     int     // line of the input that is done, from 1; 0 where a person types
	pool   sessionPool
	flags  map[string][]shell.Flag // by command
}

// loop runs the shell.
func (h *shellHost) loop(ctx context.Context, std streams, t shell.Terminal, settings shell.Settings, history *editor.History) error {
	out, errs := shell.NewConsole(t, std.row.out), shell.NewConsole(t, std.row.err)
	// Lines have no lifetime, which would end the process.
	h.std = streams{in: strings.NewReader(""), out: out, look: &look{args: std.args}, row: std.row, kitex: std.kitex}
	h.std.err = &screen{errs, h.std.look}
	h.std.look.err = h.std.err
	o := shell.Options{
		Host: h, Terminal: t, Person: h.person, Target: h.target, Settings: settings, History: history, Out: out, Err: errs,
	}
	if p, ok := t.(*shell.Plain); ok {
		o.Begin = func() { h.at = p.Line() }
	}
	err := shell.New(o).Run(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case isOutput(err) && exitCode(err) == exitOK:
		return nil // stdout was closed on purpose
	case err != nil:
		return &failedLineError{err}
	case out.Failed() != nil:
		return asOutput(out.Failed())
	}
	return nil
}

// failedLineError is the first failure of a session without a person. It is not unwrapped: it
// has been told.
type failedLineError struct{ First error }

func (e *failedLineError) Error() string { return e.First.Error() }

// Outcome is that of the failure.
func (e *failedLineError) Outcome() stream.Outcome { return stream.OutcomeOf(e.First) }

// line are the streams of one command line.
func (h *shellHost) line(control *shell.Control) streams {
	std := h.std
	std.inside = &inside{control: control, pool: &h.pool, at: h.at}
	return std
}

// arguments are those of a command, with TARGET and the settings that it has a flag for.
func (h *shellHost) arguments(root *cobra.Command, command string, settings shell.Settings, args []string) []string {
	line := []string{command}
	c, _, err := root.Find(line)
	if err != nil {
		return append(line, args...)
	}
	for _, s := range settings {
		switch f := c.Flags().Lookup(s.Name); {
		case f == nil:
		case f.NoOptDefVal == s.Value:
			line = append(line, "--"+s.Name)
		default:
			line = append(line, "--"+s.Name+"="+s.Value)
		}
	}
	switch {
	case command == "call":
		line = append(line, h.target)
	case h.target != "":
		line = append(line, "--target="+h.target)
	}
	return append(line, args...)
}

func (h *shellHost) tell(err error, flags *pflag.FlagSet, settings shell.Settings) {
	report(h.std.err, settings.Last("error-format"), err, commandLine{flags: flags, inside: true, at: h.at})
}

// Report tells an error that is about no command.
func (h *shellHost) Report(err error) { h.tell(err, nil, nil) }

// Schema is the IDL of the session that calls have.
func (h *shellHost) Schema(ctx context.Context, settings shell.Settings) (idl.Schema, error) {
	std := h.line(&shell.Control{})
	o, err := h.options(ctx, std, settings)
	if err != nil {
		return nil, err
	}
	s, err := o.open(ctx, std, format.Options{})
	if err != nil {
		return nil, err
	}
	return s.Schema(), nil
}

// options are those of a call with the settings, the environment and the configuration.
func (h *shellHost) options(ctx context.Context, std streams, settings shell.Settings) (found *callOptions, err error) {
	const anyMethod = "method"
	root := newRoot(std, "version")
	root.AddCommand(newCall(std, func(_ context.Context, _ streams, o *callOptions) error {
		found = o
		return nil
	}))
	root.SetArgs(append(h.arguments(root, "call", settings, nil), anyMethod))
	_, err = root.ExecuteContextC(ctx)
	return found, err
}

// Flags are those of a command.
func (h *shellHost) Flags(command string) []shell.Flag {
	if list, known := h.flags[command]; known {
		return list
	}
	c, _, err := newRoot(h.std, command).Find([]string{command})
	if err != nil {
		return nil
	}
	var list []shell.Flag
	c.Flags().VisitAll(func(f *pflag.Flag) { list = append(list, flagOf(f)) })
	if h.flags == nil {
		h.flags = map[string][]shell.Flag{}
	}
	h.flags[command] = list
	return list
}

func flagOf(f *pflag.Flag) shell.Flag {
	value, usage := pflag.UnquoteUsage(f)
	if f.NoOptDefVal != "" {
		value = ""
	}
	alone := f.NoOptDefVal
	if f.Value.Type() == "count" {
		alone = "1"
	}
	_, isList := f.Value.(pflag.SliceValue)
	words := wordsOf(f)
	if choices, ok := f.Value.(choice); ok {
		words = choices.choices
	}
	return shell.Flag{
		Name: f.Name, Short: f.Shorthand, Usage: usage, Value: value, Alone: alone, Words: words, List: isList,
		Files: slices.Contains(fileFlags, f.Name) || f.Name == "out", Setting: !slices.Contains(notInShell, f.Name),
	}
}

// CommandLine is a command line for a POSIX shell.
func (h *shellHost) CommandLine(command string, settings shell.Settings, args []string) string {
	words := h.arguments(newRoot(h.std, command), command, settings, args)
	for i, w := range words {
		words[i] = shell.Quote(w)
	}
	return "idlcall " + strings.Join(words, " ")
}

// Save writes a suite of calls.
func (h *shellHost) Save(file string, settings shell.Settings, calls []*shell.Call) (record.Summary, error) {
	o, err := h.options(context.Background(), h.line(&shell.Control{}), settings)
	if err != nil {
		return record.Summary{}, err
	}
	values := suiteValues(o.flags)
	return saveCalls(file, h.target, settings, calls, func(c *shell.Call) string {
		if name := differs(c.Values, values); name != "" {
			return "it had another --" + name + " than the shell has now"
		}
		return ""
	})
}

// Reload closes the sessions.
func (h *shellHost) Reload() { h.pool.reload() }

// Masked is a header as logs may show it.
func (h *shellHost) Masked(header string) string {
	name, value, found := strings.Cut(header, ":")
	if !found {
		return header
	}
	return name + ": " + masked(strings.TrimSpace(name), strings.TrimSpace(value))
}

// Style is how replies look.
func (h *shellHost) Style(settings shell.Settings) format.Style {
	o, err := h.options(context.Background(), h.line(&shell.Control{}), settings)
	if err != nil {
		return format.Style{}
	}
	return o.format.style(h.std)
}
