package e2e

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// peerKeys are what one presses in another tool, and here, for the same calls. Each character, Enter,
// Tab or Ctrl-D is one key; the command lines that start the tools do not count.
//
//   - evans are the keys of evans 0.10.11 for "Usage (REPL)" of its README, github.com/ktr0731/evans,
//     with each command typed as it is shown there. It was played at a terminal against the same server.
//   - tabs are those of the same with its completion wherever that is shorter: "c", Tab, a space, and
//     Tab up to the method, or its first letters and Tab.
var peerKeys = []struct {
	name  string
	evans int
	tabs  int
	ours  int
	keys  []press
}{
	// package api, service Example; ours looks for methods in all services.
	{"open", 12 + 16, 5 + 6, 0, nil},
	// call Unary, ktr
	{"unary", 11 + 4, 5 + 4, 10, []press{
		{"", key("Tab", "Tab"), "> Unary", ""}, {"{", key("Tab"), `"name": "`, ""}, {`ktr"}`, key("Enter"), "hello, ktr", ""},
	}},
	// call UnaryRepeated, foo, bar, baz, Ctrl-D
	{"repeated", 19 + 3*4 + 1, 7 + 3*4 + 1, 25, []press{
		{"Rep", key("Tab"), "> UnaryRepeated", ""}, {"{", key("Tab"), `"name": ["`, ""},
		{`foo","bar","baz"]}`, key("Enter"), "hello, foo, bar, baz", ""},
	}},
	// call UnaryEnum, Enter at Male
	{"enum", 15 + 1, 8 + 1, 10, []press{
		{"Enu", key("Tab"), "> UnaryEnum", ""}, {"{", key("Tab"), `"gender": "`, ""}, {"", key("Tab"), "Female", ""},
		{"", key("Tab"), `"Male"`, ""}, {"}", key("Enter"), "hello, Male", ""},
	}},
	// call UnaryBytes, SGVsbG8gV29ybGQh
	{"bytes", 16 + 17, 9 + 17, 24, []press{
		{"By", key("Tab"), "> UnaryBytes", ""}, {"{", key("Tab"), `"data": "`, ""},
		{`SGVsbG8gV29ybGQh"}`, key("Enter"), "hello, Hello World!", ""},
	}},
	// call ClientStreaming, ktr, ktr, ktr, Ctrl-D
	{"client stream", 21 + 3*4 + 1, 6 + 3*4 + 1, 16, []press{
		{"C", key("Tab"), "> ClientStreaming", ""}, {"", key("Enter"), "→0>", ""}, {"{", key("Tab"), `→0> {"name": "`, ""},
		{`ktr"}`, key("Enter"), "→1>", ""}, {"", key("Up", "Enter"), "→2>", ""}, {"", key("Up", "Enter"), "→3>", ""},
		{"", key("C-d"), "3 times: ktr, ktr, ktr", ""},
	}},
	// call ServerStreaming, ktr
	{"server stream", 21 + 4, 6 + 4, 11, []press{
		{"S", key("Tab", "Tab"), "> ServerStreaming", ""}, {"{", key("Tab"), `ServerStreaming {"name": "`, ""},
		{`ktr"}`, key("Enter"), "I greet 2 times", ""},
	}},
	// call BidiStreaming, foo, bar, Ctrl-D
	{"bidi stream", 19 + 4 + 4 + 1, 6 + 4 + 4 + 1, 20, []press{
		{"B", key("Tab"), "> BidiStreaming", ""}, {"", key("Enter"), "→0 ←0>", ""}, {"{", key("Tab"), `←0> {"name": "`, ""},
		{`foo"}`, key("Enter"), "→1 ←3>", ""}, {"{", key("Tab"), `←3> {"name": "`, ""}, {`bar"}`, key("Enter"), "→2 ←6>", ""},
		{"", key("C-d"), "", ""},
	}},
}

// cliUnary are the keys of grpc-client-cli 1.24.7 (github.com/vadimi/grpc-client-cli) for the first
// unary call, played at a terminal against the same server as its README says, service, method,
// message: Enter; "un", Enter; {"n, Tab, ":"ktr"}, Enter.
const cliUnary = 1 + 3 + 4 + 8 + 1

// What the README of evans does takes fewer keys here, on the whole and with each call as it is
// written there.
func TestShellKeysOfPeers(t *testing.T) {
	t.Parallel()
	address := peers(t).Env["GREETER"]
	var evans, tabs, all int
	for _, p := range peerKeys {
		ours := 0
		for _, press := range p.keys {
			ours += utf8.RuneCountInString(press.typed) + len(press.keys)
		}
		if ours != p.ours || ours >= p.evans {
			t.Errorf("%s: %d keys, and not %d; evans has %d", p.name, ours, p.ours, p.evans)
		}
		if p.name == "unary" && ours >= cliUnary {
			t.Errorf("%d keys; grpc-client-cli has %d", ours, cliUnary)
		}
		evans, tabs, all = evans+p.evans, tabs+p.tabs, all+ours
		if p.keys == nil {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := openShell(t, 100, 30, address)
			s.play(p.keys, "")
			s.untilIt("has its prompt back", func(text string) bool { return strings.HasSuffix(text, address+"> \n") })
		})
	}
	if all > tabs {
		t.Errorf("%d keys; evans has %d, and %d with its completion", all, evans, tabs)
	}
	t.Logf("%d keys; evans has %d, and %d with its completion", all, evans, tabs)
}
