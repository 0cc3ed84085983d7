package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/shape"
)

func newTemplate(std streams, run func(context.Context, streams, *schemaOptions) error) *cobra.Command {
	o := &schemaOptions{}
	c := &cobra.Command{
		Use:   "template [TARGET] METHOD [flags]",
		Short: "Print a request skeleton in JSON",
		Long: `Print a request of METHOD with every field, to be filled in. METHOD may be a
message type too. Of a oneof the first field is shown; -v names the others.
`,
		Example: `  idlcall template --idl users.proto Users/Create --pretty > request.json
  idlcall template localhost:50051 Users/Create`,
		Args: arguments(0, "TARGET", "METHOD"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.arguments(c, args, "METHOD"); err != nil {
				return err
			}
			return run(c.Context(), std, o)
		},
	}
	o.bind(c)
	o.format.bindValues(c)
	o.format.bindLayout(c)
	c.Flags().BoolVar(&o.comments, "comments", false, "show type and comment of each field, as // comments, which JSON does not have: for people")
	c.Flags().BoolVar(&o.examples, "examples", false, "fill in values, not empty ones")
	if std.completing {
		o.completions(c, methodNames)
	}
	return c
}

func runTemplate(ctx context.Context, std streams, o *schemaOptions) error {
	return o.schema(ctx, std, func(ctx context.Context, s *session.Session) error {
		message, name, err := o.templateType(ctx, s)
		if err != nil {
			return err
		}
		text, err := format.Template(nil, message, o.templateOptions(ctx, s))
		if err != nil {
			return err
		}
		if o.conn.verbose > 0 {
			for _, note := range format.OneofNotes(message) {
				fmt.Fprintln(std.err, "*", visible(note))
			}
		}
		if err := o.idl.saveFrom(ctx, s, name); err != nil {
			return err
		}
		out := format.NewPrinter(std.out, &idl.Method{}, nil, o.format.style(std))
		out.PrintJSON(text)
		return asOutput(out.Flush())
	})
}

func (o *schemaOptions) templateOptions(ctx context.Context, s *session.Session) format.TemplateOptions {
	with := format.TemplateOptions{Options: o.format.options(nil), Examples: o.examples}
	if o.comments {
		with.Notes = notes{shape.NewNotes(ctx, s.Schema(), o.symbol)}.of
		o.format.pretty = true
	}
	return with
}

// templateType is the input of the method, or the message, that was named, and the
// full name of that.
func (o *schemaOptions) templateType(ctx context.Context, s *session.Session) (idl.Message, string, error) {
	method, err := s.Schema().Method(ctx, o.symbol)
	if err == nil {
		return method.Input, method.FullName(), nil
	}
	if noMethod, ok := errors.AsType[*idl.NotFoundError](err); ok {
		message, messageErr := s.Schema().Message(ctx, o.symbol)
		if messageErr == nil {
			return message, message.Name(), nil
		}
		// The symbol was meant as a type where there is more to say about that.
		noType, missing := errors.AsType[*idl.NotFoundError](messageErr)
		if !missing || len(noMethod.Nearest) == 0 && len(noType.Nearest) > 0 {
			return nil, "", session.Looking(ctx, "type "+o.symbol, messageErr)
		}
	}
	return nil, "", session.Looking(ctx, "method "+o.symbol, err)
}
