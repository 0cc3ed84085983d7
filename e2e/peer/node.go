package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// StartNode starts the grpc-js server in folder source and sets NODE. It installs
// grpc-js first, and as root Node.js too, where they are missing.
func (p *Peers) StartNode(source string) error {
	if err := installNode(); err != nil {
		return err
	}
	home, err := installPackages(source)
	if err != nil {
		return err
	}
	cmd := exec.Command("node", filepath.Join(home, "server.js"), p.Env["INTEROP"])
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.closers = append(p.closers, func() { stdin.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the Node server did not start: %w", err)
	}
	p.Env["NODE"] = strings.TrimSpace(line)
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return nil
}

// installNode installs Debian's Node.js where there is none.
func installNode() error {
	_, nodeErr := exec.LookPath("node")
	_, npmErr := exec.LookPath("npm")
	if nodeErr == nil && npmErr == nil {
		return nil
	}
	if os.Getuid() != 0 {
		return errors.Join(nodeErr, npmErr)
	}
	if err := run("", "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return run("", "apt-get", "install", "-y", "-qq", "--no-install-recommends", "nodejs", "npm")
}

// installPackages copies the server to a cache folder, with the packages that it
// needs, and returns that folder.
func installPackages(source string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	home := filepath.Join(cache, "idlcall-e2e", "node")
	wanted, err := os.ReadFile(filepath.Join(source, "package.json"))
	if err != nil {
		return "", err
	}
	had, _ := os.ReadFile(filepath.Join(home, "installed.json"))
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"package.json", "server.js"} {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(home, name), text, 0o644); err != nil {
			return "", err
		}
	}
	if string(had) == string(wanted) {
		return home, nil
	}
	if err := run(home, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"); err != nil {
		return "", err
	}
	return home, os.WriteFile(filepath.Join(home, "installed.json"), wanted, 0o644)
}

func run(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
