package e2e

import (
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// TestRetrySendsNothingTwice: a peer that reads and then closes, before it says that it
// speaks HTTP/2, may have read a request. Where it is tried again, it has got none.
func TestRetrySendsNothingTwice(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen [][]http2.FrameType // of each connection
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			frames := framesOf(conn)
			mu.Lock()
			seen = append(seen, frames)
			mu.Unlock()
		}
	})
	out, err := exec.Command("idlcall", "call", l.Addr().String(), "e2e.Calls/Unary", "--idl", "testdata/idl/calls.proto",
		"--retry", "2", "--retry-delay", "0").CombinedOutput()
	l.Close()
	reading.Wait()
	if err == nil || !strings.Contains(string(out), "(3 attempts in ") {
		t.Errorf("%v: %s", err, out)
	}
	for _, frames := range seen {
		for _, f := range frames {
			if f == http2.FrameHeaders || f == http2.FrameData {
				t.Errorf("a request was sent: %v", seen)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d connections", len(seen))
	}
}

// framesOf reads what comes until there is silence, and closes.
func framesOf(conn net.Conn) (types []http2.FrameType) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return nil
	}
	fr := http2.NewFramer(io.Discard, conn)
	for {
		f, err := fr.ReadFrame()
		if err != nil {
			return types
		}
		types = append(types, f.Header().Type)
	}
}
