package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
)

// benchReport is what the tests of bench ask of a report.
type benchReport struct {
	Calls, Failed, Cut, Waited, Unmade int64
	Ended                              string
	Processes                          int
	Windows                            []struct{ Calls int64 }
	Summary                            map[string]struct {
		Count       int64
		Percentiles map[string]int64
	}
}

func readReport(t *testing.T, text []byte) (r benchReport) {
	t.Helper()
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return r
}

// required is a program that CI has; elsewhere the test is skipped without it.
func required(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}

// TestBenchInterrupted ends a load with Ctrl-C: what was measured is printed.
func TestBenchInterrupted(t *testing.T) {
	t.Parallel()
	c := exec.Command("idlcall", "bench", peers(t).Env["GRPC"], "e2e.Calls/Unary", "-d", `{"text": "a"}`, "-c", "4", "--duration", "10m", "--report", "json")
	var out, stderr bytes.Buffer
	c.Stdout, c.Stderr = &out, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	r := readReport(t, out.Bytes())
	if c.ProcessState.ExitCode() != 130 || r.Ended != "interrupted" || r.Calls == 0 || r.Failed != 0 || r.Summary["latency"].Count != r.Calls {
		t.Errorf("exit code %d, %+v, %s", c.ProcessState.ExitCode(), r, &stderr)
	}
}

// stalling is a server of grpc-go that passes bodies through, but not in the first part of each
// period.
func stalling(t *testing.T, period, stall time.Duration, options ...grpc.ServerOption) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	s := grpc.NewServer(append(options, grpc.ForceServerCodec(passing{}), grpc.UnknownServiceHandler(func(_ any, calls grpc.ServerStream) error {
		var body []byte
		if err := calls.RecvMsg(&body); err != nil {
			return err
		}
		if in := time.Since(start) % period; in < stall {
			time.Sleep(stall - in)
		}
		return calls.SendMsg(&body)
	}))...)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String()
}

// passing is a codec of bodies as they are.
type passing struct{}

func (passing) Name() string                       { return "proto" }
func (passing) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (passing) Unmarshal(body []byte, v any) error { *v.(*[]byte) = bytes.Clone(body); return nil }

// TestBenchStall has a server of grpc-go that stalls for a quarter of the time. By hand: of calls that
// are due evenly, three in four are answered at once, and one waits for any time up to the stall, as
// likely as another. A load of callers who wait does not see that.
func TestBenchStall(t *testing.T) {
	t.Parallel()
	const period, stall = 2 * time.Second, 500 * time.Millisecond
	address := stalling(t, period, stall)
	idl := filepath.Join("testdata", "idl", "calls.proto")
	measure := func(load ...string) benchReport {
		args := append([]string{"bench", address, "e2e.Calls/Unary", "--idl", idl, "-d", `{"text": "a"}`, "--duration", "6s", "--report", "json"}, load...)
		out, err := exec.Command("idlcall", args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return readReport(t, out)
	}
	r := measure("--rate", "400")
	if r.Calls != 2400 || r.Unmade != 0 {
		t.Fatalf("%+v", r)
	}
	for name, want := range map[string]time.Duration{"p90": stall - 200*time.Millisecond, "p95": stall - 100*time.Millisecond, "p99": stall - 20*time.Millisecond} {
		if got := time.Duration(r.Summary["corrected"].Percentiles[name]); (got - want).Abs() > 60*time.Millisecond {
			t.Errorf("%s is %v, and by hand %v", name, got, want)
		}
	}
	if got := time.Duration(measure("-c", "2").Summary["latency"].Percentiles["p95"]); got > stall/2 {
		t.Errorf("two callers who wait see a p95 of %v", got)
	}
}

// TestBenchAtOnce has a server that takes three calls at once on a connection: the report says what
// becomes of the others.
func TestBenchAtOnce(t *testing.T) {
	t.Parallel()
	address := stalling(t, 20*time.Millisecond, 10*time.Millisecond, grpc.MaxConcurrentStreams(3))
	for name, c := range map[string]struct {
		load string
		want string
		// waited: calls began late, and not on the connection.
		waited bool
	}{
		"callers":     {"-c 9", "warning: the server takes 3 calls at once on the connection: other callers wait for room, which is part of their time\n", false},
		"connections": {"-c 9 --connections 2", "warning: the server takes 6 calls at once on all connections: other callers wait for room, which is part of their time\n", false},
		"room":        {"-c 9 --connections 3", "", false},
		"rate":        {"--rate 2000", "", true},
	} {
		args := append([]string{"bench", address, "e2e.Calls/Unary", "--idl", filepath.Join("testdata", "idl", "calls.proto"), "-d", `{"text": "a"}`, "--duration", "1s", "--report", "json"}, strings.Fields(c.load)...)
		var out, stderr bytes.Buffer
		run := exec.Command("idlcall", args...)
		run.Stdout, run.Stderr = &out, &stderr
		if err := run.Run(); err != nil {
			t.Fatal(err, stderr.String())
		}
		if r := readReport(t, out.Bytes()); stderr.String() != c.want || r.Failed > 0 || r.Calls == 0 || (r.Waited > 0) != c.waited {
			t.Errorf("%s: %+v\n%s", name, r, &stderr)
		}
	}
}

// TestBenchPage has headless Chromium draw the page of a report.
func TestBenchPage(t *testing.T) {
	t.Parallel()
	chromium := required(t, "chromium")
	dir, err := os.MkdirTemp("", "chromium") //nolint:usetesting // it writes there for a while when it has ended
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	page := filepath.Join(dir, "load.html")
	load := exec.Command("idlcall", "bench", peers(t).Env["GRPC"], "e2e.Calls/Unary", "-d", `{"text": "a"} {"status": {"code": 5, "message": "</script><b>"}}`,
		"--stages", "200:600ms,c4:600ms", "--report", "html="+page)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	browser := exec.CommandContext(ctx, chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir="+dir, "--virtual-time-budget=2000", "--dump-dom", "file://"+page)
	browser.WaitDelay = time.Second
	dom, err := browser.Output()
	if err != nil && !bytes.Contains(dom, []byte("</html>")) {
		t.Fatal(err)
	}
	text := string(dom)
	_, body, _ := strings.Cut(text, "<body")
	if !strings.Contains(body, `data-done="true"`) || strings.Count(body, "<svg") != 4 || strings.Contains(body, "NaN") || strings.Contains(body, "<b>") {
		t.Errorf("the page does not end well, or has not 4 charts:\n%s", text)
	}
	for _, want := range []string{`<h1 id="title">grpc unary e2e\.Calls/Unary at `, `<polyline points="[0-9., ]+" fill="none" stroke="var\(--a\)"`, `<rect x="[0-9.]+"`, `<td>c4:600ms|<td>4 at once for 600ms</td>`, `<td>NOT_FOUND</td>`, `99\.9%`} {
		if !regexp.MustCompile(want).MatchString(body) {
			t.Errorf("the page has no %s:\n%s", want, text)
		}
	}
}

// TestBenchLive looks at the line on a terminal while the load lasts, and that it is gone after.
func TestBenchLive(t *testing.T) {
	t.Parallel()
	s := openScreen(t, 100, 40, nil, "idlcall", "bench", peers(t).Env["GRPC"], "e2e.Calls/Unary", "-d", `{"text": "a"}`, "-c", "2", "--duration", "3s")
	s.untilIt("has the line", regexp.MustCompile(`0:0[12] of 0:03  calls \d+  \d+/s  p50 \S+  p99 \S+  under way [012]`).MatchString)
	s.untilIt("has the report", func(text string) bool { return strings.Contains(text, "idlcall itself") })
	if text := s.text(); strings.Contains(text, "under way") {
		t.Errorf("the line is still there:\n%s", text)
	}
}
