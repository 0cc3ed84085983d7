package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/idlcall/idlcall/e2e/released"
)

// Versions of the peers.
const (
	grpcurlVersion = "v1.9.4"
	ghzVersion     = "v0.121.0"
	evansVersion   = "v0.10.11"
)

// programs are paths of executables; ghz and evans are empty where they do not build.
type programs struct{ idlcall, grpcurl, ghz, evans, generic, streams, frames, grpcgo, empty string }

// build compiles all the way releases are: static and stripped, and idlcall from the tree that releases
// are built from.
func build(dir string) (programs, error) {
	p := programs{
		grpcurl: filepath.Join(dir, "grpcurl"),
		generic: filepath.Join(dir, "generic"),
		streams: filepath.Join(dir, "kitexstream"),
		frames:  filepath.Join(dir, "frames"),
		grpcgo:  filepath.Join(dir, "grpcgo"),
		empty:   filepath.Join(dir, "empty"),
	}
	empty := filepath.Join(dir, "empty.go")
	if err := os.WriteFile(empty, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return p, err
	}
	var err error
	if p.idlcall, err = released.Build(dir); err != nil {
		return p, err
	}
	flags := []string{"-trimpath", "-ldflags=-s -w"}
	for _, args := range [][]string{
		append(append([]string{"build"}, flags...), "-o", p.generic, "github.com/idlcall/idlcall/e2e/bench/generic"),
		append(append([]string{"build"}, flags...), "-o", p.streams, "github.com/idlcall/idlcall/e2e/bench/kitexstream"),
		append(append([]string{"build"}, flags...), "-o", p.frames, "github.com/idlcall/idlcall/e2e/bench/frames"),
		append(append([]string{"build"}, flags...), "-o", p.grpcgo, "github.com/idlcall/idlcall/e2e/bench/grpcgo"),
		append(append([]string{"build"}, flags...), "-o", p.empty, empty),
		append(append([]string{"install"}, flags...), "github.com/fullstorydev/grpcurl/cmd/grpcurl@"+grpcurlVersion),
	} {
		c := exec.Command("go", args...)
		c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOBIN="+dir)
		if out, err := c.CombinedOutput(); err != nil {
			return p, fmt.Errorf("go %v: %w\n%s", args, err, out)
		}
	}
	p.ghz = buildPeer(dir, "ghz", "github.com/bojand/ghz", "github.com/bojand/ghz/cmd/ghz", ghzVersion)
	p.evans = buildPeer(dir, "evans", "github.com/ktr0731/evans", "github.com/ktr0731/evans", evansVersion)
	return p, p.install(filepath.Join(dir, "installed"))
}

// install copies all programs to a directory, as a user's have been copied. The linker writes a
// file through its memory, which leaves it in the page cache in pieces of 4 KiB: a program that
// was linked just now starts up to a third slower than its copy.
func (p *programs) install(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, program := range []*string{&p.idlcall, &p.grpcurl, &p.ghz, &p.evans, &p.generic, &p.streams, &p.frames, &p.grpcgo, &p.empty} {
		if *program == "" {
			continue
		}
		to := filepath.Join(dir, filepath.Base(*program))
		if err := copyFile(to, *program); err != nil {
			return err
		}
		*program = to
	}
	return nil
}

// copyFile writes a copy in pieces of the size in which cp, tar and curl do.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 128<<10))
	return errors.Join(err, out.Close())
}

// buildPeer builds a program in a module that requires its own, and returns its path, or "" where it
// does not build.
func buildPeer(dir, name, module, pkg, version string) string {
	home := filepath.Join(dir, name+"-module")
	text := fmt.Sprintf("module peer\n\ngo 1.26.0\n\nrequire %s %s\n", module, version)
	if os.MkdirAll(home, 0o755) != nil || os.WriteFile(filepath.Join(home, "go.mod"), []byte(text), 0o644) != nil {
		return ""
	}
	program := filepath.Join(dir, name)
	c := exec.Command("go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", program, pkg)
	c.Dir, c.Env = home, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s %s does not build: %v\n%s", name, version, err, out)
		return ""
	}
	return program
}
