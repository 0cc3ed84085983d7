package cmd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
)

func newDescribe(std streams, run func(context.Context, streams, *schemaOptions) error) *cobra.Command {
	o := &schemaOptions{}
	c := &cobra.Command{
		Use:   "describe [TARGET] [SYMBOL] [flags]",
		Short: "Show a service, method, type, field or enum as IDL",
		Long: `Show a symbol as text of its IDL: a service, method, message, enum, field, oneof,
enum value or extension, with its comments. Without SYMBOL, all that the files of --idl
declare, or all services of a server.
`,
		Example: `  idlcall describe --idl echo.proto pkg.Echo
  idlcall describe localhost:50051 pkg.Echo/Call -r`,
		Args: arguments(0, "TARGET", "SYMBOL"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.arguments(c, args, ""); err != nil {
				return err
			}
			return run(c.Context(), std, o)
		},
	}
	o.bind(c)
	c.Flags().BoolVar(&o.json, "json", false, "print JSON, an object a line")
	c.Flags().BoolVarP(&o.recurse, "recursive", "r", false, "show the types that it refers to as well")
	if std.completing {
		o.completions(c, typeNames)
	}
	return c
}

func runDescribe(ctx context.Context, std streams, o *schemaOptions) error {
	return o.schema(ctx, std, func(ctx context.Context, s *session.Session) error {
		symbols := []string{o.symbol}
		if o.symbol == "" {
			ask := s.Schema().Services
			if o.idl.given() {
				ask = s.Schema().Symbols
			}
			var err error
			if symbols, err = ask(ctx); err != nil {
				return session.Looking(ctx, "symbols", err)
			}
			if len(symbols) == 0 {
				fmt.Fprintln(std.err, "* the IDL declares nothing")
			}
		}
		out := bufio.NewWriter(std.out)
		broken := &idl.BrokenError{}
		err := o.describeAll(ctx, s, out, symbols, broken)
		if err == nil {
			err = o.idl.saveFrom(ctx, s, symbols...)
		}
		if err == nil && len(broken.Symbols) > 0 {
			err = broken
		}
		return flushed(out, err)
	})
}

// describeAll prints symbols and, if wanted, what they refer to, each once: what
// is declared inside of something is shown with it. Of several that nobody named,
// those that are broken hide no other.
func (o *schemaOptions) describeAll(ctx context.Context, s *session.Session, out io.Writer, symbols []string, broken *idl.BrokenError) error {
	shown, around := map[string]bool{}, map[string]bool{}
	asked, printed := len(symbols), 0
	for i := 0; i < len(symbols); i++ {
		if shown[symbols[i]] || i >= asked && declaredIn(symbols[i], around) {
			continue
		}
		shown[symbols[i]] = true
		d, err := s.Schema().Describe(ctx, symbols[i])
		switch {
		case err != nil && (o.symbol != "" || ctx.Err() != nil || isConnection(err) || is[*idl.ParseError](err)):
			return session.Looking(ctx, "symbol "+symbols[i], err)
		case err != nil:
			broken.Add(symbols[i], err)
			continue
		}
		shown[d.Name] = true // it may have been asked for by a shorter name
		switch {
		case o.json:
			printJSON(out, d.Value)
		case printed > 0:
			fmt.Fprintf(out, "\n%s", visibleLines(d.Text))
		default:
			fmt.Fprint(out, visibleLines(d.Text))
		}
		printed++
		if !o.recurse {
			continue
		}
		symbols = append(symbols, d.Refers...)
		if e, isProto := d.Value.(*idl.Element); isProto {
			enclose(e, d.Refers, shown, around)
		}
	}
	return nil
}

// enclose notes the types that have been shown, or will be, with all that is
// declared inside.
func enclose(e *idl.Element, refers []string, shown, around map[string]bool) {
	for _, name := range refers {
		around[name] = true
	}
	if e.Kind == "message" {
		around[e.Name] = true
	}
	if e.Kind == "file" {
		for _, inside := range slices.Concat(e.Messages, e.Enums) {
			shown[inside.Name], around[inside.Name] = true, true
		}
	}
}

// declaredIn reports whether a type is declared inside one of others.
func declaredIn(name string, others map[string]bool) bool {
	for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		if others[name[:i]] {
			return true
		}
	}
	return false
}
