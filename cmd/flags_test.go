package cmd

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/stream"
)

// parseCall returns what a command line asks for, without doing it.
func parseCall(t *testing.T, args ...string) (*callOptions, error) {
	t.Helper()
	var got *callOptions
	c := newCall(streams{}, func(_ context.Context, _ streams, o *callOptions) error {
		got = o
		return nil
	})
	c.SetArgs(args)
	c.SilenceErrors, c.SilenceUsage = true, true
	err := c.ExecuteContext(t.Context())
	return got, err
}

func TestCallFlags(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line  string
		check func(o *callOptions) bool
	}{
		{"h:1 S/M", func(o *callOptions) bool {
			return o.target == "h:1" && o.method == "S/M" && !o.request.dataGiven && o.conn.maxSize == 64<<20
		}},
		{"-d {} h:1 S/M", func(o *callOptions) bool { return o.request.dataGiven && o.request.data == "{}" }},
		{"h:1 -d @f S/M --pretty", func(o *callOptions) bool { return o.method == "S/M" && o.format.pretty }},
		{"h:1 M --timeout 2", func(o *callOptions) bool { return o.request.timeout == duration(2*time.Second) }},
		{"h:1 M --timeout 150ms", func(o *callOptions) bool { return o.request.timeout == duration(150*time.Millisecond) }},
		{"h:1 M --max-message-size 4k", func(o *callOptions) bool { return o.conn.maxSize == 4096 }},
		{"h:1 M --max-message-size 8MiB", func(o *callOptions) bool { return o.conn.maxSize == 8<<20 }},
		{"h:1 M -t grpc-web", func(o *callOptions) bool { return o.conn.transport == call.GRPCWeb }},
		{"h:1 M --output text --binary hex", func(o *callOptions) bool {
			return o.format.output == format.TextForm && o.format.binary == format.Hex
		}},
		{"h:1 M --enum number --int64 number", func(o *callOptions) bool {
			f := o.format.options(nil)
			return f.EnumNumbers && f.Int64 == format.Int64Number
		}},
		{"h:1 M -vv", func(o *callOptions) bool { return o.conn.verbose == 2 }},
		{"h:1 M -H a:1 -H b:2", func(o *callOptions) bool { return len(o.conn.headers) == 2 }},
		{"h:1 M --idl a --idl b -I x", func(o *callOptions) bool { return len(o.idl.files) == 2 && len(o.idl.includes) == 1 }},
		{"h:1 M --insecure", func(o *callOptions) bool { return clientOptions(o).TLS.Enabled }},
		{"h:1 M --cacert f", func(o *callOptions) bool { return clientOptions(o).TLS.Enabled }},
		{"h:1 M --meta a=b=c --persist p= --tt-int 14=x --to-service d --protocol compact --multiplex m", func(o *callOptions) bool {
			c := clientOptions(o)
			rpc, err := o.conn.rpc()
			return err == nil && rpc.Transient[0].Value == "b=c" && rpc.Persistent[0].Name == "p" &&
				c.IntInfo[14] == "x" && c.ToService == "d" && o.conn.thrift.protocol == stream.Compact && c.Multiplex == "m"
		}},
		{"h:1 S/M --raw -d x", func(o *callOptions) bool { return o.request.raw == format.RawBinary }},
		{"h:1 S/M --raw=hex --stream-type oneway", func(o *callOptions) bool {
			m, err := o.rawMethod(call.Framed)
			return o.request.raw == format.RawHex && err == nil && m.Oneway && m.IsThrift()
		}},
		{"h:1 M --no-go-tag", func(o *callOptions) bool { return o.format.options(nil).IDLNames }},
		{"h:1 M --max-replies 3 --lockstep", func(o *callOptions) bool {
			p := o.request.pump()
			return o.request.maxReplies == 3 && p.Lockstep
		}},
	} {
		o, err := parseCall(t, strings.Fields(test.line)...)
		if err != nil || !test.check(o) {
			t.Errorf("%s: %v\n%+v", test.line, err, o)
		}
	}
}

func clientOptions(o *callOptions) call.Options {
	options, err := o.conn.options()
	if err != nil {
		panic(err)
	}
	return options
}

func TestCallFlagMistakes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                              "missing TARGET and METHOD",
		"h:1":                           "missing METHOD",
		"h:1 M extra":                   `unexpected argument "extra"`,
		"h:1 M --timeout fast":          "want a duration like 500ms, 2s or 1m",
		"h:1 M --timeout -1s":           "want a duration like 500ms, 2s or 1m",
		"h:1 M --max-message-size 3GiB": "want a size like",
		"h:1 M --max-message-size 0":    "want a size like",
		"h:1 M --enum word":             "want name, number",
		"h:1 M -t smoke":                `unknown transport "smoke"`,
		"h:1 M --output xml":            "want json, text, binary or envelope",
	} {
		if _, err := parseCall(t, strings.Fields(line)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Setenv("IDLCALL_TEST_TOKEN", "secret")
	md, err := headers([]string{"A: 1", "a:2", "key-bin: AAH/", "auth: Bearer ${IDLCALL_TEST_TOKEN}"}, true)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A=1", "a=2", "key-bin=\x00\x01\xff", "auth=Bearer secret"}
	for i, p := range md {
		if p.Name+"="+p.Value != want[i] {
			t.Errorf("%d: %q, want %q", i, p, want[i])
		}
	}
	for _, bad := range []string{"no colon", ": no name", "a-bin: !", "a: ${IDLCALL_TEST_UNSET}", "a: ${open"} {
		if _, err := headers([]string{bad}, true); !is[*usageError](err) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := headers([]string{"@/no/such/file"}, false); exitCode(err) != exitData {
		t.Errorf("missing file: %v", err)
	}
}

// TestEnvironment: a flag that is not on the line takes IDLCALL_NAME.
func TestEnvironment(t *testing.T) {
	t.Setenv("IDLCALL_TIMEOUT", "3s")
	t.Setenv("IDLCALL_MAX_REPLIES", "7")
	o := &requestFlags{}
	c := newVersion(streams{})
	o.bind(c)
	if err := c.ParseFlags([]string{"--max-replies", "2"}); err != nil {
		t.Fatal(err)
	}
	if err := fromEnvironment(c.Flags()); err != nil {
		t.Fatal(err)
	}
	if o.timeout != duration(3*time.Second) || o.maxReplies != 2 {
		t.Errorf("timeout %v, max replies %d", time.Duration(o.timeout), o.maxReplies)
	}
	t.Setenv("IDLCALL_INTERVAL", "soon")
	if err := fromEnvironment(c.Flags()); !is[*usageError](err) {
		t.Errorf("a bad value: %v", err)
	}
}

// TestUsageErrors are whole command lines with what they print.
func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line, stderr string
		code         int
	}{
		{"calll", "error: unknown command \"calll\"\nhint: did you mean 'idlcall call'?\n", 2},
		{"call demo Sum --trasnport grpc", "error: unknown flag: --trasnport\nhint: did you mean --transport?\n", 2},
		{"call -plaintext h:1 M", "error: unknown shorthand flag: 'p' in -plaintext\nhint: long flags take two dashes: did you mean --plaintext?\n", 2},
		{"call demo", "error: missing METHOD\nhint: usage: idlcall call TARGET METHOD [flags]\n", 2},
		{"list", "error: no IDL\nhint: give --idl, or --target to ask a server's reflection\n", 2},
		{"call nowhere Sum", "error: target \"nowhere\": no port (want host:port)\n", 2},
		{"call h:1 M --plaintext --tls", "error: --plaintext contradicts --tls, --insecure, --cacert and --cert\n", 2},
		{"call grpcs://h:1 M --plaintext", "error: --plaintext contradicts the scheme of grpcs://h:1\n", 2},
		{"call h:1 M --cert c", "error: --cert without --key\n", 2},
		{"call demo Sum --tls", "error: the demo target has no TLS: there is no network to secure\n", 2},
		{"call demo Sum --max-replies -1", "error: --max-replies -1: want a number above 0\n", 2},
		{"call demo Sum -d @.", "error: request data: . is a folder\n", 4},
		{"call demo Sum -d {\"data\":1e9223372036854775807}", "error: -d: document 1, line 1, column 9: data: 1e9223372036854775807 is out of range for int64 (-9223372036854775808 to 9223372036854775807)\n  {\"data\":1e92233720368547758…\n          ^\n", 4},
		{"-v --pretty calll", "error: unknown shorthand flag: 'v' in -v\nhint: run 'idlcall --help' for the flags\n", 2},
		{"call demo Som", "error: no method \"Som\"\nhint: did you mean \"stream.ClientStream/Sum\"?\n", 3},
		{"call demo Sum -d @no-such-file", "error: request data: no-such-file: no such file or directory\n", 4},
	} {
		var out, stderr bytes.Buffer
		code := Main(strings.Fields(test.line), strings.NewReader(""), &out, &stderr)
		if code != test.code || stderr.String() != test.stderr || out.Len() > 0 {
			t.Errorf("%s: exit %d\n%s%s\nwant %d\n%s", test.line, code, out.String(), stderr.String(), test.code, test.stderr)
		}
	}
}

// TestFlagsBeforeCommand: flags may stand anywhere.
func TestFlagsBeforeCommand(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"--pretty call demo api.Echo/EchoPB", "-d {} call demo api.Echo/EchoPB --pretty", "--timeout 5 --pretty call demo api.Echo/EchoPB"} {
		var out, stderr bytes.Buffer
		if code := Main(strings.Fields(line), strings.NewReader(""), &out, &stderr); code != 0 || out.String() != "{}\n" {
			t.Errorf("%s: exit %d, %q\n%s", line, code, out.String(), stderr.String())
		}
	}
}

func TestColorWanted(t *testing.T) {
	t.Parallel()
	if !colorAlways.wanted(nil) || colorNever.wanted(nil) || colorAuto.wanted(&bytes.Buffer{}) {
		t.Error("colour is for terminals, or for those who ask")
	}
}
