package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "source:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("source", flag.ContinueOnError)
	out := flags.String("o", "", "directory to write; one that an earlier run has written is replaced")
	patches := flags.String("patches", "", "directory of patches; deploy/patches of the module if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" || flags.NArg() > 0 {
		return errors.New("usage: go run ./deploy/source -o DIR [-patches DIR]")
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if *patches == "" {
		*patches = filepath.Join(root, "deploy", "patches")
	}
	dir, err := filepath.Abs(*out)
	if err != nil {
		return err
	}
	return write(root, *patches, dir)
}

// write makes dir the tree of the module at root. Patches are tried first: where one is wrong,
// dir stays as it is.
func write(root, patches, dir string) error {
	all, err := readPatches(patches)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "idlcall-source")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for i := range all {
		if err := all[i].apply(root, work); err != nil {
			return err
		}
	}
	if err := clear(dir); err != nil {
		return err
	}
	if err := copyModule(root, dir); err != nil {
		return err
	}
	if _, err := goTool(root, "mod", "vendor", "-o", filepath.Join(dir, "vendor")); err != nil {
		return err
	}
	used, err := install(work, filepath.Join(dir, "vendor"))
	if err != nil {
		return err
	}
	for i := range all {
		if !all[i].among(used) {
			return fmt.Errorf("%s: the tool links no file that it changes: remove it", all[i].name)
		}
	}
	return mark(dir, all)
}

// moduleRoot is the directory of the go.mod that rules the working directory.
func moduleRoot() (string, error) {
	out, err := goTool("", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	if out == "" || out == os.DevNull {
		return "", errors.New("the working directory is in no module")
	}
	return filepath.Dir(out), nil
}

// goTool runs go in dir, without a workspace or flags from the environment, and returns what it
// printed, trimmed.
func goTool(dir string, args ...string) (string, error) {
	return output(dir, append(os.Environ(), "GOWORK=off", "GOFLAGS="), nil, "go", args...)
}

// output runs a program. Its error has what the program said.
func output(dir string, env []string, in io.Reader, program string, args ...string) (string, error) {
	c := exec.Command(program, args...)
	var stdout, stderr strings.Builder
	c.Dir, c.Env, c.Stdin, c.Stdout, c.Stderr = dir, env, in, &stdout, &stderr
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(stdout.String()), nil
}
