package cmd

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// schemaOptions is the command line of the commands that only read IDL.
type schemaOptions struct {
	symbol, target string
	json, recurse  bool
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
	completeChoices(c)
}

// completion offers names for the one argument.
func (o *schemaOptions) completion(names nameFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		_ = fromEnvironment(c.Flags()) // completion never fails
		return complete(c.Context(), names, prefix, o.target, &o.idl, &o.conn)
	}
}

// schema runs f with the schema that the flags name.
func (o *schemaOptions) schema(ctx context.Context, std streams, f func(context.Context, *handle) error) error {
	ctx, stop := interruptible(ctx)
	defer stop()
	request := requestFlags{timeout: o.timeout}
	ctx, cancel := request.context(ctx)
	defer cancel()
	s, err := open(ctx, std, o.target, &o.idl, &o.conn)
	if err != nil {
		return err
	}
	defer s.close()
	return f(ctx, s)
}

func newList(std streams, run func(context.Context, streams, *schemaOptions) error) *cobra.Command {
	o := &schemaOptions{}
	c := &cobra.Command{
		Use:   "list [SERVICE] [flags]",
		Short: "List services, or the methods of one",
		Example: `  idlcall list --idl api/
  idlcall list --target localhost:50051
  idlcall list --target localhost:50051 grpc.health.v1.Health`,
		Args: arguments(0, "SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.symbol = first(args)
			return run(c.Context(), std, o)
		},
		ValidArgsFunction: o.completion(serviceNames),
	}
	o.bind(c)
	c.Flags().BoolVar(&o.json, "json", false, "print JSON, an object a line")
	return c
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func runList(ctx context.Context, std streams, o *schemaOptions) error {
	return o.schema(ctx, std, func(ctx context.Context, s *handle) error {
		out := bufio.NewWriter(std.out)
		var err error
		if o.symbol == "" {
			err = o.listServices(ctx, s, out)
		} else {
			err = o.listMethods(ctx, s, out)
		}
		if err != nil {
			return err
		}
		return asOutput(out.Flush())
	})
}

func (o *schemaOptions) listServices(ctx context.Context, s *handle, out io.Writer) error {
	services, err := s.schema.Services(ctx)
	if err != nil {
		return looking(ctx, "services", err)
	}
	for _, name := range services {
		if o.json {
			printJSON(out, map[string]string{"service": name})
		} else {
			fmt.Fprintln(out, name)
		}
	}
	return s.save(ctx, o.idl.save, services...)
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

func (o *schemaOptions) listMethods(ctx context.Context, s *handle, out io.Writer) error {
	methods, err := s.schema.Methods(ctx, o.symbol)
	if err != nil {
		return looking(ctx, "service "+o.symbol, err)
	}
	for _, m := range methods {
		if o.json {
			printJSON(out, methodJSON{m.FullName(), m.Type.String(), m.Input.Name(), m.Output.Name(), m.Type.ClientStreams(), m.Type.ServerStreams(), m.Oneway})
		} else {
			fmt.Fprintln(out, m.FullName())
		}
	}
	return s.save(ctx, o.idl.save, o.symbol)
}

func printJSON(out io.Writer, v any) {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the writer is a buffer whose Flush reports errors
}
