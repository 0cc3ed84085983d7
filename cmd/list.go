package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// schemaOptions is the command line of the commands that only read IDL.
type schemaOptions struct {
	symbol, target string
	json, recurse  bool
	comments       bool // of template, as is examples
	examples       bool
	idl            idlFlags
	conn           connFlags
	format         formatFlags
	timeout        duration
}

func (o *schemaOptions) bind(c *cobra.Command) {
	o.idl.bind(c)
	o.conn.bind(c)
	c.Flags().StringVar(&o.target, "target", "", "server `TARGET` whose reflection to ask")
	c.Flags().Var(&o.timeout, "timeout", "time for the whole command")
}

// arguments takes TARGET and the symbol called what, as far as they are there: a word alone
// is a target where it looks like one. The configuration counts from then on.
func (o *schemaOptions) arguments(c *cobra.Command, args []string, what string) error {
	if len(args) == 2 || len(args) == 1 && o.isTarget(args[0]) {
		if o.target != "" {
			return usage("%s and --target %s: there is one server", args[0], o.target)
		}
		o.target, args = args[0], args[1:]
	}
	o.symbol = undotted(first(args))
	var err error
	o.target, err = configured(c.Flags(), o.target)
	if err == nil && o.symbol == "" && what != "" {
		err = &usageError{err: errors.New("missing " + what), hint: "usage: " + c.UseLine()}
	}
	return err
}

// isTarget reports whether a word that may be a symbol names a server. A symbol has a colon
// only behind the name of a file, and where there is no other IDL a word is rather a server.
func (o *schemaOptions) isTarget(word string) bool {
	alone := o.target == "" && !o.idl.given()
	_, err := call.ParseTargets(word)
	return strings.HasPrefix(word, "@") || err == nil && word != demoTarget || alone && (word == demoTarget || strings.Contains(word, ":"))
}

// completions offers targets, and names of what the target or the IDL has; nil names are
// offered by no argument.
func (o *schemaOptions) completions(c *cobra.Command, names nameFunc) {
	k := &completer{c: c, idl: &o.idl, conn: &o.conn}
	k.target = func(args []string) string {
		if o.target == "" && len(args) > 0 && o.isTarget(args[0]) {
			return args[0]
		}
		return o.target
	}
	k.register()
	c.ValidArgsFunction = func(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		target := k.target(args)
		var list []string
		if len(args) == 0 && target == "" {
			list, _ = k.targets(c, args, prefix)
		}
		if names != nil && (len(args) == 0 && (target != "" || o.idl.given()) || len(args) == 1 && target == args[0]) {
			more, _ := k.names(names, target, prefix)
			list = append(list, more...)
		}
		return list, onlyThese
	}
}

// schema runs f with the schema that the flags name.
func (o *schemaOptions) schema(ctx context.Context, std streams, f func(context.Context, *session.Session) error) error {
	ctx, stop := std.life.bound(ctx, time.Duration(o.timeout))
	defer stop()
	s, err := open(ctx, std, o.target, &o.idl, &o.conn, format.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	return f(ctx, s)
}

func newList(std streams, run func(context.Context, streams, *schemaOptions) error) *cobra.Command {
	o := &schemaOptions{}
	c := &cobra.Command{
		Use:   "list [TARGET] [SERVICE] [flags]",
		Short: "List services, or the methods of one",
		Example: `  idlcall list --idl api/
  idlcall list localhost:50051
  idlcall list localhost:50051 grpc.health.v1.Health`,
		Args: arguments(0, "TARGET", "SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.arguments(c, args, ""); err != nil {
				return err
			}
			return run(c.Context(), std, o)
		},
	}
	o.bind(c)
	c.Flags().BoolVar(&o.json, "json", false, "print JSON, an object a line")
	if std.completing {
		o.completions(c, serviceNames)
	}
	return c
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func runList(ctx context.Context, std streams, o *schemaOptions) error {
	return o.schema(ctx, std, func(ctx context.Context, s *session.Session) error {
		out := bufio.NewWriter(std.out)
		var err error
		if o.symbol == "" {
			err = o.listServices(ctx, s, std, out)
		} else {
			err = o.listMethods(ctx, s, out)
		}
		return flushed(out, err)
	})
}

// flushed writes what a command has printed, unless it failed altogether.
func flushed(out *bufio.Writer, err error) error {
	if err != nil && !is[*idl.BrokenError](err) {
		return err
	}
	if failed := out.Flush(); failed != nil {
		return asOutput(failed)
	}
	return err
}

func (o *schemaOptions) listServices(ctx context.Context, s *session.Session, std streams, out io.Writer) error {
	services, err := s.Schema().Services(ctx)
	if err != nil {
		return session.Looking(ctx, "services", err)
	}
	if len(services) == 0 {
		where := "the IDL has no services"
		if !o.idl.given() {
			where = "the server's reflection lists no services"
		}
		fmt.Fprintln(std.err, "*", where)
	}
	for _, name := range services {
		if o.json {
			printJSON(out, map[string]string{"service": name})
		} else {
			fmt.Fprintln(out, visible(name))
		}
	}
	return o.idl.saveFrom(ctx, s, services...)
}

// methodJSON is one line of list --json.
type methodJSON struct {
	Method          string `json:"method"`
	Type            string `json:"type"`
	Input           string `json:"input"`
	Output          string `json:"output"`
	ClientStreaming bool   `json:"clientStreaming"`
	ServerStreaming bool   `json:"serverStreaming"`
	Oneway          bool   `json:"oneway,omitempty"`
}

func (o *schemaOptions) listMethods(ctx context.Context, s *session.Session, out io.Writer) error {
	methods, err := s.Schema().Methods(ctx, o.symbol)
	if err != nil {
		return session.Looking(ctx, "service "+o.symbol, err)
	}
	for _, m := range methods {
		if o.json {
			printJSON(out, methodJSON{m.FullName(), m.Type.String(), m.Input, m.Output, m.Type.ClientStreams(), m.Type.ServerStreams(), m.Oneway})
		} else {
			fmt.Fprintln(out, visible(m.FullName()))
		}
	}
	return o.idl.saveFrom(ctx, s, o.symbol)
}

// printJSON writes a line of JSON to a writer whose errors show elsewhere, as
// those of a bufio.Writer do in Flush.
func printJSON(out io.Writer, v any) { _, _ = out.Write(lineJSON(v)) }

// lineJSON is a value of strings, numbers and bools as a line of JSON.
func lineJSON(v any) []byte {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // such values always marshal
	return terminal.EscapeJSON(line.Bytes())
}
