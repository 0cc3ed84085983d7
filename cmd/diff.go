package cmd

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/diff"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
)

// diffOptions is the command line of "diff".
type diffOptions struct {
	old, new                 string
	oldIncludes, newIncludes []string
	ignore                   []string
	breaks                   string
	json, allTypes           bool
	timeout                  duration
	source                   diffSource // as the command line has it
	flags                    *pflag.FlagSet
}

// What --breaks may ask for.
const (
	breaksAny  = "any"
	breaksWire = "wire"
	breaksJSON = "json"
)

const diffLong = `Compare two IDLs and tell what a client of OLD would notice when it talks to a
server of NEW. Each of them is a file, a folder, - for stdin, or a TARGET whose
reflection is asked. The exit code is 8 where there is anything to notice.

What is compared is what the methods of OLD send and receive; where OLD has no
services, or with --all-types, the message types that it declares. Additions are
not told, unless they stop clients: a required field, an exception. A change breaks
the wire, or JSON, or both. The services of gRPC's reflection and health checks
are compared only where NEW has them: a file rarely does.
`

func newDiff(std streams, run func(context.Context, streams, *diffOptions) error) *cobra.Command {
	o := &diffOptions{breaks: breaksAny}
	c := &cobra.Command{
		Use:   "diff OLD NEW [flags]",
		Short: "Tell what a change of IDL breaks",
		Long:  diffLong,
		Example: `  idlcall diff released/shop.proto shop.proto
  idlcall diff shop.proto @production --breaks wire
  git show main:api/shop.thrift | idlcall diff - api/shop.thrift --idl-lang thrift`,
		Args: arguments(2, "OLD", "NEW"),
		RunE: func(c *cobra.Command, args []string) error {
			o.old, o.new, o.flags = args[0], args[1], c.Flags()
			return run(c.Context(), std, o)
		},
	}
	o.bind(c)
	if std.completing {
		k := &completer{c: c, conn: &o.source.conn}
		k.register()
		c.ValidArgsFunction = func(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			list, _ := k.targets(c, args, prefix)
			return list, cobra.ShellCompDirectiveDefault // or files
		}
	}
	return c
}

func (o *diffOptions) bind(c *cobra.Command) {
	s := c.Flags()
	listVar(s, &o.oldIncludes, "old-include", "", "import path or include `DIR` of OLD only, before those of -I")
	listVar(s, &o.newIncludes, "new-include", "", "import path or include `DIR` of NEW only, before those of -I")
	s.BoolVar(&o.allTypes, "all-types", false, "compare all message types that OLD declares, and not only those that its methods use")
	s.Var(choice{&o.breaks, []string{breaksAny, breaksWire, breaksJSON}}, "breaks", "tell only of what breaks the wire, or JSON")
	listVar(s, &o.ignore, "ignore", "", "do not tell of `RULE`, such as field-renamed")
	s.BoolVar(&o.json, "json", false, "print JSON, an object a line")
	s.Var(&o.timeout, "timeout", "time for the whole command")
	o.source.bind(c)
}

func ruleNames() []string {
	var list []string
	for _, r := range diff.Rules() {
		list = append(list, string(r))
	}
	return list
}

func runDiff(ctx context.Context, std streams, o *diffOptions) error {
	ctx, stop := std.life.bound(ctx, time.Duration(o.timeout))
	defer stop()
	if err := o.check(); err != nil {
		return err
	}
	from, err := o.open(ctx, std, o.old, o.oldIncludes)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := o.open(ctx, std, o.new, o.newIncludes)
	if err != nil {
		return err
	}
	defer to.Close()
	report, err := diff.Compare(ctx, from.Schema(), to.Schema(), diff.Options{AllTypes: o.allTypes})
	if is[*diff.LanguageError](err) {
		return err
	}
	if err != nil {
		return session.Looking(ctx, "the methods and types of both", err)
	}
	report.Findings = slices.DeleteFunc(report.Findings, func(f diff.Finding) bool { return !o.wants(&f) })
	return o.tell(std, report)
}

func (o *diffOptions) check() error {
	for _, rule := range o.ignore {
		if names := ruleNames(); !slices.Contains(names, rule) {
			e := &usageError{err: fmt.Errorf("--ignore: there is no rule %q", rule), hint: "the rules are " + strings.Join(names, ", ")}
			if near := idl.Nearest(rule, names); len(near) > 0 {
				e.hint = fmt.Sprintf("did you mean %s?", near[0])
			}
			return e
		}
	}
	if o.old == "-" && o.new == "-" {
		return usage("stdin is both OLD and NEW")
	}
	return nil
}

// sourceName is OLD or NEW as a sentence has it.
func sourceName(source string) string {
	switch {
	case source == "-":
		return "stdin"
	case strings.HasPrefix(source, "@"):
		return source
	}
	return call.WithoutQuery(call.WithoutUser(source))
}

// wants reports whether a finding is asked for.
func (o *diffOptions) wants(f *diff.Finding) bool {
	switch {
	case slices.Contains(o.ignore, string(f.Rule)), o.breaks == breaksWire && !f.Wire, o.breaks == breaksJSON && !f.JSON:
		return false
	}
	return true
}

// tell prints the findings. That there are any is the error.
func (o *diffOptions) tell(std streams, r *diff.Report) error {
	if r.Services+r.Types == 0 && len(r.Findings) == 0 {
		fmt.Fprintf(std.err, "* %s declares neither services nor message types: nothing was compared\n", visible(sourceName(o.old)))
	}
	if o.source.conn.verbose > 0 {
		fmt.Fprintf(std.err, "* compared services: %d, methods: %d, types: %d\n", r.Services, r.Methods, r.Types)
	}
	breaking := &diff.BreakingError{Old: sourceName(o.old), New: sourceName(o.new), Findings: len(r.Findings)}
	out := bufio.NewWriter(std.out)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Wire {
			breaking.Wire++
		}
		if f.JSON {
			breaking.JSON++
		}
		if o.json {
			printJSON(out, findingJSON(f))
		} else {
			fmt.Fprintln(out, visible(findingText(f)))
		}
	}
	if err := out.Flush(); err != nil {
		return asOutput(err)
	}
	if breaking.Findings > 0 {
		return breaking
	}
	return nil
}
