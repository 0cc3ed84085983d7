package cmd

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// settingValues are what the settings of a suite set.
type settingValues struct {
	target  string
	idl     idlFlags
	conn    connFlags
	request requestFlags
	format  formatFlags
}

// settingFlags are flags of "call" that make sense in a suite.
type settingFlags struct {
	values settingValues
	flags  *pflag.FlagSet // all flags of the values; those that are no settings stay as they are
}

func newSettingFlags() *settingFlags {
	f := &settingFlags{}
	c := &cobra.Command{}
	c.Flags().StringVar(&f.values.target, "target", "", "`TARGET` of calls, in place of the one that suites name")
	f.values.idl.bind(c)
	f.values.conn.bind(c)
	f.values.conn.bindConnect(c)
	f.values.conn.thrift.bind(c)
	f.values.request.bind(c)
	f.values.format.bindValues(c)
	f.flags = c.Flags()
	return f
}

// Flags that a suite cannot set: those that say what is sent and what is done with it are
// a step's own, others are about files or the terminal.
var noSettings = []string{
	"save-idl", "force", "verbose", "show-secrets", "error-format",
	"data", "field", "each", "max-replies", "until", "expect", "parallel", "repeat", "fail-fast", "timeout", "raw", "stream-type",
}

// ofCommand are those of them that "test" has, too.
var ofCommand = []string{"verbose", "show-secrets", "error-format"}

// isSetting reports whether a suite can set a flag.
func isSetting(f *pflag.Flag) bool { return !slices.Contains(noSettings, f.Name) }

// offer gives a command the flags.
func (f *settingFlags) offer(c *cobra.Command) {
	f.flags.VisitAll(func(flag *pflag.Flag) {
		if isSetting(flag) || slices.Contains(ofCommand, flag.Name) {
			c.Flags().AddFlag(flag)
		}
	})
}

// settings are the flags that a suite can set.
func settings() []*pflag.Flag {
	var list []*pflag.Flag
	newSettingFlags().flags.VisitAll(func(f *pflag.Flag) {
		if isSetting(f) {
			list = append(list, f)
		}
	})
	return list
}

func settingNames() []string {
	var names []string
	for _, f := range settings() {
		names = append(names, f.Name)
	}
	return names
}

// settingInfos are the settings for editors.
func settingInfos() []suite.SettingInfo {
	var infos []suite.SettingInfo
	for _, f := range settings() {
		_, help := pflag.UnquoteUsage(f)
		info := suite.SettingInfo{Name: f.Name, Description: help, Type: "string"}
		if f.Value.Type() == "bool" {
			info.Type = "boolean"
		}
		_, info.List = f.Value.(pflag.SliceValue)
		infos = append(infos, info)
	}
	return infos
}

// settingsChecker returns what refuses a value that its flag does not take.
func settingsChecker() func(s yamldoc.Setting, dir string) error {
	scratch := newSettingFlags()
	return func(s yamldoc.Setting, dir string) error { return setFlag(scratch.flags, s, dir) }
}

// planner makes ways to servers of settings.
type planner struct {
	std  streams
	line *settingFlags // as the command line and the environment have it

	mu      sync.Mutex // of what follows
	scratch *settingFlags
}

func newPlanner(std streams, line *settingFlags) *planner {
	return &planner{std: std, line: line, scratch: newSettingFlags()}
}

// apply gives the scratch flags the settings of a step. What a suite says of all its steps
// is under the command line and the environment, what it says of one, or of a row of its
// matrix, over them. The caller holds mu.
func (p *planner) apply(l suite.Layers) error {
	f := p.scratch
	f.values = p.line.values
	f.flags.VisitAll(func(flag *pflag.Flag) { flag.Changed = p.line.flags.Lookup(flag.Name).Changed })
	if err := fromDocument(f.flags, l.Suite, l.Dir); err != nil {
		return err
	}
	for _, layer := range [][]yamldoc.Setting{l.Row, l.Step} {
		for _, s := range layer {
			before := headerValues(f.flags, s.Name)
			if err := setFlag(f.flags, s, l.Dir); err != nil {
				return err
			}
			if err := mergeHeaders(f.flags, s, before); err != nil {
				return err
			}
		}
	}
	return nil
}

// headerFlags are lists of which a step changes entries.
var headerFlags = []string{"header", "rpc-header", "reflect-header"}

func headerValues(flags *pflag.FlagSet, name string) []string {
	if !slices.Contains(headerFlags, name) {
		return nil
	}
	values, _ := flags.GetStringArray(name)
	return values
}

// mergeHeaders puts the headers that there were before those of a setting, but for those
// of the same name. An empty setting leaves none.
func mergeHeaders(flags *pflag.FlagSet, s yamldoc.Setting, before []string) error {
	if len(before) == 0 || len(s.Values) == 0 {
		return nil
	}
	now := headerValues(flags, s.Name)
	var kept []string
	for _, value := range before {
		if !slices.ContainsFunc(now, func(other string) bool { return headerName(other) == headerName(value) }) {
			kept = append(kept, value)
		}
	}
	return flags.Lookup(s.Name).Value.(pflag.SliceValue).Replace(append(kept, now...))
}

func headerName(text string) string {
	name, _, _ := strings.Cut(text, ":")
	return strings.ToLower(strings.TrimSpace(name))
}

// plan is suite.Runner.Plan.
func (p *planner) plan(l suite.Layers) (*suite.Way, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.apply(l); err != nil {
		return nil, err
	}
	values := p.scratch.values // a copy: the scratch flags are for the next
	v := &values
	if v.target == "" {
		return nil, &usageError{err: fmt.Errorf("no target"), hint: "the suite, the step or --target names it"}
	}
	if v.idl.stdin() {
		return nil, usage("idl: a suite cannot read IDL from stdin")
	}
	md, err := metadata(&v.conn, &v.request)
	if err != nil {
		return nil, err
	}
	options, err := v.codec(p.std)
	if err != nil {
		return nil, err
	}
	// What a session would refuse is refused before anything runs.
	if _, err := v.conn.session(p.std, v.target); err != nil {
		return nil, err
	}
	v.conn.silentLimit = defaultSilentLimit
	return &suite.Way{
		Key: p.key(v),
		Open: func(ctx context.Context) (*session.Session, error) {
			return open(ctx, p.std, v.target, &v.idl, &v.conn, options)
		},
		Header:  md,
		Pump:    v.request.pump(),
		MaxSize: int(v.conn.maxSize),
		Explain: func(err error) []string { return p.explain(l, err) },
	}, nil
}

// codec are the options of values.
func (v *settingValues) codec(std streams) (format.Options, error) {
	o := v.format.options(warner(std.err))
	o.IgnoreUnknown = v.request.unknown == "ignore"
	base, err := pairs("--base", v.request.base)
	for _, b := range base {
		o.Base = append(o.Base, format.BaseValue{Path: b.Name, Value: b.Value})
	}
	return o, err
}

// ofCalls are flags that concern each call alone, so that sessions may differ in them.
var ofCalls = []string{"rpc-header", "send-timeout", "recv-timeout", "interval", "lockstep", "no-close-send"}

// key tells sessions apart: by all flags that concern them. The header does where
// reflection gets it, too. The caller holds mu.
func (p *planner) key(v *settingValues) string {
	var b strings.Builder
	reflects := !v.idl.given() || v.idl.reflect.given
	fmt.Fprintf(&b, "%+v", v.idl.reflect)
	p.scratch.flags.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(ofCalls, f.Name) || f.Name == "header" && !reflects {
			return
		}
		fmt.Fprintf(&b, "\x00%s=%s", f.Name, f.Value)
	})
	return b.String()
}

// explain is an error as "call" would show it.
func (p *planner) explain(l suite.Layers, err error) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.apply(l) // it went well before; otherwise there is a hint too many
	var b bytes.Buffer
	report(&b, "text", err, commandLine{flags: p.scratch.flags})
	text := strings.TrimPrefix(strings.TrimRight(b.String(), "\n"), "error: ")
	switch {
	case text == "" || stream.OutcomeOf(err).Kind == stream.KindInterrupted:
		return []string{"interrupted"}
	case is[*stream.ExtraInputError](err):
		return []string{err.Error()} // --each is nothing for suites
	}
	return strings.Split(text, "\n")
}
