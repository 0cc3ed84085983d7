package cmd

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/session"
)

// httpOptions is the command line of "http".
type httpOptions struct {
	target, url string
	listen      listenFlags
	request     httpRequestFlags
	idl         idlFlags
	conn        connFlags
	format      formatFlags
	dialect     dialectFlags
	rpcHeaders  []string
	timeout     duration
	unknown     string
	openapi     bool
	include     bool
	origins     []string
	pass        []string
	flags       *pflag.FlagSet
}

const httpLong = `Make an HTTP request of which the IDL says what it calls: api.get, api.query and their
kin in Thrift, google.api.http in Protobuf. TARGET is the RPC server; URL is a path with its
query, or a whole URL, of which only these count. The answer is what an HTTP client would get.

With --listen, it is a gateway: an HTTP server in front of TARGET. --openapi prints the
OpenAPI document of what the IDL has, and a gateway serves it at ` + gateway.OpenAPIPath + `.

A query may have names that no field has; keys of a body that are unknown are an error.
`

const httpExample = `  idlcall http --idl shop.thrift localhost:8888 '/items/7?fields=name,price' -H 'token: 1'
  idlcall http --idl library.proto localhost:50051 /v1/shelves -d '{"theme": "history"}' -i
  idlcall http --idl library.proto localhost:50051 -X DELETE /v1/shelves/3
  idlcall http --idl library.proto localhost:50051 --listen :8080 --openapi
  idlcall http --idl library.proto --openapi > openapi.json`

func newHTTP(std streams, run func(context.Context, streams, *httpOptions) error) *cobra.Command {
	o := &httpOptions{unknown: "error"}
	c := &cobra.Command{
		Use:     "http TARGET URL [flags]",
		Short:   "Call as the HTTP annotations of the IDL say, or be a gateway",
		Long:    httpLong,
		Example: httpExample,
		Args:    func(c *cobra.Command, args []string) error { return o.arguments(c, args) },
		RunE: func(c *cobra.Command, args []string) error {
			args = append(args, "", "")
			var err error
			if o.target, err = configured(c.Flags(), args[0]); err != nil {
				return err
			}
			if err := o.dialect.handOver(std); err != nil {
				return err
			}
			o.url, o.flags = args[1], c.Flags()
			return run(c.Context(), std, o)
		},
	}
	o.request.bind(c)
	o.listen.bindBeside(c)
	c.Flags().Lookup("listen-cert").Usage = "--listen: `FILE` of the certificate of this server (PEM), which then speaks HTTPS only"
	o.idl.bind(c)
	o.conn.bind(c)
	o.conn.thrift.bind(c)
	o.format.bindValues(c)
	o.dialect.bind(c)
	s := c.Flags()
	s.Lookup("header").Usage = "header `'NAME: VALUE'` of the HTTP request, or @FILE with one a line"
	listVar(s, &o.rpcHeaders, "rpc-header", "", "header `'NAME: VALUE'` of the RPC")
	s.Var(&o.timeout, "timeout", "time for the whole call, with --listen for each; the server is told")
	s.Var(choice{&o.unknown, []string{"error", "ignore"}}, "unknown-fields", "what to do about unknown keys in a body")
	s.BoolVarP(&o.include, "show-headers", "i", false, "print the status line and the headers of the answer, too")
	s.StringVarP(&o.format.file, "out", "o", "", "write the answer to `FILE`; - is stdout")
	o.format.bindLayout(c)
	s.BoolVar(&o.openapi, "openapi", false, "print the OpenAPI document, or serve it with --listen")
	listVar(s, &o.pass, "pass-header", "", "`NAME` of a header of requests that becomes metadata of the RPC, as authorization and traceparent do")
	listVar(s, &o.origins, "cors", "", "--listen: `ORIGIN` of pages that may call from a browser, or * for all (default: none)")
	if std.completing {
		k := &completer{c: c, idl: &o.idl, conn: &o.conn}
		k.register()
		c.ValidArgsFunction = k.oneTarget
	}
	return c
}

// arguments depend on what there is to do.
func (o *httpOptions) arguments(c *cobra.Command, args []string) error {
	switch {
	case o.listen.address != "":
		return arguments(1, "TARGET")(c, args)
	case o.openapi:
		return arguments(0, "TARGET")(c, args)
	}
	return arguments(2, "TARGET", "URL")(c, args)
}

// check refuses flags that have nothing to be for.
func (o *httpOptions) check() error {
	serves := o.listen.address != ""
	for _, name := range []string{"request", "data", "data-urlencode", "form", "cookie", "get", "show-headers", "out", "header"} {
		if o.flags.Changed(name) && (serves || o.openapi && name != "out" && name != "header") {
			return usage("--%s is of one request, and there is none", name)
		}
	}
	for _, name := range []string{"cors", "listen-cert", "listen-key", "self-signed", "client-ca", "grace"} {
		if o.flags.Changed(name) && !serves {
			return usage("--%s without --listen", name)
		}
	}
	if o.format.binary != format.Base64 {
		return usage("--binary %s: bytes of requests and replies in Protobuf would be taken for base64", o.flags.Lookup("binary").Value)
	}
	if o.request.reads("@-") && o.idl.stdin() {
		return usage("IDL and the body cannot both come from stdin")
	}
	if !serves {
		return nil
	}
	return o.listen.check()
}

func runHTTP(ctx context.Context, std streams, o *httpOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.listen.address != "" {
		return o.serve(ctx, std)
	}
	ctx, stop := std.life.bound(ctx, time.Duration(o.timeout))
	defer stop()
	headers := o.conn.headers
	o.conn.headers = nil // those are of HTTP
	if o.openapi {
		o.conn.headers = headers // of reflection
	}
	if !o.request.reads("@-") || !isTerminal(std.in) {
		o.conn.progress = newProgress(std, &o.conn)
		defer o.conn.progress.end()
	}
	s, g, err := o.open(ctx, std, o.warnUnused(std))
	if err != nil {
		return err
	}
	defer s.Close()
	if o.openapi {
		return o.printOpenAPI(std, g)
	}
	r, err := o.request.build(ctx, std, o.url, headers, o.conn.expand)
	if err != nil {
		return err
	}
	std.life.drive(true)
	return o.answer(std, g, r)
}

// open opens a session and a gateway in front of it.
func (o *httpOptions) open(ctx context.Context, std streams, unused func(*http.Request, []string)) (*session.Session, *gateway.Gateway, error) {
	values := o.format.options(warner(std.err))
	values.IgnoreUnknown = o.unknown == "ignore"
	if err := o.dialect.fill(&values, std, &o.idl, o.conn.thrift.protocol, o.flags.Changed("binary")); err != nil {
		return nil, nil, err
	}
	o.idl.whole = true
	s, err := open(ctx, std, o.target, &o.idl, &o.conn, values)
	if err != nil {
		return nil, nil, err
	}
	md, err := o.conn.metadata(ctx, std, o.rpcHeaders...)
	if err == nil {
		var g *gateway.Gateway
		g, err = gateway.New(ctx, s, gateway.Options{
			IgnoreUnknown: values.IgnoreUnknown, Unused: unused, MaxBody: int64(o.conn.maxSize), Origins: o.origins, Header: md, Pass: o.pass, BodyTime: bodyTime, Binary: values.Binary,
		})
		if err == nil {
			err = o.saveIDL(ctx, s, g)
		}
		if err == nil {
			return s, g, nil
		}
	}
	_ = s.Close()
	return nil, nil, err
}

// saveIDL writes what the routes need, if that is wanted.
func (o *httpOptions) saveIDL(ctx context.Context, s *session.Session, g *gateway.Gateway) error {
	var names []string
	for _, r := range g.Routes() {
		names = append(names, r.Method.FullName())
	}
	return o.idl.saveFrom(ctx, s, names...)
}

// warnUnused tells of names in the query that are for no field.
func (o *httpOptions) warnUnused(std streams) func(*http.Request, []string) {
	return func(_ *http.Request, names []string) {
		for _, name := range names {
			warner(std.err)(fmt.Sprintf("query %q is of no field", visible(name)))
		}
	}
}

// printOpenAPI prints the document.
func (o *httpOptions) printOpenAPI(std streams, g *gateway.Gateway) error {
	out := outletTo(std, o.format.file)
	document := append(laidOut(g.OpenAPI(gateway.Info{Version: "1"}), o.format.style(std)), '\n')
	_, err := out.Write(document)
	if closed := out.close(err == nil); err == nil {
		err = closed
	}
	return asOutput(err)
}
