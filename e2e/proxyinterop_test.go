package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
)

// kept is a connection whose bytes are kept.
type kept struct {
	net.Conn

	mu      sync.Mutex
	in, out bytes.Buffer
}

func (k *kept) Read(p []byte) (int, error) {
	n, err := k.Conn.Read(p)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.in.Write(p[:n])
	return n, err
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	k.out.Write(p) // before the other side can have it
	k.mu.Unlock()
	return k.Conn.Write(p)
}

// keeping is a listener that keeps what its connections carry.
type keeping struct {
	net.Listener

	mu    sync.Mutex
	conns []*kept
}

func (l *keeping) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	k := &kept{Conn: c}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, k)
	return k, nil
}

// TestInteropThroughProxy runs grpc-go's own client of the interop cases against grpc-go's server
// with idlcall proxy between, and compares what each end wrote with what the other one read.
// A case that fails ends the process.
func TestInteropThroughProxy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := &keeping{Listener: l}
	server := grpc.NewServer()
	testgrpc.RegisterTestServiceServer(server, interop.NewTestServer())
	go func() { _ = server.Serve(at) }()
	defer server.Stop()
	p := startProxy(t, l.Addr().String(), "--idl", peers(t).Env["INTEROP"])

	var client *kept
	conn, err := grpc.NewClient("passthrough:///"+p.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			client = &kept{Conn: c}
			return client, err
		}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	service := testgrpc.NewTestServiceClient(conn)
	for _, do := range []func(context.Context, testgrpc.TestServiceClient, ...grpc.CallOption){
		interop.DoEmptyUnaryCall, interop.DoLargeUnaryCall, interop.DoClientStreaming, interop.DoServerStreaming, interop.DoPingPong,
		interop.DoEmptyStream, interop.DoTimeoutOnSleepingServer, interop.DoCancelAfterBegin, interop.DoCancelAfterFirstResponse,
		interop.DoCustomMetadata, interop.DoStatusCodeAndMessage, interop.DoSpecialStatusMessage,
	} {
		do(ctx, service)
	}
	interop.DoUnimplementedMethod(ctx, conn)
	interop.DoUnimplementedService(ctx, testgrpc.NewUnimplementedServiceClient(conn))
	conn.Close()
	events := p.end(t)
	server.Stop()

	if len(at.conns) != 1 {
		t.Fatalf("%d connections", len(at.conns))
	}
	equalBytes(t, "client to server", &client.out, &at.conns[0].in)
	equalBytes(t, "server to client", &at.conns[0].out, &client.in)
	finished := map[float64]int{}
	for _, e := range events {
		switch e["event"] {
		case "finish":
			finished[e["exitCode"].(float64)]++
		case "undecoded":
			t.Error(e)
		}
		if reason := e["reason"]; reason != nil && !strings.Contains(reason.(string), "UnimplementedService") {
			t.Error(e)
		}
	}
	// 6 that go well, and of custom_metadata, status_code_and_message two each; a timeout, two cancellations.
	if finished[0] != 8 || finished[66] != 3 || finished[76] != 2 || finished[130] < 2 {
		t.Errorf("exit codes %v", finished)
	}
}

// equalBytes compares what was written with what was read, of which the end may be missing where
// the reader has gone before it.
func equalBytes(t *testing.T, what string, written, read *bytes.Buffer) {
	t.Helper()
	if !bytes.HasPrefix(written.Bytes(), read.Bytes()) || read.Len() < written.Len()-64 {
		t.Errorf("%s: %d bytes were written, %d read", what, written.Len(), read.Len())
	}
	if written.Len() == 0 {
		t.Errorf("%s: no bytes", what)
	}
}

// runningProxy is an idlcall proxy.
type runningProxy struct {
	background
	address string
}

// newProxy is idlcall proxy before a server.
func newProxy(target string, flags ...string) *runningProxy {
	p := &runningProxy{background: background{stderr: said{lines: make(chan string, 1)}}}
	p.cmd = exec.Command("idlcall", append([]string{"proxy", "--listen", "127.0.0.1:0", target}, flags...)...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p
}

// begin waits until it listens.
func (p *runningProxy) begin(t *testing.T) {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	select {
	case p.address = <-p.stderr.lines:
	case <-time.After(stepPatience):
		t.Fatal("the proxy does not listen")
	}
}

// startProxy runs idlcall proxy before a server.
func startProxy(t *testing.T, target string, flags ...string) *runningProxy {
	t.Helper()
	p := newProxy(target, flags...)
	p.begin(t)
	return p
}

// end stops the proxy and returns its events.
func (p *runningProxy) end(t *testing.T) []map[string]any {
	t.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt)
	if err := p.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var events []map[string]any
	for line := range strings.Lines(p.stdout.String()) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		events = append(events, e)
	}
	return events
}
