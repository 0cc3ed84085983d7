package peer

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// StartNode starts the servers in folder source: grpc-js, NODE, NODEOWN, and one of HTTP/2 that
// changes its header table, NODETABLES. It installs grpc-js first, and as root Node.js too, where they are missing.
func (p *Peers) StartNode(source string) error {
	if err := installNode(); err != nil {
		return err
	}
	home, err := installPackages(source)
	if err != nil {
		return err
	}
	cmd := exec.Command("node", filepath.Join(home, "server.js"), p.Env["INTEROP"])
	env, stop, err := launch(cmd)
	if stop != nil {
		p.atEnd(stop)
	}
	maps.Copy(p.Env, env)
	return err
}

// installNode installs Debian's Node.js where there is none. Two servers need it.
var installNode = sync.OnceValue(func() error {
	_, nodeErr := exec.LookPath("node")
	_, npmErr := exec.LookPath("npm")
	if nodeErr == nil && npmErr == nil {
		return nil
	}
	if os.Getuid() != 0 {
		return errors.Join(nodeErr, npmErr)
	}
	unlock, err := lockInstalls()
	if err != nil {
		return err
	}
	defer unlock()
	if err := run("", "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return run("", "apt-get", "install", "-y", "-qq", "--no-install-recommends", "nodejs", "npm")
})

// installPackages copies the server to a cache folder, with the packages that it
// needs, and returns that folder.
func installPackages(source string) (string, error) {
	unlock, err := lockInstalls()
	if err != nil {
		return "", err
	}
	defer unlock()
	home := filepath.Join(installs(), filepath.Base(source))
	wanted, err := os.ReadFile(filepath.Join(source, "package.json"))
	if err != nil {
		return "", err
	}
	had, _ := os.ReadFile(filepath.Join(home, "installed.json"))
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(source, "*.js*"))
	if err != nil {
		return "", err
	}
	protos, err := filepath.Glob(filepath.Join(source, "*.proto"))
	if err != nil {
		return "", err
	}
	files = append(files, protos...)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(home, filepath.Base(file)), text, 0o644); err != nil {
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

// installs is the folder of what is installed once for all runs.
func installs() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "idlcall-e2e")
}

// lockInstalls keeps other test processes from installing at the same time.
func lockInstalls() (unlock func(), err error) {
	if err := os.MkdirAll(installs(), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(installs(), "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

func run(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// Bundle makes one file, whose name it returns, of a script in folder source and the packages
// that it imports, which it installs where they are missing.
func Bundle(source, script string) (string, error) {
	if err := installNode(); err != nil {
		return "", err
	}
	home, err := installPackages(source)
	if err != nil {
		return "", err
	}
	bundle := filepath.Join(home, "bundle.js")
	return bundle, run(home, filepath.Join(home, "node_modules", ".bin", "esbuild"), script, "--bundle", "--format=esm", "--outfile="+bundle, "--log-level=error")
}

// NodeCommand is a script in folder source, with the packages that it needs, which are installed
// where they are missing.
func NodeCommand(source, script string, args ...string) (*exec.Cmd, error) {
	if err := installNode(); err != nil {
		return nil, err
	}
	home, err := installPackages(source)
	if err != nil {
		return nil, err
	}
	return exec.Command("node", append([]string{filepath.Join(home, script)}, args...)...), nil
}
