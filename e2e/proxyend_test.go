package e2e

import (
	"context"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
)

// pingPong is a stream on which each request has an answer.
type pingPong struct {
	testgrpc.TestService_FullDuplexCallClient
}

func (s pingPong) round() error {
	err := s.Send(&testgrpc.StreamingOutputCallRequest{ResponseParameters: []*testgrpc.ResponseParameters{{Size: 1}}})
	if err == nil {
		_, err = s.Recv()
	}
	return err
}

// underWay starts a proxy with a stream on it.
func underWay(t *testing.T, flags ...string) (*runningProxy, pingPong) {
	t.Helper()
	p := startProxy(t, peers(t).Env["GRPC"], append(flags, "--idl", peers(t).Env["INTEROP"])...)
	conn, err := grpc.NewClient("passthrough:///"+p.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	s, err := testgrpc.NewTestServiceClient(conn).FullDuplexCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := (pingPong{s}).round(); err != nil {
		t.Fatal(err)
	}
	return p, pingPong{s}
}

// interrupted sends a signal, and waits until nobody can connect any more.
func (p *runningProxy) interrupted(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(stepPatience); ; {
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			return
		}
		c.Close()
		if time.Now().After(end) {
			t.Fatal("it still listens")
		}
	}
}

// TestProxyLetsCallsEnd: after Ctrl-C a call under way goes on to its end, while a connection
// without one ends at once.
func TestProxyLetsCallsEnd(t *testing.T) {
	t.Parallel()
	p, s := underWay(t)
	idle, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	p.interrupted(t)
	_ = idle.SetReadDeadline(time.Now().Add(stepPatience))
	if b, err := io.ReadAll(idle); os.IsTimeout(err) {
		t.Errorf("the idle connection is open: %q, %v", b, err)
	}
	if err := s.round(); err != nil {
		t.Error(err)
	}
	_ = s.CloseSend()
	if _, err := s.Recv(); err != io.EOF {
		t.Error(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestProxyGrace: a call that does not end is cut when the grace is over.
func TestProxyGrace(t *testing.T) {
	t.Parallel()
	p, s := underWay(t, "--grace", "100ms")
	p.interrupted(t)
	if _, err := s.Recv(); err == nil || err == io.EOF {
		t.Errorf("the call ends with %v", err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestProxyKilled: a second signal ends it at once.
func TestProxyKilled(t *testing.T) {
	t.Parallel()
	p, _ := underWay(t, "--grace", "1h")
	p.interrupted(t)
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(stepPatience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("it ends with %v", p.cmd.ProcessState)
	}
}

// TestProxyReaderGone: where nobody reads the lines any more, the proxy ends, and well.
func TestProxyReaderGone(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(peers(t).Env["GRPC"], "--idl", peers(t).Env["INTEROP"])
	p.cmd.Stdout = w
	p.begin(t)
	w.Close()
	r.Close()
	conn, err := grpc.NewClient("passthrough:///"+p.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = testgrpc.NewTestServiceClient(conn).EmptyCall(t.Context(), &testgrpc.Empty{}) // which may be cut
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
