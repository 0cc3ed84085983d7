package clients

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/idlcall/idlcall/e2e/peer"
)

// viaProxy is the variable with which the tests of this package have all clients call through
// idlcall's proxy.
const viaProxy = "E2E_VIA_PROXY"

// TestThroughProxy runs all other tests once more, with the proxy between: grpc-go, Kitex and
// Apache clients see no difference, bytes are the same on both sides of it, and it understands
// them.
func TestThroughProxy(t *testing.T) {
	if os.Getenv(viaProxy) != "" {
		t.Skip("it runs")
	}
	cmd := exec.Command(os.Args[0], "-test.timeout=120s")
	cmd.Env = append(os.Environ(), viaProxy+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// through is an address of the proxy before a server, where that is wanted.
func through(t *testing.T, address string) string {
	t.Helper()
	if os.Getenv(viaProxy) == "" {
		return address
	}
	r, err := peer.NewRelay(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		changed, unread := r.Close()
		for _, problem := range slices.Concat(changed, unread) {
			t.Error(problem)
		}
		if r.CallsFinished() == 0 {
			t.Error("the proxy has seen no call")
		}
	})
	return r.Addr
}
