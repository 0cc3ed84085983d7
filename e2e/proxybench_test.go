package e2e

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
)

// BenchmarkProxy compares idlcall proxy with a relay that does nothing but io.Copy, in one run: the
// median time of a call, calls a second with 64 at once, and bytes a second of a stream, each as
// a ratio to the relay's, by turns.
//
//	go test -run xxx -bench Proxy -benchtime 1x .
func BenchmarkProxy(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer()
	testgrpc.RegisterTestServiceServer(server, interop.NewTestServer())
	go func() { _ = server.Serve(l) }()
	defer server.Stop()
	plain := plainRelay(b, l.Addr().String())
	idl := peers(b).Env["INTEROP"]
	for _, c := range []struct {
		name, address string
	}{
		{"no proxy", l.Addr().String()},
		{"unread", benchProxy(b, l.Addr().String(), "-t", "ttheader")}, // no IDL: hex
		{"decoded", benchProxy(b, l.Addr().String(), "--idl", idl)},
	} {
		b.Run(c.name, func(b *testing.B) {
			ours, theirs := benchClient(b, c.address), benchClient(b, plain)
			for b.Loop() {
				compareRelays(b, ours, theirs)
			}
		})
	}
}

// compareRelays measures both by turns, and reports medians of the ratios.
func compareRelays(b *testing.B, ours, theirs testgrpc.TestServiceClient) {
	b.Helper()
	const turns = 7
	var latency, calls, bytes []float64
	var p50s [2]time.Duration
	for range turns {
		a, z := p50(b, ours), p50(b, theirs)
		p50s = [2]time.Duration{a, z}
		latency = append(latency, float64(a)/float64(z))
		calls = append(calls, rate(b, ours)/rate(b, theirs))
		bytes = append(bytes, streamRate(b, ours)/streamRate(b, theirs))
	}
	b.ReportMetric(middle(latency), "p50-ratio")
	b.ReportMetric(float64(p50s[0]-p50s[1])/1e3, "added-µs")
	b.ReportMetric(middle(calls), "calls/s-ratio")
	b.ReportMetric(middle(bytes), "bytes/s-ratio")
}

func middle(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// p50 is the median of the times that calls take, one after the other.
func p50(b *testing.B, c testgrpc.TestServiceClient) time.Duration {
	b.Helper()
	var times []time.Duration
	for range 300 {
		start := time.Now()
		if _, err := c.EmptyCall(context.Background(), &testgrpc.Empty{}); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// rate is calls a second, 64 at once.
func rate(b *testing.B, c testgrpc.TestServiceClient) float64 {
	b.Helper()
	const callers, each = 64, 50
	start := time.Now()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				if _, err := c.EmptyCall(context.Background(), &testgrpc.Empty{}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return callers * each / time.Since(start).Seconds()
}

// streamRate is bytes a second of replies of 1 MiB.
func streamRate(b *testing.B, c testgrpc.TestServiceClient) float64 {
	b.Helper()
	const messages, size = 64, 1 << 20
	request := &testgrpc.StreamingOutputCallRequest{}
	for range messages {
		request.ResponseParameters = append(request.ResponseParameters, &testgrpc.ResponseParameters{Size: size})
	}
	start := time.Now()
	s, err := c.StreamingOutputCall(context.Background(), request)
	if err != nil {
		b.Fatal(err)
	}
	for {
		if _, err := s.Recv(); err == io.EOF {
			break
		} else if err != nil {
			b.Fatal(err)
		}
	}
	return messages * size / time.Since(start).Seconds()
}

func benchClient(b *testing.B, address string) testgrpc.TestServiceClient {
	b.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	c := testgrpc.NewTestServiceClient(conn)
	if _, err := c.EmptyCall(context.Background(), &testgrpc.Empty{}); err != nil {
		b.Fatal(err)
	}
	return c
}

// benchProxy runs idlcall proxy, with its output in a file.
func benchProxy(b *testing.B, target string, flags ...string) string {
	b.Helper()
	out, err := os.Create(b.TempDir() + "/out.ndjson")
	if err != nil {
		b.Fatal(err)
	}
	stderr := &said{lines: make(chan string, 1)}
	cmd := exec.Command("idlcall", append([]string{"proxy", "--listen", "127.0.0.1:0", target}, flags...)...)
	cmd.Stdout, cmd.Stderr = out, stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	return <-stderr.lines
}

// relayVariable has the test binary be the relay to compare with, in a process of its own as
// idlcall is.
const relayVariable = "E2E_PLAIN_RELAY"

// plainRelay is the relay that does nothing but io.Copy.
func plainRelay(b *testing.B, target string) string {
	b.Helper()
	stderr := &said{lines: make(chan string, 1)}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestPlainRelay$")
	cmd.Env = append(os.Environ(), relayVariable+"="+target)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return <-stderr.lines
}

// TestPlainRelay is that relay.
func TestPlainRelay(t *testing.T) {
	target := os.Getenv(relayVariable)
	if target == "" {
		t.Skip("nobody wants it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stderr.WriteString("listening on " + l.Addr().String() + "\n")
	for {
		client, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		server, err := net.Dial("tcp", target)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1])
				_ = pair[0].(*net.TCPConn).CloseWrite()
			}()
		}
	}
}
