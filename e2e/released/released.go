// Package released builds idlcall as releases are built: static and stripped, from the tree that
// deploy/source writes, with patched dependencies.
package released

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ldflags are those of .goreleaser.yaml and make build.
const ldflags = "-ldflags=-s -w -X=runtime.godebugDefault=memprofilerate=0,profstackdepth=0,decoratemappings=0"

// Build writes the tree to dir and the program beside it, and returns the path of the program. flags
// are more flags of go build.
func Build(dir string, flags ...string) (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/idlcall/idlcall").Output()
	if err != nil {
		return "", fmt.Errorf("where idlcall is: %w", err)
	}
	tree, program := filepath.Join(dir, "source"), filepath.Join(dir, "idlcall")
	build := append([]string{"build", "-mod=vendor", "-trimpath", ldflags, "-o", program}, flags...)
	if err := run(strings.TrimSpace(string(root)), "run", "./deploy/source", "-o", tree); err != nil {
		return "", err
	}
	return program, run(tree, append(build, ".")...)
}

// run runs go in dir. Its error has what go said.
func run(dir string, args ...string) error {
	c := exec.Command("go", args...)
	c.Dir, c.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go %v: %w\n%s", args, err, out)
	}
	return nil
}
