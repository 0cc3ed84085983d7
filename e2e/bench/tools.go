package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// grpcurlVersion is the peer.
const grpcurlVersion = "v1.9.4"

// programs are paths of executables.
type programs struct{ idlcall, grpcurl, generic, streams, empty string }

// build compiles all the way releases are: static and stripped.
func build(dir string) (programs, error) {
	p := programs{
		idlcall: filepath.Join(dir, "idlcall"),
		grpcurl: filepath.Join(dir, "grpcurl"),
		generic: filepath.Join(dir, "generic"),
		streams: filepath.Join(dir, "kitexstream"),
		empty:   filepath.Join(dir, "empty"),
	}
	empty := filepath.Join(dir, "empty.go")
	if err := os.WriteFile(empty, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return p, err
	}
	flags := []string{"-trimpath", "-ldflags=-s -w"}
	for _, args := range [][]string{
		append(append([]string{"build"}, flags...), "-o", p.idlcall, "github.com/idlcall/idlcall"),
		append(append([]string{"build"}, flags...), "-o", p.generic, "github.com/idlcall/idlcall/e2e/bench/generic"),
		append(append([]string{"build"}, flags...), "-o", p.streams, "github.com/idlcall/idlcall/e2e/bench/kitexstream"),
		append(append([]string{"build"}, flags...), "-o", p.empty, empty),
		append(append([]string{"install"}, flags...), "github.com/fullstorydev/grpcurl/cmd/grpcurl@"+grpcurlVersion),
	} {
		c := exec.Command("go", args...)
		c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOBIN="+dir)
		if out, err := c.CombinedOutput(); err != nil {
			return p, fmt.Errorf("go %v: %w\n%s", args, err, out)
		}
	}
	return p, nil
}
