package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/config"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

var known = []string{"timeout", "header", "idl", "tls"}

func TestParse(t *testing.T) {
	t.Parallel()
	f, err := config.Parse("c.yaml", []byte("defaults: {timeout: 5s}\ntargets:\n  a: h:1\n  b:\n    address: h:2,h:3\n    header: ['x: 1', 'y: 2']\n    tls: true\n"), known)
	if err != nil {
		t.Fatal(err)
	}
	b := f.Targets[1]
	if f.Targets[0].Address.Text != "h:1" || b.Name != "b" || b.Address.Text != "h:2,h:3" || len(b.Settings) != 2 || b.Settings[0].Values[1].Text != "y: 2" {
		t.Errorf("%+v", f.Targets)
	}
	if len(f.Defaults) != 1 || f.Defaults[0].Name != "timeout" {
		t.Errorf("%+v", f.Defaults)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want, nearest string }{
		{"unknown part", "target: {}", `c.yaml:1:1: unknown key "target"`, "targets"},
		{"unknown default", "defaults:\n  timout: 1", `c.yaml:2:3: unknown key "timout"`, "timeout"},
		{"unknown setting", "targets:\n  a:\n    adress: h:1", `c.yaml:3:5: unknown key "adress"`, "address"},
		{"no address", "targets:\n  a: {tls: true}", "c.yaml:2:3: target a has no address", ""},
		{"empty address", "targets:\n  a: {address: ''}", "c.yaml:2:16: want an address", ""},
		{"a list", "targets: [a]", "c.yaml:1:10: want a mapping of names to targets", ""},
		{"a name with a blank", "targets: {a b: h:1}", "c.yaml:1:11: a target has a name without blanks, quotes and any of , / @ :", ""},
		{"a number", "targets: {a: 1}", "c.yaml:1:14: want an address, or a mapping with address", ""},
		{"a mapping", "defaults: {header: {x: 1}}", "c.yaml:1:20: want a string, a number, true or false, or a list of them", ""},
		{"doubled", "targets: {a: h:1, a: h:2}", `c.yaml:1:19: the key "a" stands in line 1 already`, ""},
	} {
		_, err := config.Parse("c.yaml", []byte(tt.text), known)
		e, ok := errors.AsType[*yamldoc.Error](err)
		if !ok || !strings.HasPrefix(e.Error(), tt.want) || strings.Join(e.Nearest, ",") != tt.nearest {
			t.Errorf("%s: %v, want %s; near %q", tt.name, err, tt.want, e.Nearest)
		}
		if stream.OutcomeOf(err).Kind != stream.KindUsage {
			t.Errorf("%s: %+v", tt.name, stream.OutcomeOf(err))
		}
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	project, err := config.Parse("/p/.idlcall.yaml", []byte("defaults: {timeout: 1}\ntargets: {a: {address: h:1, tls: true}}"), known)
	if err != nil {
		t.Fatal(err)
	}
	user, err := config.Parse("/u/config.yaml", []byte("defaults: {timeout: 2}\ntargets: {a: h:9, b: h:2}"), known)
	if err != nil {
		t.Fatal(err)
	}
	c := &config.Config{Files: []*config.File{project, user}}
	if got := strings.Join(c.Targets(), " "); got != "a b" {
		t.Error(got)
	}
	a, err := c.Target("a")
	if err != nil || a.Address.Text != "h:1" {
		t.Fatalf("%+v %v", a, err)
	}
	var got []string
	for _, l := range c.Layers(a) {
		got = append(got, l.Folder+" "+l.Target+" "+l.Settings[0].Name)
	}
	if want := "/p a tls, /p  timeout, /u  timeout"; strings.Join(got, ", ") != want && runtime.GOOS != "windows" {
		t.Errorf("%q, want %q", got, want)
	}
	_, err = c.Target("bb")
	if e, ok := errors.AsType[*config.UnknownError](err); !ok || len(e.Nearest) != 1 || e.Nearest[0] != "b" {
		t.Errorf("%+v", err)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	root, err := yamldoc.Parse("c.yaml", []byte("x: 1"))
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) { return "<" + name + ">", name != "NONE" }
	for in, want := range map[string]string{
		"a": "a", "${A}": "<A>", "x${A}${B}y": "x<A><B>y", "$A $": "$A $", "$${A}": "${A}", "$$${A}": "$${A}", "${A}$${B}": "<A>${B}",
		"${NONE}": "c.yaml:1:1: environment variable NONE is not set", "${A": "c.yaml:1:1: ${ without }",
	} {
		v, err := config.Expand(yamldoc.Value{Text: in, Node: root}, lookup)
		got := v.Text
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	below := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := config.Project(below); strings.HasPrefix(got, dir) {
		t.Errorf("found %s", got)
	}
	name := filepath.Join(dir, config.Name)
	if err := os.WriteFile(name, []byte("targets: {a: h:1}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := config.Project(below); got != name {
		t.Errorf("found %s, want %s", got, name)
	}
	c, err := config.Load([]string{name}, known, false)
	if err != nil || len(c.Files[0].Targets) != 1 {
		t.Errorf("%+v %v", c, err)
	}
	if os.Geteuid() == 0 && os.Chown(name, 12345, 12345) == nil {
		if _, err := config.Load([]string{name}, known, false); err == nil || stream.OutcomeOf(err).Kind != stream.KindUsage {
			t.Errorf("another's file: %v", err)
		}
		if _, err := config.Load([]string{name}, known, true); err != nil {
			t.Errorf("another's file that is named: %v", err)
		}
	}
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, []byte(strings.Repeat("# much\n", yamldoc.MaxSize/6)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "no-such-file"), large} {
		if _, err := config.Read(path, known); stream.OutcomeOf(err).Kind != stream.KindUsage {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("defaults: {timeout: 5s}\ntargets:\n  a: h:1\n  b: {address: h:2, header: [x, y]}\n")
	f.Add("targets: &a {x: *a}")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := config.Parse("c.yaml", []byte(text), known)
		if err != nil {
			if _, ok := errors.AsType[*yamldoc.Error](err); !ok {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		for _, target := range got.Targets {
			if target.Name == "" || target.Address.Text == "" {
				t.Errorf("%+v", target)
			}
		}
	})
}
