package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/idlcall/idlcall/e2e/peer"
)

// server is a process under load.
type server struct {
	name, addr string
	isPeer     bool
	pid        int
	client     func(net.Conn, load) (int, error)
}

func (s *server) measure(l load) (float64, error) {
	type result struct {
		n   int
		err error
	}
	results := make(chan result, l.conns)
	begun := time.Now()
	for range l.conns {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return 0, err
		}
		go func() {
			defer c.Close()
			_ = c.SetDeadline(begun.Add(l.time + 10*time.Second))
			n, err := s.client(c, l)
			results <- result{n, err}
		}()
	}
	total := 0
	for range l.conns {
		r := <-results
		if r.err != nil {
			return 0, r.err
		}
		total += r.n
	}
	return float64(total) / time.Since(begun).Seconds(), nil
}

// memory is what an idle connection, which has made one call, takes of the server.
func (s *server) memory(count int) (int, error) {
	before, err := resident(s.pid)
	if err != nil {
		return 0, err
	}
	for range count {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		if _, err := s.client(c, load{streams: 1}); err != nil {
			return 0, err
		}
	}
	after, err := resident(s.pid)
	return (after - before) / count, err
}

// resident is the memory of a process in bytes.
func resident(pid int) (int, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS of process %d", pid)
}

const benchProto = `syntax = "proto3";
package bench;
message Item { int64 id = 1; string name = 2; bool ok = 3; repeated string tags = 4; }
service Bench { rpc Unary(Item) returns (Item); }
`

// start starts all servers.
func start(tool string) ([]*server, func(), error) {
	dir, err := os.MkdirTemp("", "servebench")
	if err != nil {
		return nil, nil, err
	}
	var stops []func()
	stop := func() {
		for _, f := range stops {
			f()
		}
		os.RemoveAll(dir)
	}
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/idlcall/idlcall/e2e").Output()
	if err != nil {
		return nil, stop, err
	}
	e2e := strings.TrimSpace(string(module))
	shared := filepath.Join(filepath.Dir(e2e), "testdata")
	proto := filepath.Join(dir, "bench.proto")
	if err := os.WriteFile(proto, []byte(benchProto), 0o600); err != nil {
		return nil, stop, err
	}
	if tool == "" {
		tool = filepath.Join(dir, "idlcall")
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", tool, "github.com/idlcall/idlcall")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, stop, fmt.Errorf("%w\n%s", err, out)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, stop, err
	}
	ours, pid, kill, err := listening(exec.Command(tool, "serve", "--listen", "127.0.0.1:0", "--idl", proto, "--idl", filepath.Join(shared, "thrift", "echo_types.thrift")))
	if err != nil {
		return nil, stop, err
	}
	stops = append(stops, kill)
	grpcgo, grpcPID, kill, err := listening(exec.Command(self, "-server", "grpc"))
	if err != nil {
		return nil, stop, err
	}
	stops = append(stops, kill)
	peers, err := peer.Start(filepath.Join(e2e, "testdata", "idl"), shared)
	if err != nil {
		return nil, stop, err
	}
	stops = append(stops, peers.Close)
	env, err := peers.Using("$KITEX")
	if err != nil {
		return nil, stop, err
	}
	kitexPID, err := pidOf(env["KITEX"])
	if err != nil {
		return nil, stop, err
	}
	return []*server{
		{name: "grpc-go", addr: grpcgo, pid: grpcPID, isPeer: true, client: http2Client},
		{name: "idlcall serve, gRPC", addr: ours, pid: pid, client: http2Client},
		{name: "Kitex, TTHeader", addr: env["KITEX"], pid: kitexPID, isPeer: true, client: ttheaderClient},
		{name: "idlcall serve, TTHeader", addr: ours, pid: pid, client: ttheaderClient},
	}, stop, nil
}

// listening starts a program that says where it listens.
func listening(c *exec.Cmd) (addr string, pid int, kill func(), err error) {
	stderr, err := c.StderrPipe()
	if err != nil {
		return "", 0, nil, err
	}
	if err := c.Start(); err != nil {
		return "", 0, nil, err
	}
	kill = func() { _ = c.Process.Kill(); _ = c.Wait() }
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			return addr, c.Process.Pid, kill, nil
		}
	}
	kill()
	return "", 0, nil, fmt.Errorf("%s does not listen", c.Path)
}

// pidOf is the process that listens on an address, by the inode of its socket.
func pidOf(addr string) (int, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, err
	}
	out, err := exec.Command("sh", "-c", "ss -ltnpH sport = :"+port+" | sed 's/.*pid=//; s/,.*//' | head -1").Output()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

// rawCodec hands bodies on as they are.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (rawCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (rawCodec) Name() string { return "proto" }

// serveGRPC is a grpc-go server that does as little as it can.
func serveGRPC() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening on", l.Addr())
	s := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}))
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "bench.Bench", Methods: []grpc.MethodDesc{{
		MethodName: "Unary",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var body []byte
			return &body, decode(&body)
		},
	}}}, nil)
	return s.Serve(l)
}
