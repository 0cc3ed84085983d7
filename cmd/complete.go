package cmd

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
)

// completionTimeout bounds how long a Tab may ask a server.
const completionTimeout = 2 * time.Second

// nameFunc lists what an argument may be, each with an optional description
// behind a tab.
type nameFunc func(ctx context.Context, s *session.Session) ([]string, error)

func serviceNames(ctx context.Context, s *session.Session) ([]string, error) {
	return s.Schema().Services(ctx)
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

// complete offers the names that begin with prefix, from what the flags on the
// line so far give access to. Completion never fails: without an answer it
// offers nothing.
func complete(ctx context.Context, names nameFunc, prefix, target string, i *idlFlags, c *connFlags) ([]string, cobra.ShellCompDirective) {
	const nothingElse = cobra.ShellCompDirectiveNoFileComp
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionTimeout)
	defer cancel()
	i.cache.offering = true
	s, err := open(ctx, streams{err: io.Discard}, target, i, c, format.Options{})
	if err != nil {
		return nil, nothingElse
	}
	defer s.Close()
	found, err := names(ctx, s)
	if err != nil {
		return nil, nothingElse
	}
	return slices.DeleteFunc(found, func(name string) bool { return !strings.HasPrefix(name, prefix) }), nothingElse
}

// completeChoices offers the words of the flags that have a fixed set of them.
func completeChoices(c *cobra.Command) {
	fixed := func(name string, words []string) {
		_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if v, ok := f.Value.(choice); ok {
			fixed(f.Name, v.choices)
		}
	})
	if c.Flags().Lookup("output") != nil {
		fixed("output", []string{"json", "text", "binary", "envelope"})
	}
	if c.Flags().Lookup("binary") != nil {
		fixed("binary", []string{"base64", "hex", "text"})
	}
}
