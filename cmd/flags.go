package cmd

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// idlFlags say where IDL comes from.
type idlFlags struct {
	files, includes, texts []string
	lang, service, save    string
	force                  bool
	reflect                reflectFlag
	reflectHeaders         []string
	dialect                string
	cache                  cacheFlags
	whole                  bool              // all of the IDL is asked for
	told                   func(path string) // of each file that is read; may be nil
}

func (f *idlFlags) bind(c *cobra.Command) {
	f.bindSources(c)
	s := c.Flags()
	s.StringVar(&f.save, "save-idl", "", "`DIR` to write the IDL to that was used, or FILE.binpb for a descriptor set")
	s.BoolVar(&f.force, "force", false, "--save-idl: write over files that were not printed by idlcall, too")
}

// bindSources binds where IDL comes from.
func (f *idlFlags) bindSources(c *cobra.Command) {
	s := c.Flags()
	listVar(s, &f.files, "idl", "", "`FILE` of IDL: .proto, .thrift, a descriptor set or image, a folder, or - for stdin")
	listVar(s, &f.texts, "idl-string", "", "IDL `TEXT`, or NAME=TEXT so that others can import it")
	s.StringVar(&f.service, "service", "", "`NAME` of the service in which to look for a bare method")
	s.Var(&f.reflect, "reflect", "ask the server's reflection too, for what --idl does not have; =v1 or =v1alpha asks for that `VERSION` only")
	s.Lookup("reflect").NoOptDefVal = "true"
	f.bindReading(c)
}

// bindServed binds what a command needs that serves all of the IDL.
func (f *idlFlags) bindServed(c *cobra.Command) {
	s := c.Flags()
	listVar(s, &f.files, "idl", "", "`FILE` of IDL: .proto, .thrift, a descriptor set or image, a folder, or - for stdin")
	listVar(s, &f.texts, "idl-string", "", "IDL `TEXT`, or NAME=TEXT so that others can import it")
	f.bindReading(c)
}

// bindReading binds how IDL is read, wherever it comes from.
func (f *idlFlags) bindReading(c *cobra.Command) {
	s := c.Flags()
	listVar(s, &f.includes, "include", "I", "import path or include `DIR` (default: inferred)")
	s.Var(choice{&f.lang, []string{"proto", "thrift"}}, "idl-lang", "language of IDL where the name does not tell")
	f.dialect = dialectAuto
	s.Var(choice{&f.dialect, []string{dialectAuto, "thriftgo", "apache"}}, "thrift-dialect", "whose reading of a .thrift file counts where thriftgo and Apache's compiler differ (auto: thriftgo's on Kitex's own transports, Apache's on the others)")
	listVar(s, &f.reflectHeaders, "reflect-header", "", "header `'NAME: VALUE'` of reflection only")
	f.cache.bind(c)
}

// given reports whether the command line names any IDL.
func (f *idlFlags) given() bool { return len(f.files)+len(f.texts) > 0 }

// check refuses what is no file. It does not quote a URL, which may hold a password.
func (f *idlFlags) check() error {
	for i, name := range f.files {
		if scheme, _, isURL := strings.Cut(name, "://"); isURL && scheme != "" && !strings.ContainsAny(scheme, "/\\.") {
			return usage("--idl, value %d: a URL is not read; give a file, a folder or - for stdin", i+1)
		}
	}
	return nil
}

// stdin reports whether IDL comes from standard input.
func (f *idlFlags) stdin() bool {
	return slices.Contains(f.files, "-")
}

func (f *idlFlags) options(std streams, t call.Transport, warn func(string)) load.Options {
	o := load.Options{Files: f.files, Includes: f.includes, Lang: f.lang, Service: undotted(f.service), Stdin: std.in}
	o.Dialect, o.Warn, o.Cache, o.Whole, o.Told = f.dialectOf(t), warn, f.cache.store, f.whole, f.told
	o.Differs = func(d thrift.Difference) { warn(d.String() + " (--thrift-dialect decides)") }
	for _, text := range f.texts {
		o.Strings = append(o.Strings, idlText(text))
	}
	return o
}

// dialectAuto leaves the reading of Thrift to the transport.
const dialectAuto = "auto"

// dialectOf is whose reading counts: servers of Kitex's own transports are built by
// thriftgo, those of the others rather by Apache's compiler.
func (f *idlFlags) dialectOf(t call.Transport) thrift.Dialect {
	switch f.dialect {
	case "apache":
		return thrift.DialectApache
	case dialectAuto:
		switch t {
		case call.Framed, call.Buffered, call.HTTP, call.Header:
			return thrift.DialectApache
		}
	}
	return thrift.DialectThriftgo
}

// undotted is a symbol without the dot by which IDL marks full names, which users
// may write too.
func undotted(symbol string) string {
	if len(symbol) > 1 && symbol[0] == '.' && symbol[1] != '.' && symbol[1] != '/' {
		return symbol[1:]
	}
	return symbol
}

// reflectFlag is the value of --reflect: whether it is given, and a version.
type reflectFlag struct {
	given   bool
	version string
}

func (f *reflectFlag) Type() string { return "version" }

func (f *reflectFlag) String() string {
	if f.given && f.version == "" {
		return "true"
	}
	return f.version
}

func (f *reflectFlag) Set(s string) error {
	if s == load.V1 || s == load.V1Alpha {
		*f = reflectFlag{true, s}
		return nil
	}
	given, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("want %s, %s or no value", load.V1, load.V1Alpha)
	}
	*f = reflectFlag{given: given}
	return nil
}

// idlText splits NAME=TEXT. Text without a name has no "=" before its first
// blank, brace or semicolon that follows a file name; Protobuf's may begin with
// syntax="proto3".
func idlText(s string) load.Text {
	name, text, ok := strings.Cut(s, "=")
	if ok && name != "" && name != "syntax" && name != "edition" && !strings.ContainsAny(name, " \t\r\n{};\"") {
		return load.Text{Name: name, Text: text}
	}
	return load.Text{Text: s}
}

// connFlags say where to connect and how.
type connFlags struct {
	transport             call.Transport
	tls, plaintext        bool
	insecure              bool
	cacert, cert, key     string
	serverName, authority string
	http2                 bool
	connectGet            bool
	connectJSON           bool
	proxy, compress       string
	connectTimeout        duration
	keepalive             duration
	maxSize               byteSize
	headers               []string
	helper                headerHelper
	expand                bool
	config                string
	thrift                thriftFlags
	verbose               int
	secrets               bool
	errorFormat           string
	events                *events // nil without --events
	progress              *progress
	silentLimit           time.Duration
	retry                 int
	retryDelay            optionalDuration
	wait                  duration
	listens               bool // --cert and --key are those of a listener
}

func (f *connFlags) bind(c *cobra.Command) {
	f.connectTimeout = duration(call.DefaultConnectTimeout)
	f.maxSize = call.DefaultMaxMessageSize
	f.errorFormat = "text"
	s := c.Flags()
	s.TextVarP(&f.transport, "transport", "t", call.Transport(""), "`NAME` of the transport: grpc, grpc-web, connect, ttheader, ttheader-framed, ttheader-streaming, framed, buffered, http or header; without it the target's scheme and the IDL decide")
	s.BoolVar(&f.tls, "tls", false, "use TLS")
	s.BoolVar(&f.plaintext, "plaintext", false, "do not use TLS (the default without a TLS flag or scheme)")
	s.BoolVar(&f.insecure, "insecure", false, "use TLS but do not verify the server's certificate")
	s.StringVar(&f.cacert, "cacert", "", "trust the certificates in `FILE` (PEM) instead of the system's; implies TLS")
	if !f.listens {
		s.StringVar(&f.cert, "cert", "", "`FILE` of the client certificate (PEM); implies TLS")
		s.StringVar(&f.key, "key", "", "`FILE` of its private key (PEM)")
	}
	s.StringVar(&f.serverName, "servername", "", "`NAME` to ask for and to verify in TLS")
	s.StringVar(&f.authority, "authority", "", "HTTP/2 :authority, and the name to verify in TLS")
	s.BoolVar(&f.http2, "http2", false, "grpc-web, connect: speak HTTP/2, without TLS too")
	s.StringVar(&f.proxy, "proxy", "", "`URL` of a proxy (http, https, socks5), or none; without it HTTPS_PROXY and NO_PROXY count")
	s.Var(choice{&f.compress, []string{"gzip", "zstd", "identity"}}, "compress", "compress requests")
	s.Var(&f.connectTimeout, "connect-timeout", "time to connect, TLS and HTTP/2 included")
	s.Var(&f.wait, "wait", "keep trying to connect for so long")
	s.IntVar(&f.retry, "retry", 0, "try again up to `N` times where there is no connection, where the server refuses the request, or says UNAVAILABLE")
	s.Var(&f.retryDelay, "retry-delay", "time before each --retry (default: 200ms, then twice as much each time)")
	s.Var(&f.keepalive, "keepalive", "ping the peer after so long a silence")
	s.Var(&f.maxSize, "max-message-size", "largest message and largest document that is accepted")
	listVar(s, &f.headers, "header", "H", "header `'NAME: VALUE'` of call and reflection, or @FILE with one a line; -bin values are base64")
	s.StringVar(&f.helper.command, headerCommand, "", "shell `COMMAND` that prints headers, one a line, such as a token; it runs once")
	s.StringVar(&f.config, "config", "", "configuration `FILE` in place of .idlcall.yaml, or none")
	s.BoolVar(&f.expand, "expand-headers", false, "replace ${NAME} in header values by environment variables")
	s.CountVarP(&f.verbose, "verbose", "v", "show headers, sizes and timings on stderr; -vv shows frames")
	s.BoolVar(&f.secrets, "show-secrets", false, "show the values of authorization, cookies and tokens in -v, events and envelopes, which mask them")
	s.Var(choice{&f.errorFormat, []string{"text", "json"}}, "error-format", "form of errors on stderr")
}

// bindConnect binds what concerns calls only.
func (f *connFlags) bindConnect(c *cobra.Command) {
	s := c.Flags()
	s.BoolVar(&f.connectGet, "connect-get", false, "connect: call a unary method that the IDL marks NO_SIDE_EFFECTS with GET")
	s.BoolVar(&f.connectJSON, "connect-json", false, "connect: send and ask for JSON bodies")
}

// secure reports whether a flag asks for TLS.
func (f *connFlags) secure() bool { return f.tls || f.insecure || f.cacert != "" || f.cert != "" }

// check refuses flags that contradict each other or a target.
func (f *connFlags) check(targets []call.Target) error {
	switch {
	case f.plaintext && f.secure():
		return usage("--plaintext contradicts --tls, --insecure, --cacert and --cert")
	case f.retry < 0:
		return usage("--retry %d: want a number, or 0", f.retry)
	case f.retryDelay.given && f.retry == 0:
		return usage("--retry-delay without --retry")
	case f.cert != "" && f.key == "":
		return usage("--cert without --key")
	case f.key != "" && f.cert == "":
		return usage("--key without --cert")
	}
	for _, t := range targets {
		if t.TLS && f.plaintext {
			return usage("--plaintext contradicts the scheme of %s", t)
		}
	}
	return nil
}

// transportNames are the names for completion.
func transportNames() []string {
	var names []string
	for _, t := range call.Transports() {
		names = append(names, t.String())
	}
	return names
}

// checkDemo refuses what the server inside the process does not have.
func (f *connFlags) checkDemo() error {
	if f.secure() {
		return usage("the demo target has no TLS: there is no network to secure")
	}
	return nil
}

func usage(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

func (f *connFlags) options() (call.Options, error) {
	o := call.Options{
		Transport: f.transport,
		TLS: call.TLSOptions{
			Enabled:    f.secure(),
			Insecure:   f.insecure,
			CACert:     f.cacert,
			Cert:       f.cert,
			Key:        f.key,
			ServerName: f.serverName,
		},
		HTTP2:          f.http2,
		Authority:      f.authority,
		UserAgent:      "idlcall/" + version(),
		Proxy:          f.proxy,
		ConnectTimeout: time.Duration(f.connectTimeout),
		Keepalive:      time.Duration(f.keepalive),
		MaxMessageSize: int(f.maxSize),
	}
	return o, f.thrift.fill(&o)
}

// rpc is what all RPCs of a command line have in common, save for the Trace.
func (f *connFlags) rpc() (stream.Call, error) {
	c := stream.Call{Compress: f.compress, Get: f.connectGet}
	var err error
	if c.Transient, err = pairs("--meta", f.thrift.transient); err != nil {
		return c, err
	}
	c.Persistent, err = pairs("--persist", f.thrift.persists)
	return c, err
}

// requestFlags say what is sent, and when.
type requestFlags struct {
	data                              string
	fields                            []string
	dataGiven                         bool
	rpcHeaders                        []string
	timeout, sendTimeout, recvTimeout duration
	interval                          duration
	lockstep, keepOpen, each          bool
	maxReplies                        int
	until, expect                     expression
	parallel, repeat                  int
	failFast                          bool
	unknown                           string
	base                              []string
	raw                               format.RawForm
	streamType                        string
}

func (f *requestFlags) bind(c *cobra.Command) {
	f.bindBodies(c)
	f.bindPace(c)
	s := c.Flags()
	s.Var(&f.timeout, "timeout", "time for the whole call; the server is told")
	s.BoolVar(&f.each, "each", false, "unary and server streaming: one call for each document, in order, over one connection")
	s.Var(&f.until, "until", "end the call, successfully, after the first reply of which `EXPR` (jq) is true; with --each, make no further calls")
	s.Var(&f.expect, "expect", "exit with code 8 unless `EXPR` (jq) is true of the list of replies")
	s.IntVar(&f.parallel, "parallel", 1, "--each, --repeat: make up to `N` calls at once; replies stay in the order of the input")
	s.IntVar(&f.repeat, "repeat", 1, "make the call, or with --each every call, `N` times")
	s.BoolVar(&f.failFast, "fail-fast", false, "--each, --repeat: make no further calls after one that failed")
}

// bindBodies binds what requests are.
func (f *requestFlags) bindBodies(c *cobra.Command) {
	f.unknown = "error"
	s := c.Flags()
	s.StringVarP(&f.data, "data", "d", "", "request `JSON`: any number of documents; @FILE, or @ for stdin")
	listVar(s, &f.fields, "field", "f", "`PATH=VALUE` in the request, typed by the IDL: user.name=bob, tags[]=a, photo=@FILE for bytes; PATH:=JSON; over what -d has")
	listVar(s, &f.rpcHeaders, "rpc-header", "", "header `'NAME: VALUE'` of the call only, not of reflection")
	listVar(s, &f.base, "base", "", "`KEY=VALUE` for the base.Base field of a Thrift request, under what the JSON has (LogID=x, Extra.k=v)")
	s.TextVar(&f.raw, "raw", format.RawNone, "requests and replies are encoded bodies: `FORM` binary (the default), hex or base64; without IDL, METHOD is Service/Method")
	s.Lookup("raw").NoOptDefVal = "binary"
	s.Var(choice{&f.streamType, streamTypes}, "stream-type", "kind of the method, for --raw without IDL")
	s.Var(choice{&f.unknown, []string{"error", "ignore"}}, "unknown-fields", "what to do about unknown fields in a request")
}

// bindPace binds when the messages of one call are sent, and how many are awaited.
func (f *requestFlags) bindPace(c *cobra.Command) {
	s := c.Flags()
	s.Var(&f.sendTimeout, "send-timeout", "time to send one message")
	s.Var(&f.recvTimeout, "recv-timeout", "time to wait for one message; the reply to a client stream is waited for from the end of the input")
	s.Var(&f.interval, "interval", "time between two requests of a stream, or two calls of --each and --repeat")
	s.BoolVar(&f.lockstep, "lockstep", false, "bidi: wait for a reply before the next request")
	s.BoolVar(&f.keepOpen, "no-close-send", false, "keep our side open at the end of the input, until the server ends the call")
	s.IntVar(&f.maxReplies, "max-replies", 0, "end the call, successfully, after `N` replies")
}

// maxParallel is more than a client has ports for on a connection each, or servers allow
// streams.
const maxParallel = 10000

// many reports whether there may be several calls.
func (f *requestFlags) many() bool { return f.each || f.repeat > 1 }

func (f *requestFlags) pump() stream.Pump {
	return stream.Pump{
		Lockstep:    f.lockstep,
		KeepOpen:    f.keepOpen,
		Interval:    time.Duration(f.interval),
		SendTimeout: time.Duration(f.sendTimeout),
		RecvTimeout: time.Duration(f.recvTimeout),
	}
}

// silentLimit ends a wait on a stream for a server that says nothing at all, where
// no flag says how long the user will wait.
func (f *requestFlags) silentLimit() time.Duration {
	if f.timeout > 0 || f.recvTimeout > 0 {
		return 0
	}
	return defaultSilentLimit
}

const defaultSilentLimit = 30 * time.Second

// formatFlags say how values are written.
type formatFlags struct {
	emitDefaults, protoNames bool
	noTags                   bool
	enum                     string
	int64                    format.Int64Form
	binary                   format.BinaryForm
	pretty                   bool
	color                    string
	output                   format.Output
	file                     string
	filter                   filterFlags
}

// bindValues binds what concerns JSON values.
func (f *formatFlags) bindValues(c *cobra.Command) {
	f.enum = "name"
	s := c.Flags()
	s.BoolVar(&f.emitDefaults, "emit-defaults", false, "show fields that are empty or not there")
	s.BoolVar(&f.protoNames, "proto-names", false, "use the field names of the IDL, not lowerCamelCase")
	s.BoolVar(&f.noTags, "no-go-tag", false, "Thrift: use the field names of the IDL, not those of go.tag and api.key")
	s.Var(choice{&f.enum, []string{"name", "number"}}, "enum", "how enum values are shown")
	s.TextVar(&f.int64, "int64", format.Int64Usual, "`FORM` of 64-bit integers: number or string (default: string for Protobuf, number for Thrift)")
	s.TextVar(&f.binary, "binary", format.Base64, "`FORM` of bytes: base64, hex or text")
}

// bindLayout binds what concerns looks.
func (f *formatFlags) bindLayout(c *cobra.Command) {
	c.Flags().BoolVar(&f.pretty, "pretty", false, "indent, over several lines")
	bindColor(c, &f.color)
}

// bindColor binds --color.
func bindColor(c *cobra.Command, mode *string) {
	*mode = string(colorAuto)
	c.Flags().Var(choice{mode, []string{"auto", "always", "never"}}, "color", "colour JSON and errors (auto: on a terminal; 'idlcall help colors' has the variables)")
}

// bindOutput binds what concerns replies.
func (f *formatFlags) bindOutput(c *cobra.Command) {
	s := c.Flags()
	s.TextVar(&f.output, "output", format.JSON, "`FORM` of replies: json, text, binary or envelope")
	s.StringVarP(&f.file, "out", "o", "", "write replies to `FILE`, which is made with the first of them; - is stdout")
}

func (f *formatFlags) options(warn func(string)) format.Options {
	return format.Options{
		EmitDefaults: f.emitDefaults,
		IDLNames:     f.protoNames || f.noTags,
		EnumNumbers:  f.enum == "number",
		Int64:        f.int64,
		Binary:       f.binary,
		Warn:         warn,
	}
}

func (f *formatFlags) style(std streams) format.Style {
	s := format.Style{Output: f.output, Pretty: f.pretty}
	if f.coloured(std) {
		s.Palette = std.look.colours().Palette
	}
	return s
}

// coloured reports whether JSON is: a file has colours only where somebody asks for them.
func (f *formatFlags) coloured(std streams) bool {
	mode := colorMode(f.color)
	return mode == colorAlways || f.file == "" && mode.wanted(std.out)
}

// fromEnvironment gives flags that are not on the command line the value of
// IDLCALL_NAME, where that is set and not empty.
func fromEnvironment(flags *pflag.FlagSet) error {
	ours := func(variable string) bool {
		return strings.HasPrefix(variable, "IDLCALL_") && !strings.HasPrefix(variable, cacheVariable+"=") && !strings.HasPrefix(variable, colorsVariable+"=")
	}
	if !slices.ContainsFunc(os.Environ(), ours) {
		return nil // as nearly always: to ask for each flag costs more
	}
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		name := environmentName(f.Name)
		value, set := os.LookupEnv(name)
		if !set || value == "" || f.Changed || f.Name == "help" || err != nil {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = &usageError{err: setErr, hint: "the value comes from the environment variable " + name}
		}
	})
	return err
}

// typed are the flags that the command line has, and not the environment: it is asked before the
// configuration is.
func typed(flags *pflag.FlagSet) []string {
	var names []string
	flags.Visit(func(f *pflag.Flag) {
		if os.Getenv(environmentName(f.Name)) == "" {
			names = append(names, f.Name)
		}
	})
	return names
}

// environmentName is the variable of a flag.
func environmentName(flag string) string {
	return "IDLCALL_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
