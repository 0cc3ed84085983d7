package call

import (
	"net"
	"strconv"
	"strings"
)

// Target is where a call goes.
type Target struct {
	// Network is "tcp" or "unix".
	Network string
	// Address is host:port, or the path of a socket; one that begins with
	// "@" is in Linux's abstract namespace.
	Address string
	// Path is a prefix of the request path: "" or "/like/this".
	Path string
	// TLS is true where the scheme asks for it.
	TLS bool
	// HTTP is true where the scheme is http or https.
	HTTP bool
	// Transport is what the scheme names; empty for http, https, and where
	// there is no scheme.
	Transport Transport
	// Authority is the HTTP/2 :authority unless Options say otherwise: the
	// host with its port (without it where a URL leaves it out), and
	// "localhost" for a socket (as gRPC doc/naming.md has it).
	Authority string
	// Text is what was parsed.
	Text string
}

// String is the text that was parsed.
func (t Target) String() string { return t.Text }

// scheme is what the scheme of a URL stands for.
type scheme struct {
	transport Transport
	tls, http bool
	port      string // default; "" where the port is required
}

func lookupScheme(name string) (scheme, bool) {
	switch name {
	case "http":
		return scheme{http: true, port: "80"}, true
	case "https":
		return scheme{http: true, port: "443", tls: true}, true
	}
	base, secure := strings.CutSuffix(name, "s")
	for _, known := range Transports() {
		if string(known) == base && known != HTTP {
			return scheme{transport: known, tls: secure}, true
		}
	}
	return scheme{}, false
}

// ParseTargets parses a comma-separated list.
func ParseTargets(s string) ([]Target, error) {
	var targets []Target
	for part := range strings.SplitSeq(s, ",") {
		t, err := ParseTarget(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// ParseTarget accepts host:port, [v6]:port, unix:path, unix:///path,
// unix:@abstract, and URLs whose scheme names transport and security: grpc,
// grpcs, http, https, ttheader and so on. All errors are *TargetError; they do not
// tell a password that s may hold.
func ParseTarget(s string) (Target, error) {
	t, err := parseTarget(s)
	if bad, ok := err.(*TargetError); ok {
		if shown := WithoutUser(s); shown != s {
			bad.Text, bad.Reason = shown, "user names and passwords are not part of a target"
		}
		bad.Text = WithoutQuery(bad.Text)
	}
	return t, err
}

// withoutQuery replaces what stands behind the first "?" or "#", where keys are
// passed.
func WithoutQuery(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		return s[:i+1] + "***"
	}
	return s
}

// withoutUser replaces what stands before the "@" of a URL or of user:password@host
// by asterisks. The last "@" counts: a password may hold others, and a slash.
func WithoutUser(s string) string {
	start := 0
	if i := strings.Index(s, "://"); i >= 0 {
		start = i + len("://")
	}
	at := strings.LastIndexByte(s, '@')
	if at < start || strings.HasPrefix(s, "unix:") && (start == 0 || strings.HasPrefix(s[start:], "@")) {
		return s // no user, or an abstract socket
	}
	return s[:start] + "***" + s[at:]
}

func parseTarget(s string) (Target, error) {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return Target{}, &TargetError{s, "contains a space or control character"}
		}
	}
	if rest, ok := strings.CutPrefix(s, "unix:"); ok {
		return parseUnix(s, rest)
	}
	name, rest, isURL := strings.Cut(s, "://")
	if !isURL {
		return parseHost(s, s, scheme{})
	}
	name = strings.ToLower(name)
	if name == "dns" || name == "tcp" { // dns:///host:port, as gRPC doc/naming.md has it
		return parseHost(s, strings.TrimPrefix(rest, "/"), scheme{})
	}
	sch, ok := lookupScheme(name)
	if !ok {
		return Target{}, &TargetError{s, "unknown scheme " + strconv.Quote(name)}
	}
	return parseHost(s, rest, sch)
}

// maxUnixPath is the size of sun_path in sockaddr_un on Linux.
const maxUnixPath = 108

func parseUnix(text, rest string) (Target, error) {
	if strings.HasPrefix(rest, "//") {
		rest = rest[2:]
		if !strings.HasPrefix(rest, "/") {
			return Target{}, &TargetError{text, "unix:// wants an absolute path (unix:///path); a relative one is unix:path"}
		}
	}
	switch {
	case rest == "" || rest == "@":
		return Target{}, &TargetError{text, "no socket path"}
	case len(rest) >= maxUnixPath:
		return Target{}, &TargetError{text, "socket path is longer than " + strconv.Itoa(maxUnixPath-1) + " bytes"}
	}
	return Target{Network: "unix", Address: rest, Authority: "localhost", Text: text}, nil
}

// parseHost reads "host:port/path".
func parseHost(text, rest string, sch scheme) (Target, error) {
	t := Target{Network: "tcp", TLS: sch.tls, HTTP: sch.http, Transport: sch.transport, Text: text}
	host, path, _ := strings.Cut(rest, "/")
	if path = strings.TrimRight(path, "/"); path != "" {
		t.Path = "/" + path
	}
	switch {
	case strings.Contains(host, "@"):
		return Target{}, &TargetError{text, "user names and passwords are not part of a target"}
	case strings.ContainsAny(rest, "?#"):
		return Target{}, &TargetError{text, "a query or fragment is not part of a target"}
	case host == "":
		return Target{}, &TargetError{text, "no host"}
	}
	name, port, err := splitHostPort(host)
	if err != "" {
		return Target{}, &TargetError{text, err}
	}
	t.Authority = host
	if port == "" {
		if port = sch.port; port == "" {
			return Target{}, &TargetError{text, "no port (want host:port)"}
		}
		t.Authority = strings.TrimSuffix(host, ":")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '+' {
		return Target{}, &TargetError{text, "port " + strconv.Quote(port) + " is not a number from 1 to 65535"}
	}
	t.Address = net.JoinHostPort(name, port)
	if before, rest, ok := strings.Cut(t.Authority, "%"); ok { // a zone means nothing to the peer (RFC 6874 section 3)
		_, rest, _ = strings.Cut(rest, "]")
		t.Authority = before + "]" + rest
	}
	if !validHost(name) {
		return Target{}, &TargetError{text, "host " + strconv.Quote(name) + " has a character that host names cannot have"}
	}
	return t, nil
}

// splitHostPort splits "host", "host:port", "[v6]" and "[v6]:port". reason is
// empty on success.
func splitHostPort(s string) (host, port, reason string) {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", "", "no ] after the IPv6 address"
		}
		host, port = s[1:end], s[end+1:]
		if !strings.Contains(host, ":") {
			return "", "", "no IPv6 address inside []"
		}
		if port != "" && port[0] != ':' {
			return "", "", "no colon between ] and the port"
		}
		return host, strings.TrimPrefix(port, ":"), ""
	}
	host, port, _ = strings.Cut(s, ":")
	if strings.Contains(port, ":") {
		return "", "", "an IPv6 address needs brackets: [address]:port"
	}
	if host == "" {
		return "", "", "no host before the port"
	}
	return host, port, ""
}

// validHost keeps out what could not be a host name, an address or a zone, so
// that it cannot end up in a header.
func validHost(host string) bool {
	for _, c := range []byte(host) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("-._:%~", c) >= 0:
		default:
			return false
		}
	}
	return host != ""
}
