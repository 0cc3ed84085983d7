package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// runOf is a run of the program, from its start to its end.
type runOf struct {
	args  []string
	stdin string
}

const (
	protoText  = `syntax = "proto3"; message M { string s = 1; int64 n = 2; double d = 3; bool b = 4; repeated M children = 5; map<string, int32> by = 6; }`
	thriftText = `struct M { 1: string s, 2: i64 n, 3: double d, 4: bool b, 5: list<M> children, 6: map<string, i32> by }`
	oneOfAll   = `{"s":"some text","n":12345,"d":3.25,"b":true,"by":{"a":1,"b":2}}`
)

// cases are what people wait for: starts, and short calls in both languages; and
// what takes long: many messages, and IDL of some size.
var cases = []runOf{
	{args: []string{"version"}},
	{args: []string{"call", "--help"}},
	{args: []string{"list", "--target", "demo"}},
	{args: []string{"call", "demo", "UnaryEcho", "-d", `{"message":"hi"}`}},
	{args: []string{"call", "demo", "Shop/Add", "-d", `{"a":1,"b":2}`}},
	{args: []string{"call", "demo", "ServerStream/Pow", "-d", `{"number":2}`}},
	{args: []string{"convert", "--idl-string", protoText, "--type", "M", "-d", oneOfAll}},
	{args: []string{"convert", "--idl-string", thriftText, "--idl-lang", "thrift", "--type", "M", "-d", oneOfAll}},
	{args: []string{"describe", "--idl", "../testdata/thrift/ThriftTest.thrift"}},
	{args: []string{"call", "demo", "BidirectionalEcho", "-d", "@"}, stdin: strings.Repeat(`{"message":"some text"}`+"\n", 1000)},
	{args: []string{"call", "demo", "Shop/Buy", "-d", "@"}, stdin: `{"customer":"ann","items":[` + many(`{"name":"pen"}`, 1000) + `]}`},
	{args: []string{"convert", "--idl-string", protoText, "--type", "M", "-d", "@"}, stdin: nested},
	{args: []string{"convert", "--idl-string", thriftText, "--idl-lang", "thrift", "--type", "M", "-d", "@"}, stdin: nested},
}

var nested = strings.Repeat(`{"children":[`+many(oneOfAll, 10)+"]}\n", 100)

func many(item string, n int) string { return strings.Repeat(item+",", n-1) + item }

// build leaves every call a call: with the compiler's own choices, those inside
// what is inlined would count as the outer function's.
func build(program string) error {
	c := exec.Command("go", "build", "-pgo=off", "-gcflags=all=-l", "-trimpath", "-o", program, "github.com/idlcall/idlcall")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", c.Args, err, out)
	}
	return nil
}

func (r runOf) count(program, dir string) (calls, error) {
	file := filepath.Join(dir, "callgrind")
	args := append([]string{
		"--tool=callgrind", "--quiet", "--demangle=no", "--compress-strings=no", "--compress-pos=no",
		"--callgrind-out-file=" + file, program,
	}, r.args...)
	c := exec.Command("valgrind", args...)
	c.Env = append(os.Environ(), "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1", "IDLCALL_CACHE=off")
	c.Stdin = strings.NewReader(r.stdin)
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", c.Args, err, out)
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	counted := calls{}
	return counted, counted.read(in)
}
