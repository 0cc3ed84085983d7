package cmd

import (
	"context"
	"fmt"
	"io"
	"log"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/startup"
)

const rootLong = `idlcall calls any RPC service from its IDL, without generated code.

TARGET is host:port, unix:///path, unix:@name, or a URL: grpc://host:port,
ttheader://host:port, framed://host:port, https://host/prefix. "demo" is a server
inside the process. METHOD is pkg.Service/Method, Service/Method, or just Method
where one service has it. The IDL comes from --idl, or else from the server's
reflection: Protobuf goes over gRPC, Thrift over TTHeader, unless -t says otherwise.

Each flag --x-y also reads the environment variable IDLCALL_X_Y; .idlcall.yaml has targets
with names, and defaults. Exit codes: 0 is success; 'idlcall help exit-codes' has the others.
`

const rootExample = `  idlcall call demo ServerStream/Pow -d '{"number": 2}'
  idlcall call localhost:50051 helloworld.Greeter/SayHello -d '{"name": "you"}'
  idlcall call --idl echo.proto localhost:50051 Echo < documents.ndjson
  idlcall call --idl echo.thrift -t framed localhost:8888 Echo -d '{"message": "hi"}'
  idlcall list localhost:50051
  idlcall describe --idl api/ pkg.Service`

// Main runs one command line and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return MainWith(nil, args, stdin, stdout, stderr)
}

// MainWith is Main with Kitex's JSON generic call, which makes a mapping for the IDL that is
// given; nil stands for none, and Main hands over to another program where it is asked for.
func MainWith(kitex Kitex, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	log.SetOutput(io.Discard) //nolint:forbidigo // net/http logs what its error says anyway
	widenSoon()
	life := newLifetime()
	look := &look{args: args}
	row := newStatusRow(stdout, stderr)
	std := streams{in: stdin, out: life.watch(row.out), err: life.watch(&screen{row.err, look}), life: life, look: look, row: row, args: args, kitex: kitex}
	look.err = std.err
	done := make(chan int, 1)
	go func() {
		startup.GrowStack()
		done <- execute(args, std)
	}()
	code, err := life.wait(done)
	if err != nil {
		row.leave()
		life.farewell(func(err error) { report(&screen{stderr, look}, errorFormat(args), err, commandLine{}) }, err)
		return exitCode(err)
	}
	return code
}

// execute is Main for as long as nothing blocks.
func execute(args []string, std streams) int {
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		if args[0] == completeBash {
			return runCompleteBash(std, args[1:])
		}
		std.completing = true
	}
	args = commandFirst(std, args)
	help := &firstError{w: std.out}
	root := newRoot(std, named(args))
	root.SetOut(help)
	root.SetArgs(args)
	ran, err := root.ExecuteContextC(context.Background())
	if help.err != nil {
		err = asOutput(help.err)
	}
	if err != nil {
		report(std.err, errorFormat(args), err, commandLine{flags: ran.Flags()})
	}
	return exitCode(err)
}

// commandFirst moves the command before the flags that stand in front of it, since
// flags may stand anywhere and cobra does not know a command's flags before it
// has found the command.
func commandFirst(std streams, args []string) []string {
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		return args
	}
	commands := newRoot(std, "").Commands()
	for i, arg := range args {
		if slices.Contains(commandNames, arg) && (i == 0 || !takesValue(commands, args[i-1])) {
			return slices.Concat([]string{arg}, args[:i], args[i+1:])
		}
	}
	return args
}

// takesValue reports whether a word is a flag whose value is the next word.
func takesValue(commands []*cobra.Command, word string) bool {
	if !strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
		return false
	}
	for _, c := range commands {
		f := c.Flags().Lookup(strings.TrimPrefix(word, "--"))
		if f == nil && len(word) == 2 {
			f = c.Flags().ShorthandLookup(word[1:])
		}
		if f != nil {
			return f.NoOptDefVal == ""
		}
	}
	return false
}

// named is the command that a command line plainly begins with, "" where it is
// not so plain. Only that command is then built: a dozen flags cost a tenth of a
// millisecond, which every call would pay for each of the others.
func named(args []string) string {
	if len(args) > 0 && slices.Contains(commandNames, args[0]) && args[0] != "help" && args[0] != "completion" {
		return args[0]
	}
	return ""
}

// newRoot returns the command line with one command, or with all for "".
func newRoot(std streams, only string) *cobra.Command {
	showVersion := false
	root := &cobra.Command{
		Use:           "idlcall",
		Short:         "Call any RPC service from its IDL",
		Long:          rootLong,
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if showVersion {
				return printVersion(std.out)
			}
			return c.Help()
		},
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			std.inside.begin(c.Flags())
			if std.look != nil {
				std.look.flags = c.Flags()
			}
			return fromEnvironment(c.Flags())
		},
	}
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.SetIn(std.in)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		out := c.OutOrStdout()
		fmt.Fprint(out, help(c, helpWidth(std.out)))
	})
	root.CompletionOptions.DisableDefaultCmd = true
	for name, build := range map[string]func() *cobra.Command{
		"call":       func() *cobra.Command { return newCall(std, runCall) },
		"shell":      func() *cobra.Command { return newShell(std, runShell) },
		"list":       func() *cobra.Command { return newList(std, runList) },
		"describe":   func() *cobra.Command { return newDescribe(std, runDescribe) },
		"template":   func() *cobra.Command { return newTemplate(std, runTemplate) },
		"convert":    func() *cobra.Command { return newConvert(std, runConvert) },
		"diff":       func() *cobra.Command { return newDiff(std, runDiff) },
		"health":     func() *cobra.Command { return newHealth(std, runHealth) },
		"http":       func() *cobra.Command { return newHTTP(std, runHTTP) },
		"serve":      func() *cobra.Command { return newServe(std, runServe) },
		"proxy":      func() *cobra.Command { return newProxy(std, runProxy) },
		"bench":      func() *cobra.Command { return newBench(std, runBench) },
		"test":       func() *cobra.Command { return newTest(std, runTest) },
		"config":     func() *cobra.Command { return newConfig(std) },
		"completion": func() *cobra.Command { return newCompletion(std) },
		"version":    func() *cobra.Command { return newVersion(std) },
		"man":        newMan,
	} {
		if only == "" || only == name {
			root.AddCommand(build())
		}
	}
	if only == "" {
		root.SetHelpCommand(newHelp())
		for _, name := range topicNames {
			root.AddCommand(newTopic(name))
		}
	}
	return root
}

var commandNames = []string{"call", "shell", "list", "describe", "template", "convert", "diff", "test", "bench", "health", "http", "serve", "proxy", "config", "version", "completion", "help"}

func unknownCommand(name string) error {
	e := &usageError{err: fmt.Errorf("unknown command %q", name), hint: "run 'idlcall --help' for the commands"}
	if near := idl.Nearest(name, commandNames); len(near) > 0 {
		e.hint = fmt.Sprintf("did you mean 'idlcall %s'?", near[0])
	}
	return e
}

// flagError adds what was probably meant to pflag's words.
func flagError(c *cobra.Command, err error) error {
	e := &usageError{err: err, hint: fmt.Sprintf("run '%s --help' for the flags", c.CommandPath())}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "unknown flag: --"); ok {
		if near := idl.Nearest(name, names); len(near) > 0 {
			e.hint = fmt.Sprintf("did you mean --%s?", near[0])
		}
	}
	if _, word, ok := strings.Cut(text, "in -"); ok && len(word) > 1 { // -plaintext, as other tools have it
		if near := idl.Nearest(strings.TrimLeft(word, "-"), names); len(near) > 0 {
			e.hint = fmt.Sprintf("long flags take two dashes: did you mean --%s?", near[0])
		}
	}
	return e
}

// arguments checks the number of positional arguments, which names lists.
func arguments(least int, names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		var err error
		switch {
		case len(args) < least:
			err = fmt.Errorf("missing %s", strings.Join(names[len(args):least], " and "))
		case len(args) > len(names):
			err = fmt.Errorf("unexpected argument %q", args[len(names)])
		default:
			return nil
		}
		return &usageError{err: err, hint: "usage: " + c.UseLine()}
	}
}
