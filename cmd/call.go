package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/session"
)

// callOptions is the command line of "call".
type callOptions struct {
	target, method string
	idl            idlFlags
	conn           connFlags
	request        requestFlags
	format         formatFlags
	dialect        dialectFlags
	eventsFile     string
	flags          *pflag.FlagSet // for advice
}

const callLong = `Call one method: unary, client streaming, server streaming, bidi or oneway.

Requests are JSON documents: one on a line, run together, or spread over lines.
Without -d, a method whose client side streams reads them from stdin; any other
sends an empty message. Each reply is printed as a line of JSON when it arrives.
`

const callExample = `  idlcall call demo ServerStream/Pow -d '{"number": 2}'
  idlcall call demo ClientStream/Sum -d '{"data": 1} {"data": 2}'
  idlcall call --tls api.example.com:443 pkg.Users/Get -d @request.json -H 'authorization: Bearer x'
  idlcall call --idl shop.thrift localhost:8888 Shop/Buy -d '{"items": [{"name": "hat"}]}'
  tail -f log.ndjson | idlcall call --idl log.proto localhost:50051 Logs/Send`

func newCall(std streams, run func(context.Context, streams, *callOptions) error) *cobra.Command {
	o := &callOptions{}
	for _, e := range []*expression{&o.format.filter.filter, &o.request.until, &o.request.expect} {
		e.inside = std.inside
	}
	c := &cobra.Command{
		Use:     "call TARGET METHOD [flags]",
		Short:   "Call a method",
		Long:    callLong,
		Example: callExample,
		Args:    arguments(2, "TARGET", "METHOD"),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.target, err = configured(c.Flags(), args[0]); err != nil {
				return err
			}
			if err := o.dialect.handOver(std); err != nil {
				return err
			}
			o.method, o.flags = undotted(args[1]), c.Flags()
			o.request.dataGiven = c.Flags().Changed("data")
			if o.format.file == "-" {
				o.format.file = "" // stdout, as for curl
			}
			return run(c.Context(), std, o)
		},
	}
	o.bind(c)
	if std.completing {
		o.completions(c)
	}
	return c
}

func (o *callOptions) bind(c *cobra.Command) {
	o.idl.bind(c)
	o.conn.bind(c)
	o.conn.bindConnect(c)
	o.conn.thrift.bind(c)
	o.request.bind(c)
	o.format.bindValues(c)
	o.dialect.bind(c)
	o.format.bindLayout(c)
	o.format.bindOutput(c)
	o.format.filter.bind(c)
	c.Flags().StringVar(&o.eventsFile, "events", "", "write what happens to `FILE`, or - for stderr, as a line of JSON each: start, dial, tls, requestHeader, sent, halfClose, firstByte, responseHeader, received, trailer, warning, finish, error")
}

// completions offers targets, then methods.
func (o *callOptions) completions(c *cobra.Command) {
	k := &completer{c, &o.idl, &o.conn, first}
	k.register()
	c.ValidArgsFunction = func(c *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return k.targets(c, args, prefix)
		case 1:
			return k.names(methodNames, args[0], prefix)
		}
		return nil, onlyThese
	}
}

func runCall(ctx context.Context, std streams, o *callOptions) error {
	ctx, stop := std.life.bound(ctx, time.Duration(o.request.timeout))
	defer stop()
	if err := o.listen(std); err != nil {
		return err
	}
	o.conn.progress = newProgress(std, &o.conn)
	if std.inside != nil {
		defer context.AfterFunc(ctx, o.conn.progress.end)() // a line that is left behind shows none
	}
	err := o.run(ctx, std)
	o.conn.progress.end()
	o.conn.events.close(err)
	return err
}

// listen begins the events, if they are wanted.
func (o *callOptions) listen(std streams) error {
	switch {
	case o.eventsFile == "":
		return nil
	case o.isInput(o.eventsFile):
		return usage("--events %s is the file of the request", o.eventsFile)
	case o.format.file != "" && isSame(o.eventsFile, o.format.file):
		return usage("--events %s is the file of the replies (-o)", o.eventsFile)
	}
	var err error
	o.conn.events, err = newEvents(o.eventsFile, std, o.conn.secrets)
	std.life.lastWords(o.conn.events.close)
	return err
}

// run does what the command line says.
func (o *callOptions) run(ctx context.Context, std streams) error {
	values, err := o.options(std)
	if err != nil {
		return err
	}
	s, err := o.open(ctx, std, values)
	if err != nil {
		return err
	}
	defer s.Close()
	md, err := o.conn.metadata(ctx, std, o.request.rpcHeaders...)
	if err != nil {
		return err
	}
	method, err := o.resolve(ctx, s)
	if err != nil {
		return err
	}
	if err := o.check(method.Method); err != nil {
		if method = method.Renewed(); method == nil || o.check(method.Method) != nil {
			return err
		}
	}
	if err := o.idl.saveFrom(ctx, s, method.FullName()); err != nil {
		return err
	}
	rpc := method.RPC()
	rpc.Header = md
	if err := method.Prepare(rpc); err != nil {
		return err
	}
	std.inside.began(o, method, s, &rpc)
	return method.Detailed(o.drive(ctx, std, method, rpc))
}

// open prepares the session; --raw can do without a schema.
func (o *callOptions) open(ctx context.Context, std streams, values format.Options) (*session.Session, error) {
	o.conn.silentLimit = o.request.silentLimit()
	if !o.isRaw() || o.idl.given() || o.idl.reflect.given || o.target == demoTarget {
		return open(ctx, std, o.target, &o.idl, &o.conn, values)
	}
	options, err := o.conn.session(std, o.target)
	if err != nil {
		return nil, err
	}
	options.NoIDL = true
	return std.session(ctx, options)
}

// resolve finds the method. Without IDL, --raw takes it as it is named.
func (o *callOptions) resolve(ctx context.Context, s *session.Session) (*session.Method, error) {
	if s.Schema() != nil {
		return s.Method(ctx, o.method)
	}
	m, err := o.rawMethod(s.Chosen())
	if err != nil {
		return nil, err
	}
	return s.Bind(m), nil
}

// options are those of the codec.
func (o *callOptions) options(std streams) (format.Options, error) {
	warn := warner(std.err)
	options := o.format.options(func(message string) {
		warn(message)
		o.conn.events.warning(message)
	})
	options.IgnoreUnknown = o.request.unknown == "ignore"
	if o.conn.verbose > 0 {
		options.Skipped = func(name string, unknown, mistyped int) {
			tellSkipped(std.err, name, unknown, "that the IDL does not have")
			tellSkipped(std.err, name, mistyped, "of another wire type than the IDL has")
		}
	}
	if err := o.format.filter.prepare(); err != nil {
		return options, err
	}
	values, err := pairs("--base", o.request.base)
	for _, v := range values {
		options.Base = append(options.Base, format.BaseValue{Path: v.Name, Value: v.Value})
	}
	if err != nil || o.isRaw() {
		return options, err
	}
	return options, o.dialect.fill(&options, std, &o.idl, o.conn.thrift.protocol, o.flags.Changed("binary"))
}

// tellSkipped says how many fields of a reply are not shown, and why.
func tellSkipped(w io.Writer, name string, fields int, why string) {
	switch fields {
	case 0:
	case 1:
		fmt.Fprintf(w, "* %s: 1 field %s\n", visible(name), why)
	default:
		fmt.Fprintf(w, "* %s: %d fields %s\n", visible(name), fields, why)
	}
}

// isSame reports whether two names are those of one file, which need not exist yet.
func isSame(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	return os.SameFile(infoA, infoB)
}

func (o *callOptions) readsStdin(m *idl.Method) bool {
	if o.request.dataGiven {
		return o.request.data == "@" || o.request.data == "@-"
	}
	return (m.Type.ClientStreams() || o.request.each) && !o.onlyFields()
}
