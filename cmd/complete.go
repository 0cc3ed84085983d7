package cmd

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/fields"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/shell"
)

// completionTimeout bounds how long a Tab may ask a server.
const completionTimeout = time.Second

const onlyThese = cobra.ShellCompDirectiveNoFileComp

// completer offers words for a command whose flags say where IDL and server are. It never
// fails: without an answer it offers nothing.
type completer struct {
	c    *cobra.Command
	idl  *idlFlags // nil where the command has none
	conn *connFlags
	// target finds TARGET among the arguments.
	target func(args []string) string
}

// register sets what flags offer. That costs every start, so that only Tab does it.
func (k *completer) register() {
	offer := func(name string, f cobra.CompletionFunc) { _ = k.c.RegisterFlagCompletionFunc(name, f) }
	k.c.Flags().VisitAll(func(f *pflag.Flag) {
		switch choices, isChoice := f.Value.(choice); {
		case isChoice:
			offer(f.Name, cobra.FixedCompletions(choices.choices, onlyThese))
		case wordsOf(f) != nil:
			offer(f.Name, cobra.FixedCompletions(wordsOf(f), onlyThese))
		case f.Name == "target":
			offer(f.Name, k.targets)
		case f.Name == "service":
			offer(f.Name, k.named(serviceNames))
		case f.Name == "type":
			offer(f.Name, k.named(typeNames))
		case f.Name == "field":
			offer(f.Name, k.fields)
		case slices.Contains(atFileFlags, f.Name):
			offer(f.Name, atFiles)
		case slices.Contains(fileFlags, f.Name) || f.Name == "config" || f.Name == "junit": // as shells do it
		case f.NoOptDefVal == "":
			offer(f.Name, cobra.NoFileCompletions)
		}
	})
}

// wordsOf are the values of a flag that has few, but is no choice.
func wordsOf(f *pflag.Flag) []string {
	switch f.Name {
	case "transport":
		return transportNames()
	case "protocol":
		return []string{"binary", "compact", "json"}
	case "output":
		return []string{"json", "text", "binary", "envelope"}
	case "binary":
		return []string{"base64", "hex", "text"}
	case "int64":
		return []string{"number", "string"}
	case "raw":
		return []string{"binary", "hex", "base64"}
	case "ignore":
		return ruleNames()
	case "reflect":
		return []string{"v1", "v1alpha"}
	}
	return nil
}

// targets offers what may be called by a name.
func (k *completer) targets(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	list := append([]string{demoTarget + "\tserver inside the process"}, savedTargets(k.c.Flags())...)
	return beginning(list, prefix), onlyThese
}

// oneTarget is targets for a command with nothing behind its server.
func (k *completer) oneTarget(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, onlyThese
	}
	return k.targets(c, args, prefix)
}

// nameFunc lists what an argument may be, each with an optional description
// behind a tab.
type nameFunc func(ctx context.Context, s *session.Session) ([]string, error)

func serviceNames(ctx context.Context, s *session.Session) ([]string, error) {
	return s.Schema().Services(ctx)
}

func typeNames(ctx context.Context, s *session.Session) ([]string, error) {
	return s.Schema().Symbols(ctx)
}

func methodNames(ctx context.Context, s *session.Session) ([]string, error) {
	services, err := s.Schema().Services(ctx)
	var names []string
	for _, service := range services {
		methods, err := s.Schema().Methods(ctx, service)
		if err != nil {
			continue // the others are still worth offering
		}
		for _, m := range methods {
			names = append(names, m.FullName()+"\t"+m.Type.String())
		}
	}
	return names, err
}

// named offers names, for a flag.
func (k *completer) named(names nameFunc) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		return k.names(names, k.target(args), prefix)
	}
}

// names offers names from what the flags on the line so far give access to.
func (k *completer) names(names nameFunc, target, prefix string) ([]string, cobra.ShellCompDirective) {
	var list []string
	k.ask(target, func(ctx context.Context, s *session.Session) {
		list, _ = names(ctx, s)
	})
	if prefix != "" && !slices.ContainsFunc(list, func(name string) bool { return strings.HasPrefix(name, prefix) }) {
		return endings(list, prefix), onlyThese
	}
	return beginning(list, prefix), onlyThese
}

// endings are the parts of names, behind a dot or a slash, that begin with prefix: users may
// type them, too.
func endings(list []string, prefix string) []string {
	var short []string
	for _, item := range list {
		name, _, _ := strings.Cut(item, "\t")
		for at := range len(name) {
			if (name[at] == '.' || name[at] == '/') && strings.HasPrefix(name[at+1:], prefix) {
				short = append(short, item[at+1:])
				break
			}
		}
	}
	return short
}

// ask opens a session for a short time.
func (k *completer) ask(target string, f func(context.Context, *session.Session)) {
	ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
	defer cancel()
	_ = fromEnvironment(k.c.Flags())
	target, err := configured(k.c.Flags(), target)
	if err != nil || k.idl == nil {
		return
	}
	k.idl.cache.offering = true
	k.conn.retry, k.conn.retryDelay, k.conn.wait, k.conn.verbose = 0, optionalDuration{}, 0, 0
	k.conn.helper.command = "" // Tab runs nothing
	s, err := open(ctx, streams{err: io.Discard}, target, k.idl, k.conn, format.Options{})
	if err != nil {
		return
	}
	defer s.Close()
	f(ctx, s)
}

// fields offers what may follow in PATH=VALUE.
func (k *completer) fields(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if at := strings.Index(prefix, "=@"); at >= 0 {
		return filesAfter(prefix[:at+2], prefix[at+2:])
	}
	if len(args) < 2 {
		return nil, onlyThese
	}
	var found []fields.Candidate
	k.ask(k.target(args), func(ctx context.Context, s *session.Session) {
		var m *idl.Method
		m, err := s.Schema().Method(ctx, undotted(args[1]))
		if err == nil {
			found = fields.Complete(m.Input, prefix)
		}
	})
	directive := onlyThese
	var list []string
	for _, candidate := range found {
		if strings.ContainsAny(candidate.Text[len(candidate.Text)-1:], "=.[") {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		list = append(list, candidate.Text+"\t"+candidate.Note)
	}
	return list, directive
}

// atFiles offers files behind "@".
func atFiles(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if name, isFile := strings.CutPrefix(prefix, "@"); isFile {
		return filesAfter("@", name)
	}
	return nil, onlyThese
}

// filesAfter offers files behind what stands before them in the word, which no shell does.
func filesAfter(before, name string) ([]string, cobra.ShellCompDirective) {
	files, err := shell.Files(name)
	if err != nil {
		return nil, onlyThese
	}
	directive := onlyThese
	var list []string
	for _, path := range files {
		if strings.HasSuffix(path, "/") {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		list = append(list, before+path)
	}
	return list, directive
}
