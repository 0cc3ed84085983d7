package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/e2e/peer"
)

// thriftServers are servers of Kitex: addresses, and the folder of their IDL.
type thriftServers struct {
	kitex, streams, idl string
	close               func()
}

func startThrift() (thriftServers, error) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/idlcall/idlcall/e2e").Output()
	if err != nil {
		return thriftServers{}, err
	}
	e2e := strings.TrimSpace(string(module))
	shared := filepath.Join(filepath.Dir(e2e), "testdata")
	peers, err := peer.Start(filepath.Join(e2e, "testdata", "idl"), shared)
	if err != nil {
		return thriftServers{}, err
	}
	env, err := peers.Using("$KITEX $KITEX_STREAMS")
	if err != nil {
		peers.Close()
		return thriftServers{}, err
	}
	return thriftServers{env["KITEX"], env["KITEX_STREAMS"], filepath.Join(shared, "thrift"), peers.Close}, nil
}

// thriftCases have a Kitex client as the peer, against a Kitex server.
func thriftCases(p programs, dir string) ([]work, func(), error) {
	servers, err := startThrift()
	if err != nil {
		return nil, nil, err
	}
	tree := filepath.Join(dir, "thrift")
	if err := writeThriftTree(tree); err != nil {
		servers.close()
		return nil, nil, err
	}
	idl, addr, doc := filepath.Join(servers.idl, "echo_types.thrift"), servers.kitex, `{"Msg":"hello","I64":5,"Info":{"Map":{"a":"b"},"ID":1}}`
	big := filepath.Join(tree, "root.thrift")
	streams, err := streamCases(p, dir, filepath.Join(servers.idl, "streams.thrift"), servers.streams)
	if err != nil {
		servers.close()
		return nil, nil, err
	}
	calls := filepath.Join(dir, "thriftcalls.ndjson")
	if err := os.WriteFile(calls, bytes.Repeat([]byte(doc+"\n"), 20_000), 0o644); err != nil {
		servers.close()
		return nil, nil, err
	}
	ours := func(idl, method string, args ...string) []string {
		return append([]string{p.idlcall, "call", "--no-cache", "--idl", idl, addr, method}, args...)
	}
	kitex := func(args ...string) []rival { return []rival{{"generic", append([]string{p.generic}, args...)}} }
	each := ours(idl, "EchoTypes/Echo", "--each")
	return append([]work{
		{name: "ping-pong, .thrift", ours: ours(idl, "EchoTypes/Echo", "-d", doc), rivals: kitex(idl, addr, "Echo", doc), goal: atMost(0.34)},
		{name: "500 .thrift files: call", ours: ours(big, "Root/Call77", "-d", "{}"), rivals: kitex(big, addr, "Call77", "{}"), long: true, fails: true},
		{name: "500 .thrift files: reaches all", ours: ours(big, "Root/Call499", "-d", "{}"), rivals: kitex(big, addr, "Call499", "{}"), long: true, fails: true, goal: atMost(0.2)},
		{name: "TTHeader --each, 20,000 calls", ours: each, rivals: kitex(idl, addr, "Echo", doc, "20000"), stdin: calls, long: true, goal: atMost(0.9)},
		{name: "TTHeader --each --parallel 50", ours: append(slices.Clone(each), "--parallel", "50"), rivals: []rival{{"--each", each}}, stdin: calls, long: true, goal: times(5)},
	}, streams...), servers.close, nil
}

// messages is the length of streams.
const messages = 100_000

// streamCases are streams of small messages beside a generated Kitex client's, which
// has no JSON to read or write.
func streamCases(p programs, dir, idl, addr string) ([]work, error) {
	documents := filepath.Join(dir, "requests.ndjson")
	if err := os.WriteFile(documents, bytes.Repeat([]byte("{\"text\":\"hello\"}\n"), messages), 0o644); err != nil {
		return nil, err
	}
	var cases []work
	for _, over := range []struct{ ours, kitex string }{{"ttheader-streaming", "ttheader"}, {"grpc", "grpc"}} {
		for _, method := range []string{"Expand", "Collect", "Chat"} {
			c := work{
				name:   fmt.Sprintf("%s %s, 100,000", over.kitex, method),
				ours:   []string{p.idlcall, "call", "--idl", idl, addr, "Streams/" + method, "-t", over.ours},
				rivals: []rival{{"Kitex", []string{p.streams, addr, over.kitex, method, fmt.Sprint(messages)}}},
				stdin:  documents, long: true,
			}
			if method == "Expand" && over.kitex == "ttheader" {
				c.goal = atMost(0.95)
			}
			if method == "Expand" {
				c.ours, c.stdin = append(c.ours, "-d", fmt.Sprintf(`{"text":"hello","replies":%d}`, messages)), ""
			}
			cases = append(cases, c)
		}
	}
	return cases, nil
}

// writeThriftTree is writeTree in Thrift.
func writeThriftTree(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var head, body bytes.Buffer
	for f := range treeFiles {
		var b bytes.Buffer
		if f > 0 {
			fmt.Fprintf(&b, "include \"file%d.thrift\"\n", f/2)
		}
		for m := range treeMessages {
			fmt.Fprintf(&b, "// Message%d is one of many.\nstruct Message%d {\n", m, m)
			for n := 1; n <= 8; n++ {
				fmt.Fprintf(&b, "  %d: optional string field_%d (go.tag = 'json:\"f%d\"') // some text\n", n, n, n)
			}
			if f > 0 && m == 0 {
				fmt.Fprintf(&b, "  9: optional file%d.Message%d other\n", f/2, m)
			}
			if m > 0 {
				fmt.Fprintf(&b, "  10: list<Message%d> children\n", m-1)
			}
			fmt.Fprintf(&b, "  12: map<string, i64> counts\n}\n")
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file%d.thrift", f)), b.Bytes(), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&head, "include \"file%d.thrift\"\n", f)
		fmt.Fprintf(&body, "  file%d.Message0 Call%d(1: file%d.Message0 req)\n", f, f, f)
	}
	text := head.String() + "service Root {\n" + body.String() + "}\n"
	return os.WriteFile(filepath.Join(dir, "root.thrift"), []byte(text), 0o644)
}
