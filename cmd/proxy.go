package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/proxy/translate"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// proxyOptions is the command line of "proxy".
type proxyOptions struct {
	target          string
	idl             idlFlags
	conn            connFlags
	format          formatFlags
	listen          listenFlags
	maxBody, buffer byteSize
	translate       bool
	save            string
	flags           *pflag.FlagSet
}

const proxyLong = `Stand between clients and a server, and show the calls that pass.

Bytes are relayed unchanged and at once, whatever they are. What is decoded, as HTTP/2 and HTTP/1
with gRPC, gRPC-Web, Connect or Thrift, or as TTHeader, framed, buffered or THeader, is written to
stdout as a line of JSON for each thing that happens: open, start, requestHeader, sent, halfClose,
responseHeader, received, trailer, finish, close. sent is what the client sends, received what it
gets; conn and call tell what belongs together. The IDL comes from --idl, or else from the server's
reflection. What cannot be decoded is shown in hex, with the reason. Ctrl-C, or the end of who reads
the lines, ends the proxy when the calls under way have ended.

With --translate the proxy makes the calls itself, over the transport of TARGET or -t, so that
clients may speak any other: gRPC-Web or Connect to a server of gRPC, framed Thrift to one of
TTHeader, compact to one of binary. What the server's transport has no place for is refused.
`

func newProxy(std streams, run func(context.Context, streams, *proxyOptions) error) *cobra.Command {
	o := &proxyOptions{}
	c := &cobra.Command{
		Use:   "proxy --listen ADDR TARGET [flags]",
		Short: "Show the calls between clients and a server",
		Long:  proxyLong,
		Example: `  idlcall proxy --listen :9090 localhost:50051
  idlcall proxy --listen :9999 --idl shop.thrift localhost:8888 | jq 'select(.event == "finish" and .exitCode != 0)'
  idlcall proxy --listen :8443 --self-signed --tls api.example.com:443
  idlcall proxy --listen :8080 --translate localhost:50051
  idlcall proxy --listen :9999 --translate --idl shop.thrift -t framed --protocol compact localhost:8888`,
		Args: arguments(1, "TARGET"),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.target, err = configured(c.Flags(), args[0]); err != nil {
				return err
			}
			o.flags = c.Flags()
			return run(c.Context(), std, o)
		},
	}
	o.idl.bindSources(c)
	o.conn.bind(c)
	o.conn.thrift.bind(c)
	o.format.bindValues(c)
	o.listen.bindBeside(c)
	o.conn.maxSize = decode.DefaultMaxMessage
	o.maxBody, o.buffer = decode.DefaultMaxBody, proxy.DefaultBuffer
	s := c.Flags()
	s.Lookup("max-message-size").Usage, s.Lookup("max-message-size").DefValue = "largest message that is decoded", o.conn.maxSize.String()
	s.Var(&o.maxBody, "max-body", "how much is shown, in hex, of what is not decoded")
	s.Var(&o.buffer, "buffer", "memory for what has passed on a connection and is not decoded yet; what comes beyond it is not decoded")
	s.BoolVar(&o.translate, "translate", false, "make the calls of clients over the transport of TARGET or -t, whatever theirs is")
	s.StringVar(&o.save, "save", "", "`FILE` for the calls as a suite of 'idlcall test'; values that are masked become variables of the environment")
	if std.completing {
		k := &completer{c, &o.idl, &o.conn, first}
		k.register()
		c.ValidArgsFunction = k.oneTarget
	}
	return c
}

func runProxy(ctx context.Context, std streams, o *proxyOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	_, ctx, stop := o.listen.stages(ctx)
	defer stop()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s, err := o.open(context.WithoutCancel(ctx), std)
	if err != nil {
		return err
	}
	defer s.Close()
	p, err := o.proxy(s)
	if err != nil {
		return err
	}
	if o.translate {
		calls, end := context.WithCancel(context.WithoutCancel(ctx))
		defer end()
		if p.Dial, err = o.translator(calls, std, s); err != nil {
			return err
		}
	}
	l, err := o.listen.listen(ctx, std)
	if err != nil {
		return err
	}
	suite, err := o.recorder(std)
	if err != nil {
		return err
	}
	traffic := newTrafficLog(std.out, o.conn.secrets, fail)
	p.Watch = decode.New(o.decoding(ctx, std, s, both(traffic.emit, suite))).Watch
	err = p.Serve(ctx, l)
	traffic.close()
	if suite != nil {
		err = cmp.Or(err, suite.Close())
	}
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, errInterrupted) {
		return cause
	}
	return err
}

// translating are the flags that say how calls are made, which a relay does not.
var translating = [...]string{"compress", "http2", "protocol", "multiplex", "meta", "persist", "to-service", "tt-int", "path-package", "retry", "retry-delay", "keepalive", "authority"}

// check refuses what makes no sense together.
func (o *proxyOptions) check() error {
	for _, name := range translating {
		if !o.translate && o.flags.Changed(name) {
			return usage("--%s without --translate: bytes are relayed as they are", name)
		}
	}
	switch {
	case o.save != "" && o.format.binary != format.Base64:
		return usage("--save with --binary: requests of a suite have base64")
	case o.save != "" && o.idl.stdin():
		return usage("--save with --idl -: the suite could not read it again")
	}
	return o.listen.check()
}

// translator is the way to a server inside the process that makes the calls.
func (o *proxyOptions) translator(ctx context.Context, std streams, s *session.Session) (func(context.Context, []string) (net.Conn, error), error) {
	md, err := o.conn.metadata(ctx, std)
	if err != nil {
		return nil, err
	}
	t := &translate.Translator{Session: s, Header: md}
	server := &serve.Server{Find: t.Find}
	if o.flags.Changed("max-message-size") {
		server.MaxMessage = int64(o.conn.maxSize)
	}
	return func(context.Context, []string) (net.Conn, error) {
		client, end := translate.Pipe(o.target)
		go func() { _ = server.ServeConn(ctx, end) }()
		return client, nil
	}, nil
}

// open prepares the IDL, if there is any to be had, and the way to the server.
func (o *proxyOptions) open(ctx context.Context, std streams) (*session.Session, error) {
	options, err := o.conn.session(std, o.target)
	if err != nil {
		return nil, err
	}
	if t := chosenTransport(&options.Call); !o.idl.given() && !o.idl.reflect.given && t != "" && !t.HasStatus() {
		options.NoIDL = true
		return session.Open(ctx, options)
	}
	return open(ctx, std, o.target, &o.idl, &o.conn, o.format.options(nil))
}

// proxy is the relay.
func (o *proxyOptions) proxy(s *session.Session) (*proxy.Proxy, error) {
	config, err := o.listen.tls()
	return &proxy.Proxy{
		Dial: func(ctx context.Context, protos []string) (net.Conn, error) { return s.Dial(ctx, protos...) },
		TLS:  config, Buffer: int(o.buffer), Grace: time.Duration(o.listen.grace),
	}, err
}

// askTime bounds what looking for a method in the server's reflection may take.
const askTime = 5 * time.Second

// decoding are the options of the decoder.
func (o *proxyOptions) decoding(ctx context.Context, std streams, s *session.Session, emit func(decode.Event)) decode.Options {
	d := decode.Options{Emit: emit, Format: o.format.options(nil), MaxMessage: int(o.conn.maxSize), MaxBody: int(o.maxBody)}
	if s.Schema() == nil {
		return d
	}
	told := false // Find is called by one goroutine at a time
	d.Find = func(m *stream.Method) (*session.Method, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime) // what has passed is decoded to the end
		defer cancel()
		name := m.FullName()
		if m.Service == "" {
			name = m.Name
		}
		found, err := s.Method(ctx, name)
		if err != nil && !told && !o.idl.given() && reflectionFailed(err) {
			told = true
			fmt.Fprintf(std.err, "* no IDL from the server's reflection: %s (messages are shown in hex; --idl decodes them)\n", visible(message(err)))
		}
		return found, err
	}
	return d
}

// reflectionFailed reports whether it is reflection that failed, and not the search for a name.
func reflectionFailed(err error) bool {
	return stream.OutcomeOf(err).Kind == stream.KindConnection || stream.OutcomeOf(err).Kind == stream.KindStatus || is[*call.MismatchError](err)
}
