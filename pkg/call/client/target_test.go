package client

import (
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want call.Target // Text left out
		err  string
	}{
		{in: "localhost:50051", want: call.Target{Network: "tcp", Address: "localhost:50051", Authority: "localhost:50051"}},
		{in: "[::1]:80", want: call.Target{Network: "tcp", Address: "[::1]:80", Authority: "[::1]:80"}},
		{in: "[fe80::1%eth0]:80", want: call.Target{Network: "tcp", Address: "[fe80::1%eth0]:80", Authority: "[fe80::1]:80"}},
		{in: "unix:///run/a.sock", want: call.Target{Network: "unix", Address: "/run/a.sock", Authority: "localhost"}},
		{in: "unix:a.sock", want: call.Target{Network: "unix", Address: "a.sock", Authority: "localhost"}},
		{in: "unix:@name", want: call.Target{Network: "unix", Address: "@name", Authority: "localhost"}},
		{in: "grpc://h:1", want: call.Target{Network: "tcp", Address: "h:1", Authority: "h:1", Transport: call.GRPC}},
		{in: "GRPCS://h:1/", want: call.Target{Network: "tcp", Address: "h:1", Authority: "h:1", Transport: call.GRPC, TLS: true}},
		{in: "grpc-webs://h:1", want: call.Target{Network: "tcp", Address: "h:1", Authority: "h:1", Transport: call.GRPCWeb, TLS: true}},
		{in: "ttheaders://h:1", want: call.Target{Network: "tcp", Address: "h:1", Authority: "h:1", Transport: call.TTHeader, TLS: true}},
		{in: "http://h/a/b/", want: call.Target{Network: "tcp", HTTP: true, Address: "h:80", Authority: "h", Path: "/a/b"}},
		{in: "https://h", want: call.Target{Network: "tcp", HTTP: true, Address: "h:443", Authority: "h", TLS: true}},
		{in: "https://[::1]", want: call.Target{Network: "tcp", HTTP: true, Address: "[::1]:443", Authority: "[::1]", TLS: true}},
		{in: "dns:///h:1", want: call.Target{Network: "tcp", Address: "h:1", Authority: "h:1"}},
		{in: "localhost", err: `target "localhost": no port (want host:port)`},
		{in: "grpc://h", err: `target "grpc://h": no port (want host:port)`},
		{in: "", err: `target "": no host`},
		{in: ":80", err: `target ":80": no host before the port`},
		{in: "h:0", err: `target "h:0": port "0" is not a number from 1 to 65535`},
		{in: "h:65536", err: `target "h:65536": port "65536" is not a number from 1 to 65535`},
		{in: "h:http", err: `target "h:http": port "http" is not a number from 1 to 65535`},
		{in: "::1:80", err: `target "::1:80": an IPv6 address needs brackets: [address]:port`},
		{in: "fe80::1:80", err: `target "fe80::1:80": an IPv6 address needs brackets: [address]:port`},
		{in: "[::1", err: `target "[::1": no ] after the IPv6 address`},
		{in: "[h]:1", err: `target "[h]:1": no IPv6 address inside []`},
		{in: "[::1]80", err: `target "[::1]80": no colon between ] and the port`},
		{in: "ftp://h:1", err: `target "ftp://h:1": unknown scheme "ftp"`},
		{in: "grpc://u:p@h:1", err: `target "grpc://***@h:1": user names and passwords are not part of a target`},
		{in: "http://h:1/p?key=secret", err: `target "http://h:1/p?***": a query or fragment is not part of a target`},
		{in: "unix://u:p@/x", err: `target "unix://***@/x": user names and passwords are not part of a target`},
		{in: "u:p@h:1", err: `target "***@h:1": user names and passwords are not part of a target`},
		{in: "http://u:p/q@h:1/x", err: `target "http://***@h:1/x": user names and passwords are not part of a target`},
		{in: "http://u:p@q@h:x", err: `target "http://***@h:x": user names and passwords are not part of a target`},
		{in: "http://h/?q", err: `target "http://h/?***": a query or fragment is not part of a target`},
		{in: "unix://a", err: `target "unix://a": unix:// wants an absolute path (unix:///path); a relative one is unix:path`},
		{in: "unix:", err: `target "unix:": no socket path`},
		{in: "a b:1", err: `target "a b:1": contains a space or control character`},
		{in: "h\"x:1", err: `target "h\"x:1": host "h\"x" has a character that host names cannot have`},
	}
	for _, tt := range tests {
		got, err := call.ParseTarget(tt.in)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("ParseTarget(%q): %v, want %s", tt.in, err, tt.err)
			}
			continue
		}
		tt.want.Text = tt.in
		if err != nil || got != tt.want {
			t.Errorf("ParseTarget(%q) = %+v, %v, want %+v", tt.in, got, err, tt.want)
		}
	}
	if all, err := call.ParseTargets("a:1, b:2"); err != nil || len(all) != 2 || all[1].Address != "b:2" {
		t.Errorf("ParseTargets = %+v, %v", all, err)
	}
}

func TestTransportText(t *testing.T) {
	t.Parallel()
	for _, want := range call.Transports() {
		var got call.Transport
		text, _ := want.MarshalText()
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Errorf("%q became %q, %v", want, got, err)
		}
	}
	var x call.Transport
	if err := x.UnmarshalText([]byte("grcp")); err == nil || !strings.Contains(err.Error(), `unknown transport "grcp"`) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"h:1", "[::1%e]:1", "unix:@a", "https://h/p", "grpcs://[::]:1/", "dns:///x:2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, err := call.ParseTarget(s)
		if err != nil {
			return
		}
		if target.Address == "" || target.Authority == "" || target.Text != s {
			t.Fatalf("ParseTarget(%q) = %+v", s, target)
		}
		if why := web.BadValue(target.Authority); why != "" {
			t.Fatalf("authority %q: %s", target.Authority, why)
		}
	})
}
