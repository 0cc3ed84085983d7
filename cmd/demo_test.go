package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo calls each kind of method of the demo target, from argv to exit code.
func TestDemo(t *testing.T) {
	t.Parallel()
	old := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(old, []byte("of a run before"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // runs after the parallel cases
		if text, err := os.ReadFile(old); err != nil || len(text) > 0 {
			t.Errorf("an empty reply left %q (%v)", text, err)
		}
	})
	for _, test := range []struct {
		name, args, stdin, stdout, stderr string
		code                              int
	}{
		{"unary", `api.Echo/EchoPB -d {"message":"hi"}`, "", "{\"message\":\"hi\"}\n", "", 0},
		{"client", `ClientStream/Sum`, `{"data":1}{"data":2}`, "{\"sum\":\"3\"}\n", "", 0},
		{"client, no input", `ClientStream/Sum`, ``, "{}\n", "", 0},
		{"server", `Pow -d {"number":2} --max-replies 3`, "", "{\"number\":\"1\"}\n{\"number\":\"2\"}\n{\"number\":\"4\"}\n", "", 0},
		{"bidi", `Sqrt`, "{\"number\":4}\n{\"number\":2.25}", "{\"sqrt\":2}\n{\"sqrt\":1.5}\n", "", 0},
		{"status in mid-stream", `Sqrt`, "{\"number\":4}\n{\"number\":-1}", "{\"sqrt\":2}\n", "error: status 3 INVALID_ARGUMENT: no square root of -1\n", 67},
		{"overflow", `Pow -d {"number":"9223372036854775807"}`, "", "{\"number\":\"1\"}\n{\"number\":\"9223372036854775807\"}\n",
			"error: status 11 OUT_OF_RANGE: the next power of 9223372036854775807 does not fit in 64 bits\n", 75},
		{"each", `UnaryEcho --each -d {"message":"a"}{"message":"b"}`, "", "{\"message\":\"a\"}\n{\"message\":\"b\"}\n", "", 0},
		{"two documents", `UnaryEcho -d {}{}`, "", "", "error: a unary method takes one document, but the input has more\nhint: --each makes one call for each document\n", 4},
		{"lockstep", `Sqrt --lockstep`, "{\"number\":1}{\"number\":4}", "{\"sqrt\":1}\n{\"sqrt\":2}\n", "", 0},
		{"lockstep on a unary method", `UnaryEcho --lockstep`, "", "", "error: --lockstep: pb.StreamingService/UnaryEcho is a unary method, not a bidi streaming one\n", 2},
		{"deadline", `Sleep -d {"seconds":60} --timeout 50ms`, "", "", "error: no answer within 50ms\n", 6},
		{"recv timeout", `Sleep -d {"seconds":60} --recv-timeout 50ms`, "", "", "error: no message from the peer for 50ms\n", 6},
		{"text", `UnaryEcho -d {"message":"a\"b"} --output text`, "", "message: \"a\\\"b\"\n", "", 0},
		{"binary", `UnaryEcho -d {"message":"ab"} --output binary`, "", "\n\x02ab", "", 0},
		{"binary, delimited", `StreamResponseEcho -d {"message":"a"} --output binary`, "", "\x03\n\x01a\x03\n\x01a\x03\n\x01a", "", 0},
		{"pretty", `UnaryEcho -d {"message":"a"} --pretty`, "", "{\n  \"message\": \"a\"\n}\n", "", 0},
		{"colour", `UnaryEcho -d {"message":"a"} --color always`, "", "{\x1b[34;1m\"message\"\x1b[0m:\x1b[32m\"a\"\x1b[0m}\n", "", 0},
		{"defaults", `UnaryEcho --emit-defaults`, "", "{\"message\":\"\"}\n", "", 0},
		{"unknown field", `UnaryEcho -d {"x":1,"message":"a"} --unknown-fields ignore`, "", "{\"message\":\"a\"}\n", "", 0},
		{"empty output file", `Sum --output binary -o ` + old, "", "", "", 0},
		{"negative code", `Fail -d {"code":-1,"message":"m"}`, "", "", "error: status 4294967295: m\n" +
			`detail: {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ALWAYS_FAILS","domain":"demo","metadata":{"method":"Fail"}}` + "\n" +
			`detail: {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"code","description":"there is no code that succeeds"}]}` + "\n", 95},
		{"JSON error", `Fail -d {"code":5,"message":"gone"} --error-format json`, "", "",
			`{"error":{"message":"status 5 NOT_FOUND: gone","exitCode":69,"status":{"code":5,"name":"NOT_FOUND","message":"gone","details":[` +
				`{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ALWAYS_FAILS","domain":"demo","metadata":{"method":"Fail"}},` +
				`{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"code","description":"there is no code that succeeds"}]}]}}}` + "\n", 69},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out, stderr bytes.Buffer
			code := Main(append([]string{"call", "demo"}, strings.Fields(test.args)...), strings.NewReader(test.stdin), &out, &stderr)
			if code != test.code || out.String() != test.stdout || stderr.String() != test.stderr {
				t.Errorf("exit %d\n%s%s\nwant %d\n%s%s", code, out.String(), stderr.String(), test.code, test.stdout, test.stderr)
			}
		})
	}
}
