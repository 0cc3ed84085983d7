package peer

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// program is a process with servers, which starts when a script first names one of
// its variables. On stdout it prints NAME=ADDRESS for each server, then READY; it
// ends when its stdin does.
type program struct {
	command func(p *Peers) (*exec.Cmd, error)

	once sync.Once
	env  map[string]string
	err  error
}

// newPrograms are the programs by what the names of their variables begin with.
func newPrograms() map[string]*program {
	return map[string]*program{
		"KITEX_STREAMS_GZIP": {command: func(p *Peers) (*exec.Cmd, error) { return p.kitex("gzip") }},
		"KITEX":              {command: func(p *Peers) (*exec.Cmd, error) { return p.kitex() }},
		"APACHE":             {command: (*Peers).apache},
		"NODE_":              {command: (*Peers).nodeThrift},
		"NODECONNECT":        {command: (*Peers).nodeConnect},
	}
}

// named finds variables; where two programs fit, the longer name comes first.
var named = regexp.MustCompile(`\$\{?(KITEX_STREAMS_GZIP|KITEX|APACHE|NODE_|NODECONNECT)`)

// Using starts the programs whose variables text refers to, like $KITEX_PB, and
// returns their variables.
func (p *Peers) Using(text string) (map[string]string, error) {
	env := map[string]string{}
	for _, match := range named.FindAllStringSubmatch(text, -1) {
		program := p.programs[match[1]]
		program.once.Do(func() { program.err = program.start(p) })
		if program.err != nil {
			return nil, fmt.Errorf("start the servers of $%s: %w", match[1], program.err)
		}
		maps.Copy(env, program.env)
	}
	return env, nil
}

func (r *program) start(p *Peers) error {
	cmd, err := r.command(p)
	if err != nil {
		return err
	}
	var stop func()
	if r.env, stop, err = launch(cmd); stop != nil {
		p.atEnd(stop)
	}
	return err
}

// launch starts a program and returns its variables once it is ready, and what
// ends it, if it has started at all.
func launch(cmd *exec.Cmd) (env map[string]string, stop func(), err error) {
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop = func() { end(cmd, stdin) }
	env = map[string]string{}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "READY" {
		name, address, found := strings.Cut(lines.Text(), "=")
		if !found {
			return nil, stop, fmt.Errorf("%s: %s", filepath.Base(cmd.Path), lines.Text())
		}
		env[name] = address
	}
	if lines.Text() != "READY" {
		return nil, stop, fmt.Errorf("%s ended before it was ready", filepath.Base(cmd.Path))
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return env, stop, nil
}

// end closes a program's stdin, and kills it if that does not end it.
func end(cmd *exec.Cmd, stdin io.Closer) {
	stdin.Close()
	timer := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
}

// build builds a program of this module, which go's cache makes quick.
func (p *Peers) build(name string) (string, error) {
	binary := filepath.Join(p.dir, name)
	return binary, run("", "go", "build", "-ldflags=-s -w", "-o", binary, "github.com/idlcall/idlcall/e2e/peer/cmd/"+name)
}

// kitex is the program with the usual servers, or with those of a group.
func (p *Peers) kitex(group ...string) (*exec.Cmd, error) {
	binary, err := p.builtKitex()
	if err != nil {
		return nil, err
	}
	return exec.Command(binary, append([]string{p.Env["THRIFT"], p.dir, binary + ".pem", binary + ".key"}, group...)...), nil
}

func (p *Peers) apache() (*exec.Cmd, error) {
	binary, err := p.withCertificate("apachepeer")
	if err != nil {
		return nil, err
	}
	return exec.Command(binary, p.dir, binary+".pem", binary+".key"), nil
}

// withCertificate builds a program and puts a certificate and its key beside it.
func (p *Peers) withCertificate(name string) (string, error) {
	if _, err := p.authority.issue(name); err != nil {
		return "", err
	}
	return p.build(name)
}

// nodeConnect is connect-node.
func (p *Peers) nodeConnect() (*exec.Cmd, error) {
	if err := installNode(); err != nil {
		return nil, err
	}
	home, err := installPackages(filepath.Join(p.Env["IDL"], "..", "nodeconnect"))
	if err != nil {
		return nil, err
	}
	return exec.Command("node", filepath.Join(home, "server.js"), p.Env["INTEROP"]), nil
}

// nodeThrift is Apache Thrift for Node.js.
func (p *Peers) nodeThrift() (*exec.Cmd, error) {
	if err := installNode(); err != nil {
		return nil, err
	}
	home, err := installPackages(filepath.Join(p.Env["IDL"], "..", "nodethrift"))
	if err != nil {
		return nil, err
	}
	return exec.Command("node", filepath.Join(home, "server.js")), nil
}
