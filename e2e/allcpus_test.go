//go:build unix

package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestAllCPUs has Go itself say on how many CPUs the program runs: on one at first, and on those that it
// may have once it lasts, or others can see that it will.
func TestAllCPUs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, args string
		input      bool
	}{
		{name: "server", args: "serve demo --listen localhost:0"},
		{name: "stream", args: "call demo pb.StreamingService/BidirectionalEcho -d @", input: true},
		{name: "call that waits", args: "call demo UnaryEcho -d @", input: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			p := exec.CommandContext(ctx, "idlcall", strings.Fields(c.args)...)
			p.Env = append(os.Environ(), "GOMAXPROCS=3", "GODEBUG=schedtrace=50")
			var out bytes.Buffer
			p.Stdout, p.Stderr = &out, &out
			if c.input {
				if _, err := p.StdinPipe(); err != nil {
					t.Fatal(err)
				}
			}
			_ = p.Run() // killed
			seen := regexp.MustCompile(`gomaxprocs=\d+`).FindAllString(out.String(), -1)
			if len(seen) < 4 || seen[len(seen)-1] != "gomaxprocs=3" {
				t.Errorf("saw %v in\n%s", seen, out.String())
			}
		})
	}
}
