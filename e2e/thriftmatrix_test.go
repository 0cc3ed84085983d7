package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// thriftWay is a server and how it is spoken to.
type thriftWay struct {
	name   string
	server string // the variable with its address
	flags  string
}

// args are the target and the flags. Flags with "%s" have the target in them.
func (w thriftWay) args(address string) []string {
	fields := strings.Fields(w.flags)
	if i := slices.IndexFunc(fields, func(f string) bool { return strings.Contains(f, "%s") }); i >= 0 {
		fields[i] = fmt.Sprintf(fields[i], address)
		return fields
	}
	return append([]string{address}, fields...)
}

// apacheWays are the transports and protocols of Apache Thrift in Go and Node.js.
var apacheWays = []thriftWay{
	{"framed", "APACHE_FRAMED", "-t framed"},
	{"buffered", "APACHE_BUFFERED", "-t buffered"},
	{"old", "APACHE_OLD", "-t framed"},
	{"compact", "APACHE_COMPACT", "-t framed --protocol compact"},
	{"compact-buffered", "APACHE_COMPACT_BUFFERED", "-t buffered --protocol compact"},
	{"json", "APACHE_JSON", "-t framed --protocol json"},
	{"json-buffered", "APACHE_JSON_BUFFERED", "-t buffered --protocol json"},
	{"header", "APACHE_HEADER", "-t header"},
	{"header-compact", "APACHE_HEADER", "-t header --protocol compact"},
	{"header-framed", "APACHE_HEADER", "-t framed"},
	{"header-buffered", "APACHE_HEADER", "-t buffered --protocol compact"},
	{"http", "APACHE_HTTP", "-t http"},
	{"http-compact", "APACHE_HTTP", "http://%s/compact --protocol compact"},
	{"http-json", "APACHE_HTTP", "http://%s/json --protocol json"},
	{"https", "APACHE_HTTPS", "https://%s --insecure"},
	{"tls", "APACHE_TLS", "-t framed --insecure"},
	{"unix", "APACHE_UNIX", "-t framed"},
	{"multiplex", "APACHE_MULTIPLEX", "-t framed --multiplex ThriftTest"},
	{"node-framed", "NODE_FRAMED", "-t framed"},
	{"node-buffered", "NODE_BUFFERED", "-t buffered"},
	{"node-compact", "NODE_COMPACT", "-t framed --protocol compact"},
	{"node-http", "NODE_HTTP", "-t http"},
}

// kitexWays are Kitex's transports, and the connections that they go over.
var kitexWays = []thriftWay{
	{"ttheader", "KITEX", "-t ttheader"},
	{"ttheader-framed", "KITEX", "-t ttheader-framed"},
	{"framed", "KITEX", "-t framed"},
	{"buffered", "KITEX", "-t buffered"},
	{"unix", "KITEX_UNIX", "-t ttheader"},
	{"unix-buffered", "KITEX_UNIX", "-t buffered"},
	{"tls", "KITEX_TLS", "-t ttheader-framed --insecure"},
	{"tls-framed", "KITEX_TLS", "-t framed --insecure"},
	{"nometa", "KITEX_NOMETA", "-t ttheader"},
}

func (w thriftWay) node() bool { return strings.HasPrefix(w.server, "NODE_") }

// thriftCase is what must be the same over every way.
type thriftCase struct {
	name, method string
	requests     string // documents: a call for each, over one connection
	stdout       string
	stderr       string // a pattern; empty: nothing
	exit         int
	// unordered: the server writes maps in any order.
	unordered bool
	// node is the outcome with Thrift for Node.js where it differs: it does not
	// write fields that are not set.
	node *thriftCase
}

// over is the case as it is over a way.
func (c thriftCase) over(w thriftWay) thriftCase {
	if c.node != nil && w.node() {
		c.stdout, c.stderr, c.exit = c.node.stdout, c.node.stderr, c.node.exit
	}
	return c
}

// thriftRunner calls methods over the ways.
type thriftRunner struct {
	env    map[string]string
	idl    string
	noNode error // why there is no Node.js
}

func newThriftRunner(t *testing.T, ways []thriftWay, idl string) *thriftRunner {
	t.Helper()
	r := &thriftRunner{env: map[string]string{}, idl: peers(t).Env["THRIFT"] + "/" + idl}
	for _, w := range ways {
		env, err := peers(t).Using("$" + w.server)
		switch {
		case w.node() && errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true":
			r.noNode = err
		case err != nil:
			t.Fatal(err)
		}
		maps.Copy(r.env, env)
	}
	return r
}

// call runs idlcall to its end.
func (r *thriftRunner) call(t *testing.T, w thriftWay, method, requests string) (stdout, stderr string, exit int) {
	t.Helper()
	args := append([]string{"call", "--idl", r.idl, "-d", "@-", "--timeout", "20s"}, w.args(r.env[w.server])...)
	if documents(requests) > 1 {
		args = append(args, "--each")
	}
	cmd := exec.Command("idlcall", append(args, method)...)
	cmd.Stdin = strings.NewReader(requests)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// documents counts those of a text of JSON.
func documents(text string) (n int) {
	for d := json.NewDecoder(strings.NewReader(text)); d.Decode(new(json.RawMessage)) == nil; n++ {
	}
	return n
}

// check runs a case over one way.
func (r *thriftRunner) check(t *testing.T, w thriftWay, c thriftCase) {
	stdout, stderr, exit := r.call(t, w, c.method, c.requests)
	want := c.stdout
	if c.unordered {
		stdout, want = ordered(t, stdout), ordered(t, want)
	}
	if exit != c.exit || stdout != want {
		t.Errorf("code %d, want %d; stdout\n%swant\n%sstderr\n%s", exit, c.exit, stdout, want, stderr)
	}
	if pattern := "^(" + c.stderr + ")$"; !regexp.MustCompile(pattern).MatchString(strings.TrimSuffix(stderr, "\n")) {
		t.Errorf("stderr %q, want %q", stderr, pattern)
	}
}

// ordered writes each line of JSON with the keys of objects in order.
func ordered(t *testing.T, lines string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(lines) {
		var value any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", text)
	}
	return b.String()
}

// TestThriftMatrix calls all methods of Apache's ThriftTest with the values of its
// cross test (apache/thrift:test/README.md) over each transport, protocol and
// connection. What is printed must be the same everywhere.
func TestThriftMatrix(t *testing.T) {
	t.Parallel()
	matrix(t, newThriftRunner(t, apacheWays, "ThriftTest.thrift"), apacheWays, apacheCases())
}

// TestKitexMatrix does so with the methods of a Kitex server.
func TestKitexMatrix(t *testing.T) {
	t.Parallel()
	matrix(t, newThriftRunner(t, kitexWays, "calls.thrift"), kitexWays, kitexCases)
	matrix(t, newThriftRunner(t, kitexWays, "echo_types.thrift"), kitexWays, echoCases)
}

func matrix(t *testing.T, r *thriftRunner, ways []thriftWay, cases []thriftCase) {
	for _, w := range ways {
		for _, c := range cases {
			t.Run(w.name+"/"+c.name, func(t *testing.T) {
				if w.node() && r.noNode != nil {
					t.Skip(r.noNode)
				}
				r.check(t, w, c.over(w))
			})
		}
	}
}

// TestThriftMatrixHasAllMethods finds methods without a case.
func TestThriftMatrixHasAllMethods(t *testing.T) {
	t.Parallel()
	for service, cases := range map[string][]thriftCase{
		"ThriftTest.thrift ThriftTest": append(apacheCases(), thriftCase{method: "testOneway"}), // TestThriftOneway
		"calls.thrift Calls": append(slices.Clone(kitexCases),
			thriftCase{method: "Record"}, thriftCase{method: "Recorded"}, // TestThriftOneway
			thriftCase{method: "Biz"}, thriftCase{method: "BizVoid"}, // kitex/biz_status*.txtar: only TTHeader carries it
			thriftCase{method: "Meta"}, // kitex/metainfo.txtar: only TTHeader carries it
		),
		"echo_types.thrift EchoTypes": echoCases,
	} {
		file, name, _ := strings.Cut(service, " ")
		out, err := exec.Command("idlcall", "list", name, "--idl", peers(t).Env["THRIFT"]+"/"+file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if len(out) == 0 {
			t.Errorf("%s has no methods", service)
		}
		for line := range strings.Lines(string(out)) {
			method := strings.TrimSpace(line[strings.LastIndexAny(line, "./")+1:])
			if !slices.ContainsFunc(cases, func(c thriftCase) bool { return strings.HasSuffix(c.method, method) }) {
				t.Errorf("no case calls %s", line)
			}
		}
	}
}

// thriftKey makes what TestThriftOneway sends, different each time.
var thriftKey atomic.Int32

// TestThriftOneway finds out that a oneway request has arrived, once, over each way.
func TestThriftOneway(t *testing.T) {
	t.Parallel()
	apache := newThriftRunner(t, apacheWays, "ThriftTest.thrift")
	kitex := newThriftRunner(t, kitexWays, "calls.thrift")
	for _, w := range append(slices.Clone(apacheWays), kitexWays...) {
		t.Run(strings.ToLower(w.server)+"/"+w.name, func(t *testing.T) {
			if w.node() && apache.noNode != nil {
				t.Skip(apache.noNode)
			}
			if w.server == "NODE_HTTP" {
				t.Skip("Thrift for Node.js does not answer the POST: nodethrift/http_oneway.txtar")
			}
			key := -1000 - thriftKey.Add(1) // the server sleeps so many seconds
			r, method, question := apache, "testOneway", fmt.Sprintf(`{"thing": "oneway %d"}`, key)
			request, ask, want := fmt.Sprintf(`{"secondsToSleep": %d}`, key), "testString", "\"1\"\n"
			if strings.HasPrefix(w.server, "KITEX") {
				r, method, request = kitex, "Record", fmt.Sprintf(`{"key": "matrix %d"}`, key)
				ask, question, want = "Recorded", fmt.Sprintf(`{"key": "matrix %d", "atLeast": 1}`, key), "1\n"
			}
			if stdout, stderr, exit := r.call(t, w, method, request); stdout+stderr != "" || exit != 0 {
				t.Fatalf("code %d, stdout %q, stderr %q", exit, stdout, stderr)
			}
			if stdout, stderr, _ := r.call(t, w, ask, question); stdout != want {
				t.Errorf("it arrived %q times; stderr %q", stdout, stderr)
			}
		})
	}
}
