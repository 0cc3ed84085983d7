package e2e

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
)

// TestLateServer calls a grpc-go server that comes up while idlcall --wait is trying to
// connect: for the method by name, for its reflection, as one of several targets, and for
// its health.
func TestLateServer(t *testing.T) {
	const there = "grpc.health.v1.Health/Check"
	for name, args := range map[string][]string{
		"call by reflection": {"call", "ADDRESS", there, "-d", "{}"},
		"call":               {"call", "ADDRESS", there, "-d", "{}", "--idl", "../pkg/idl/load/health.proto"},
		"several targets":    {"call", "127.0.0.1:1,ADDRESS", there, "-d", "{}"},
		"each":               {"call", "ADDRESS", there, "-d", "{} {}", "--each", "--parallel", "2"},
		"list":               {"list", "--target", "ADDRESS"},
		"health":             {"health", "ADDRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			args := slices.Clone(args)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "ADDRESS", address)
			}
			p := begin(t, append(args, "--wait", "1m", "-v")...)
			p.untilStderr(t, "* attempt 1: ") // a connection was refused
			serveHealth(t, address, healthgrpc.HealthCheckResponse_SERVING)
			if err := p.wait(); err != nil {
				t.Fatalf("%v\n%s", err, p.stderr.String())
			}
		})
	}
}

// TestHealthWatch sees a real health server change its mind.
func TestHealthWatch(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	h := serveHealth(t, address, healthgrpc.HealthCheckResponse_NOT_SERVING)
	waiting := begin(t, "health", address, "--wait", "1m")
	p := begin(t, "health", address, "--watch")
	for _, status := range []healthgrpc.HealthCheckResponse_ServingStatus{
		healthgrpc.HealthCheckResponse_NOT_SERVING, healthgrpc.HealthCheckResponse_SERVING, healthgrpc.HealthCheckResponse_NOT_SERVING,
	} {
		h.SetServingStatus("", status)
		want := `{"status":"` + status.String() + "\"}\n"
		if line, err := p.out.ReadString('\n'); line != want {
			t.Fatalf("got %q (%v), want %q", line, err, want)
		}
		if status == healthgrpc.HealthCheckResponse_SERVING {
			if err := waiting.wait(); err != nil {
				t.Fatalf("--wait: %v: %s", err, waiting.stderr.String())
			}
		}
	}
	h.Shutdown()
}

// freeAddress is one where nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serveHealth starts a server with reflection and health.
func serveHealth(t *testing.T, address string, status healthgrpc.HealthCheckResponse_ServingStatus) *health.Server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s, h := grpc.NewServer(), health.NewServer()
	h.SetServingStatus("", status)
	healthgrpc.RegisterHealthServer(s, h)
	reflection.Register(s)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return h
}

// started is an idlcall that runs.
type started struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	err    *bufio.Reader
	stderr strings.Builder // what was read of it
}

func begin(t *testing.T, args ...string) *started {
	t.Helper()
	p := &started{cmd: exec.CommandContext(t.Context(), "idlcall", args...)}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out, p.err = bufio.NewReader(stdout), bufio.NewReader(stderr)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// untilStderr reads the lines of stderr up to one that begins so.
func (p *started) untilStderr(t *testing.T, prefix string) {
	t.Helper()
	for {
		line, err := p.err.ReadString('\n')
		p.stderr.WriteString(line)
		if err != nil {
			t.Fatalf("%v, no line %q:\n%s", err, prefix, p.stderr.String())
		}
		if strings.HasPrefix(line, prefix) {
			return
		}
	}
}

// wait reads the rest of the output and returns how the program ended.
func (p *started) wait() error {
	_, _ = io.Copy(&p.stderr, p.err)
	_, _ = io.Copy(io.Discard, p.out)
	return p.cmd.Wait()
}
