package cmd

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/mock"
)

// serveOptions is the command line of "serve".
type serveOptions struct {
	target  string
	listen  listenFlags
	idl     idlFlags
	conn    connFlags
	script  string
	random  bool
	seed    optionalSeed
	log     string
	record  string
	origins []string
	changed []string // flags that the command line has
}

const serveLong = `Serve every method of the IDL, without code. A method answers with the fields
that its request and its reply have in common, with what the rules of --script say, or with
--random values. With TARGET, the IDL is that of its reflection.

All clients are served on one port: gRPC (Protobuf, and Thrift as Kitex has it), gRPC-Web,
Connect, TTHeader, TTHeader streaming, framed and buffered Thrift, THeader, Thrift over HTTP,
Kitex Protobuf, with TLS or without. Reflection and grpc.health.v1 are there, too.

The script and the files of IDL are read again when they change. With --record, calls go to
TARGET, and FILE becomes a script that answers the same calls without it.
`

func newServe(std streams, run func(context.Context, streams, *serveOptions) error) *cobra.Command {
	o := &serveOptions{conn: connFlags{listens: true}}
	c := &cobra.Command{
		Use:   "serve [TARGET] [flags]",
		Short: "Serve IDL: a mock of every method, all protocols on one port",
		Long:  serveLong,
		Example: `  idlcall serve --idl shop.proto
  idlcall serve --idl shop.thrift --listen :8888 --script shop.yaml --log
  idlcall serve --idl api/ --random --seed 7 --self-signed=cert.pem
  idlcall serve localhost:50051 --listen :9000 --record calls.yaml`,
		Args: func(c *cobra.Command, args []string) error { return arguments(0, "TARGET")(c, args) },
		RunE: func(c *cobra.Command, args []string) error {
			given := typed(c.Flags())
			var err error
			if o.target, err = configured(c.Flags(), slices.Concat(args, []string{""})[0]); err != nil {
				return err
			}
			o.changed = given
			return run(c.Context(), std, o)
		},
	}
	o.listen.bind(c)
	o.idl.bindServed(c)
	o.conn.bind(c)
	o.conn.thrift.bindProtocol(c, "binary", "compact", "json")
	s := c.Flags()
	s.StringVar(&o.script, "script", "", "`FILE` of rules that say how methods answer (YAML; see 'idlcall help mock')")
	s.BoolVar(&o.random, "random", false, "answer methods without a rule with random values that fit the IDL")
	s.Var(&o.seed, "seed", "`NUMBER` that random values depend on, beside the request (default: another each time)")
	s.StringVar(&o.log, "log", "", "print each call as a line of JSON when it has ended; =`FILE` appends it there")
	s.Lookup("log").NoOptDefVal = "-"
	s.StringVar(&o.record, "record", "", "have TARGET answer, and write `FILE`, a script that answers as it did")
	listVar(s, &o.origins, "cors", "", "`ORIGIN` of the web whose pages may read answers, or * for all (default: those of this machine)")
	if std.completing {
		completeServe(c, o)
	}
	return c
}

// completeServe completes the values of flags.
func completeServe(c *cobra.Command, o *serveOptions) {
	k := &completer{c: c, conn: &o.conn, idl: &o.idl}
	k.register()
	c.ValidArgsFunction = k.targets
}

func (o *serveOptions) check() error {
	switch {
	case o.record != "" && o.target == "":
		return usage("--record without a TARGET to answer")
	case o.record != "" && o.random:
		return usage("--record: it is TARGET that answers, which contradicts --random")
	case o.seed.given && !o.random:
		return usage("--seed without --random")
	case o.script == "-":
		return usage("--script -: it is read again when it changes, so that it has to be a file")
	}
	for _, origin := range o.origins {
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	for _, name := range o.changed {
		if o.target == "" && slices.Contains(ofTarget[:], name) {
			return usage("--%s says how to reach a TARGET, and there is none", name)
		}
	}
	return o.listen.check()
}

// ofTarget are the flags that have a meaning only where there is a TARGET.
var ofTarget = [...]string{
	"transport", "tls", "plaintext", "insecure", "cacert", "servername", "authority", "http2", "proxy", "compress", "connect-timeout", "wait", "retry", "retry-delay",
	"keepalive", "header", "header-command", "expand-headers", "protocol", "reflect", "reflect-header", "refresh", "cache-time",
}

// checkOrigin refuses what no browser sends as an origin.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if origin == "*" || err == nil && u.Scheme != "" && u.Host != "" && u.Path == "" && !strings.Contains(origin, ",") {
		return nil
	}
	return usage("--cors %s: want an origin like https://shop.example, or *; the flag may be repeated", origin)
}

// runServe serves until a signal comes. The script and the IDL are sound before anything
// listens.
func runServe(ctx context.Context, std streams, o *serveOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	hard, draining, stop := o.listen.stages(ctx)
	defer stop()
	out, err := o.openLog(std)
	if err != nil {
		return err
	}
	defer out.close()
	b, err := o.backend(hard, std, out)
	if err != nil {
		return err
	}
	defer b.close()
	server := &serve.Server{
		Find: b.mock.Find, MaxMessage: int64(o.conn.maxSize), Origin: o.allows, Draining: draining,
		Ended: func(from net.Addr, err error) { out.connection(from, err) },
	}
	if server.TLS, err = o.listen.tls(); err != nil {
		return err
	}
	l, err := o.listen.listen(ctx, std)
	if err != nil {
		return err
	}
	go b.watch(draining)
	if err := server.Serve(hard, l); err != nil {
		return &listenError{o.listen.address, err}
	}
	return b.save()
}

// allows reports whether pages of an origin may read answers.
func (o *serveOptions) allows(origin string) bool {
	if len(o.origins) == 0 {
		return isLocalOrigin(origin)
	}
	return slices.Contains(o.origins, "*") || slices.Contains(o.origins, origin)
}

// options are those of the mock.
func (o *serveOptions) options(out *callLog) mock.Options {
	m := mock.Options{Random: o.random, Seed: o.seed.value}
	if o.random && !o.seed.given {
		m.Seed = uint64(time.Now().UnixNano())
	}
	if o.log != "" {
		m.Log = out.call
	}
	return m
}

// values is how JSON is written and read: as in scripts.
func (o *serveOptions) values() format.Options { return format.Options{Int64: format.Int64Number} }

// openLog opens what --log names.
func (o *serveOptions) openLog(std streams) (*callLog, error) {
	switch o.log {
	case "", "-":
		return newCallLog(std, nil, o.conn.secrets), nil
	}
	f, err := os.OpenFile(o.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, usage("--log: %w", err)
	}
	return newCallLog(std, f, o.conn.secrets), nil
}

// optionalSeed is a number that is known to be given or not.
type optionalSeed struct {
	value uint64
	given bool
}

func (s *optionalSeed) Type() string   { return "number" }
func (s *optionalSeed) String() string { return "" }

func (s *optionalSeed) Set(text string) error {
	var err error
	if s.value, err = strconv.ParseUint(text, 10, 64); err != nil {
		return fmt.Errorf("want a number from 0")
	}
	s.given = true
	return nil
}
