package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/e2e/peer"
)

// TestBenchOverSSH has GNU parallel start three loads over three sshd, at one time, and adds up what
// they measured: by "bench merge", and by the JavaScript implementation of HDR histograms.
func TestBenchOverSSH(t *testing.T) {
	t.Parallel()
	parallel := required(t, "parallel")
	config := sshServers(t, 3)
	dir := t.TempDir()
	idlcall, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	load := fmt.Sprintf(`%s bench %s e2e.Calls/Unary -d '{"text": "a"}' -c 2 --duration 2s --start-at @%d --report hdr`, idlcall, peers(t).Env["GRPC"], time.Now().Add(10*time.Second).Unix())
	var stderr bytes.Buffer
	run := exec.Command(parallel, "--will-cite", "--ssh", "ssh -F "+config, "--sshlogin", "host0,host1,host2", "--nonall", "-j0", load)
	run.Env = append(os.Environ(), "HOME="+dir)
	run.Stderr = &stderr
	all, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var logs []string
	for i, log := range strings.Split(string(all), "#[Histogram log")[1:] {
		name := filepath.Join(dir, fmt.Sprintf("%d.hdr", i))
		if err := os.WriteFile(name, []byte("#[Histogram log"+log), 0o600); err != nil {
			t.Fatal(err)
		}
		logs = append(logs, name)
	}
	if len(logs) != 3 {
		t.Fatalf("there are %d logs\n%s", len(logs), &stderr)
	}
	sum := merged(t, logs)
	var calls int64
	for _, log := range logs {
		one := merged(t, []string{log})
		if calls += one.Calls; one.Calls == 0 || one.Failed > 0 {
			t.Errorf("%s: %+v", log, one)
		}
	}
	latency := sum.Summary["latency"]
	if sum.Processes != 3 || sum.Calls != calls || latency.Count != calls || len(sum.Windows) > 12 {
		t.Errorf("the sum has %d processes, %d of %d calls, %d windows", sum.Processes, sum.Calls, calls, len(sum.Windows))
	}
	want := maps.Clone(latency.Percentiles)
	want["count"] = calls
	if got := percentilesInJS(t, logs); !maps.Equal(got, want) {
		t.Errorf("HdrHistogramJS says %v, idlcall %v", got, want)
	}
}

func merged(t *testing.T, logs []string) benchReport {
	t.Helper()
	out, err := exec.Command("idlcall", append([]string{"bench", "merge", "--report", "json"}, logs...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return readReport(t, out)
}

// percentilesInJS are those of all logs together.
func percentilesInJS(t *testing.T, logs []string) map[string]int64 {
	t.Helper()
	script, err := peer.NodeCommand(filepath.Join("testdata", "hdr"), "percentiles.js", append([]string{"latency"}, logs...)...)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	out, err := script.Output()
	if err != nil {
		t.Fatal(err, stderrOf(err))
	}
	var found map[string]int64
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return found
}

func stderrOf(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(exit.Stderr)
	}
	return ""
}

// sshServers runs OpenSSH servers on loopback, which are host0, host1, ... of the configuration for
// clients that it returns.
func sshServers(t *testing.T, n int) (config string) {
	t.Helper()
	sshd := "/usr/sbin/sshd"
	if _, err := os.Stat(sshd); err != nil {
		sshd = required(t, "sshd")
	}
	keygen := required(t, "ssh-keygen")
	dir := t.TempDir()
	for _, name := range []string{"host", "client"} {
		if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if os.Geteuid() == 0 { // for what sshd does without privileges
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var text strings.Builder
	for i := range n {
		port := freePort(t)
		server := exec.Command(sshd, "-D", "-e", "-f", "/dev/null", "-p", port, "-h", filepath.Join(dir, "host"), "-o", "ListenAddress=127.0.0.1",
			"-o", "AuthorizedKeysFile="+filepath.Join(dir, "client.pub"), "-o", "StrictModes=no", "-o", "PidFile=none", "-o", "UsePAM=no", "-o", "PermitRootLogin=yes")
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = server.Process.Kill()
			_ = server.Wait()
		})
		fmt.Fprintf(&text, "Host host%d\n  HostName 127.0.0.1\n  Port %s\n  IdentityFile %s\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n",
			i, port, filepath.Join(dir, "client"))
		awaitPort(t, port)
	}
	config = filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func awaitPort(t *testing.T, port string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("nothing listens at port %s", port)
}
