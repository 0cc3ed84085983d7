// Package e2e specifies idlcall from outside: its binary against real servers.
package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idlcall/idlcall/cmd"
	"github.com/idlcall/idlcall/e2e/peer"
	"github.com/idlcall/idlcall/pkg/kitexjson"
	"github.com/idlcall/idlcall/pkg/startup"
)

// UPDATE_SCRIPTS=1 rewrites the golden files of scripts.
var updateScripts = os.Getenv("UPDATE_SCRIPTS") != ""

func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){
		"idlcall": func() {
			startup.Narrow() // as early does it in main
			code := cmd.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
			reportPeak()
			os.Exit(code)
		},
		"idlcall-kitex": func() {
			startup.Narrow()
			os.Exit(cmd.MainWith(kitexjson.New, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// peakFile is the variable that names the file for the peak memory of idlcall.
// What the parent learns from wait would include its own memory, which a child
// shares until it executes its program.
const peakFile = "E2E_PEAK_FILE"

func reportPeak() {
	if name := os.Getenv(peakFile); name != "" {
		status, _ := os.ReadFile("/proc/self/status") // nothing but on Linux
		_ = os.WriteFile(name, status, 0o600)
	}
}

// suite ends the servers after the tests, and keeps the user's cache out of them:
// scripts have one each, all else has this one.
type suite struct{ *testing.M }

func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "idlcall-cache-")
	if err != nil || os.Setenv("IDLCALL_CACHE", dir) != nil {
		panic(fmt.Sprint("no folder for a cache: ", err))
	}
	defer os.RemoveAll(dir)
	defer func() {
		if running != nil {
			running.Close()
		}
	}()
	return s.M.Run()
}

var (
	running   *peer.Peers
	errNoNode error // why there is no Node server
)

var startPeers = sync.OnceValue(func() (err error) {
	idl, err := filepath.Abs("testdata/idl")
	if err != nil {
		return err
	}
	shared, err := filepath.Abs("../testdata")
	if err != nil {
		return err
	}
	if running, err = peer.Start(idl, shared); err != nil {
		return err
	}
	errNoNode = running.StartNode("testdata/node")
	return nil
})

// peers starts the servers the first time.
func peers(t testing.TB) *peer.Peers {
	t.Helper()
	if err := startPeers(); err != nil {
		t.Fatal(err)
	}
	return running
}

// TestScripts runs every script below testdata except those of the matrices.
func TestScripts(t *testing.T) {
	for folder, files := range scripts(t, "testdata") {
		if slices.ContainsFunc(grids, func(g *grid) bool { return g.folder == folder }) {
			continue
		}
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			if folder == "node" && !hasNode(t) {
				t.Skip("no Node server: ", errNoNode)
			}
			testscript.Run(t, params(t, files, nil))
		})
	}
}

// hasNode reports whether the Node server runs. In CI it must.
func hasNode(t *testing.T) bool {
	peers(t)
	if errNoNode != nil && os.Getenv("CI") == "true" {
		t.Fatal(errNoNode)
	}
	return errNoNode == nil
}

// scripts finds the scripts in the folders below dir.
func scripts(t *testing.T, dir string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".txtar") {
			folder := filepath.Base(filepath.Dir(path))
			found[folder] = append(found[folder], path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no scripts in %s", dir)
	}
	return found
}

// params runs files with the addresses of the servers and extra variables. Servers
// that only some scripts need start when a file names them.
func params(t *testing.T, files []string, extra map[string]string) testscript.Params {
	env := map[string]string{}
	maps.Copy(env, peers(t).Env)
	maps.Copy(env, using(t, files))
	env["CI"] = os.Getenv("CI")                                // where nothing may be missing
	names := append(addressNames(extra), addressNames(env)...) // the first match wins
	maps.Copy(env, extra)
	return testscript.Params{
		Files:              files,
		UpdateScripts:      updateScripts,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			for name, value := range env {
				e.Setenv(name, value)
			}
			e.Setenv("IDLCALL_CACHE", filepath.Join(e.WorkDir, ".cache"))
			e.Values[scriptKey{}] = newScript(slices.Concat(names, []string{e.WorkDir, "$WORK"}))
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "root" { // who may give files away
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    cmdExits,
			"within":   cmdWithin,
			"atleast":  cmdAtLeast,
			"counted":  cmdCounted,
			"dialog":   cmdDialog,
			"fill":     cmdFill,
			"private":  cmdPrivate,
			"start":    cmdStart,
			"end":      cmdEnd,
			"kill":     cmdSignal("kill"),
			"pause":    cmdSignal("pause"),
			"continue": cmdSignal("continue"),
		},
	}
}

// using starts the servers that the files name, and returns their addresses. In
// CI each must start; elsewhere a test is skipped for want of Node.js.
func using(t *testing.T, files []string) map[string]string {
	t.Helper()
	var texts strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts.Write(text)
	}
	env, err := peers(t).Using(texts.String())
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return env
}

type scriptKey struct{}

// script is what the commands of a running script share.
type script struct {
	pairs   []string          // addresses and their names
	names   *strings.Replacer // of the pairs
	private map[string]*peer.Private
	// background are programs that serve, by the names that the script gives them.
	background map[string]*background
}

func newScript(pairs []string) *script {
	return &script{pairs, strings.NewReplacer(pairs...), map[string]*peer.Private{}, map[string]*background{}}
}

func scriptOf(ts *testscript.TestScript) *script { return ts.Value(scriptKey{}).(*script) }

// name has output show a name in place of an address.
func (s *script) name(address, name string) {
	s.pairs = append([]string{address, name}, s.pairs...)
	s.names = strings.NewReplacer(s.pairs...)
}

// addressNames lists values and their names for a strings.Replacer, so that
// golden files hold "$GRPC" where the program printed its address.
func addressNames(env map[string]string) []string {
	names := make([]string, 0, len(env))
	for name := range env {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { // the longest first: one may begin like another
		a, b := env[names[i]], env[names[j]]
		return len(a) > len(b) || len(a) == len(b) && names[i] < names[j]
	})
	var pairs []string
	for _, name := range names {
		if strings.ContainsAny(env[name], ":/@") {
			pairs = append(pairs, env[name], "$"+name)
		}
	}
	return pairs
}
