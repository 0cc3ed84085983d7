package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/idl"
)

// flagGroup is a part of the help of a command: flags in the order in which they are shown.
type flagGroup struct {
	title string
	names string
}

// flagGroups say where help shows each flag. Those of every day come first.
var flagGroups = [...]flagGroup{
	{"Every day", "data field query header idl transport tls timeout pretty verbose"},
	{"HTTP", "request get data-urlencode form cookie show-headers pass-header"},
	{"Serve", "listen openapi script translate save random seed log record self-signed listen-cert listen-key client-ca cors grace max-body buffer"},
	{"Suites", "run tag skip-tag list var tap junit schema"},
	{"Load", "calls concurrency connections rate duration warmup stages start-at vary order messages no-decode report fail-if"},
	{"Request", "type from to each repeat parallel fail-fast interval lockstep no-close-send max-replies until expect unknown-fields raw stream-type"},
	{"IDL", "include old-include new-include all-types idl-string idl-lang service target recursive comments examples reflect reflect-header cache-time refresh no-cache thrift-dialect save-idl force"},
	{"Connection", "wait retry retry-delay proxy authority http2 keepalive compress connect-get connect-json config"},
	{"TLS", "plaintext insecure cacert cert key servername"},
	{"Metadata", "rpc-header header-command expand-headers show-secrets"},
	{"Time and size", "connect-timeout send-timeout recv-timeout max-message-size"},
	{"Output", "breaks ignore raw-output sort-keys json output out color emit-defaults proto-names no-go-tag enum int64 binary error-format events watch help"},
	{"Kitex and Thrift", "protocol multiplex meta persist base to-service tt-int path-package json-dialect empty-structs"},
}

// commandGroups are the parts of the list of commands.
var commandGroups = []struct{ title, names string }{
	{"Call", "call shell http health test bench"},
	{"Serve", "serve proxy"},
	{"Look", "list describe template convert diff"},
	{"Set up", "config completion version help"},
}

// help prints what a command does, how it is called, and its flags in groups.
func help(c *cobra.Command, width int) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(cmp.Or(c.Long, c.Short)) + "\n")
	if !c.Runnable() && !c.HasSubCommands() {
		return b.String() // a topic
	}
	fmt.Fprintf(&b, "\nUsage:\n  %s\n", c.UseLine())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n", c.CommandPath())
		writeCommands(&b, c)
	}
	if c.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", c.Example)
	}
	writeFlags(&b, c, width)
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n'%s COMMAND --help' says more about a command.\n", c.CommandPath())
	}
	return b.String()
}

// writeCommands lists the commands of the root in groups, and its topics.
func writeCommands(b *strings.Builder, c *cobra.Command) {
	list := func(title string, keep func(*cobra.Command) bool) {
		first := true
		for _, sub := range c.Commands() {
			if !keep(sub) {
				continue
			}
			if first {
				fmt.Fprintf(b, "\n%s:\n", title)
				first = false
			}
			fmt.Fprintf(b, "  %-11s %s\n", sub.Name(), sub.Short)
		}
	}
	if c.HasParent() {
		list("Commands", (*cobra.Command).IsAvailableCommand)
		return
	}
	for _, g := range commandGroups {
		names := strings.Fields(g.names)
		list(g.title, func(sub *cobra.Command) bool { return slices.Contains(names, sub.Name()) })
	}
	list("Pages (idlcall help PAGE)", func(sub *cobra.Command) bool { return slices.Contains(topicNames, sub.Name()) })
}

// writeFlags shows the flags in groups where there are many.
func writeFlags(b *strings.Builder, c *cobra.Command, width int) {
	flags := c.Flags()
	const many = 12
	count := 0
	flags.VisitAll(func(*pflag.Flag) { count++ })
	if count < many {
		fmt.Fprintf(b, "\nFlags:\n%s", flags.FlagUsagesWrapped(width))
		return
	}
	for _, g := range flagGroups {
		part := pflag.NewFlagSet("", pflag.ContinueOnError)
		part.SortFlags = false
		for name := range strings.FieldsSeq(g.names) {
			if f := flags.Lookup(name); f != nil {
				part.AddFlag(f)
			}
		}
		if part.HasFlags() {
			fmt.Fprintf(b, "\n%s:\n%s", g.title, part.FlagUsagesWrapped(width))
		}
	}
}

// helpWidth is how wide help may be: as the terminal, but not too narrow to read.
func helpWidth(out io.Writer) int {
	const usual, least = 100, 60
	width := columnsOf(out)
	if width == 0 {
		return usual
	}
	return max(width, least)
}

// newHelp is the command "help", which knows the pages, too.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND or PAGE]",
		Short: "Help about a command, or a page: " + strings.Join(topicNames, ", "),
		ValidArgsFunction: func(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			var list []string
			at, _, err := c.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, sub := range at.Commands() {
				if !sub.Hidden && strings.HasPrefix(sub.Name(), prefix) {
					list = append(list, sub.Name()+"\t"+sub.Short)
				}
			}
			return list, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownPage(strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

func unknownPage(name string) error {
	e := &usageError{err: fmt.Errorf("no command and no page %q", name), hint: "run 'idlcall help' for what there is"}
	if near := idl.Nearest(name, slices.Concat(commandNames, topicNames)); len(near) > 0 {
		e.hint = fmt.Sprintf("did you mean 'idlcall help %s'?", near[0])
	}
	return e
}
