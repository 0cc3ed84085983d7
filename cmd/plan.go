package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/config"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
	suiterun "github.com/idlcall/idlcall/pkg/suite/run"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// settingValues are what the settings of a suite set.
type settingValues struct {
	target  string
	idl     idlFlags
	conn    connFlags
	request requestFlags
	format  formatFlags
	dialect dialectFlags
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
	f.values.dialect.bind(c)
	f.flags = c.Flags()
	return f
}

// Flags that a suite cannot set: those that say what is sent and what is done with it are
// a step's own, others are about files or the terminal.
var notOfSuites = []string{
	"save-idl", "force", "verbose", "show-secrets", "error-format", "config",
	"data", "field", "each", "max-replies", "until", "expect", "parallel", "repeat", "fail-fast", "timeout", "raw", "stream-type",
}

// ofCommand are those of them that "test" has, too.
var ofCommand = []string{"verbose", "show-secrets", "error-format", "config"}

// isOfSuites reports whether a suite can set a flag.
func isOfSuites(f *pflag.Flag) bool { return !slices.Contains(notOfSuites, f.Name) }

// offer gives a command the flags.
func (f *settingFlags) offer(c *cobra.Command) {
	f.flags.VisitAll(func(flag *pflag.Flag) {
		if isOfSuites(flag) || slices.Contains(ofCommand, flag.Name) {
			c.Flags().AddFlag(flag)
		}
	})
}

// suiteFlags are the flags that a suite can set.
func suiteFlags() []*pflag.Flag {
	var list []*pflag.Flag
	newSettingFlags().flags.VisitAll(func(f *pflag.Flag) {
		if isOfSuites(f) {
			list = append(list, f)
		}
	})
	return list
}

func suiteSettings() []string {
	var names []string
	for _, f := range suiteFlags() {
		names = append(names, f.Name)
	}
	return names
}

// suiteSchema is the JSON Schema of suites.
func suiteSchema() (string, error) {
	settings := map[string][]byte{}
	for name, of := range settingSchemas(newSettingFlags().flags, suiteSettings()) {
		text, err := json.Marshal(of)
		if err != nil {
			return "", err
		}
		settings[name] = text
	}
	return suite.Schema(settings), nil
}

// settingsChecker returns what refuses a value that its flag does not take.
func settingsChecker() func(s yamldoc.Setting, dir string) error {
	scratch := newSettingFlags()
	return func(s yamldoc.Setting, dir string) error { return setFlag(scratch.flags, s, dir) }
}

// planner makes ways to servers of settings.
type planner struct {
	std    streams
	line   *settingFlags // as the command line and the environment have it
	config func() (*config.Config, error)

	mu      sync.Mutex // of what follows
	scratch *settingFlags
	helpers map[string]*sharedHelper // by their commands
}

func newPlanner(std streams, line *settingFlags) *planner {
	read := sync.OnceValues(func() (*config.Config, error) { return loadConfig(line.flags) })
	return &planner{std: std, line: line, config: read, scratch: newSettingFlags(), helpers: map[string]*sharedHelper{}}
}

// apply gives the scratch flags the settings of a step. What a suite says of all its steps
// is under the command line and the environment, and over the configuration; what it says
// of one, or of a row of its matrix, is over all. The caller holds mu.
func (p *planner) apply(l suiterun.Layers) error {
	f := p.scratch
	f.values = p.line.values
	f.flags.VisitAll(func(flag *pflag.Flag) { flag.Changed = p.line.flags.Lookup(flag.Name).Changed })
	if err := fromDocument(f.flags, l.Suite, l.Dir); err != nil {
		return err
	}
	for _, layer := range [][]yamldoc.Setting{l.Row, l.Step} {
		for _, s := range layer {
			if err := f.override(s, layer, l.Dir); err != nil {
				return err
			}
		}
	}
	emptied := f.emptied()
	c, err := p.config()
	if err != nil {
		return err
	}
	if f.values.target, err = applyConfig(f.flags, c, f.values.target); err != nil {
		return err
	}
	for _, list := range emptied {
		if err := list.Replace(nil); err != nil {
			return err
		}
	}
	return nil
}

// override sets a flag that may have a value. Flags that exclude it, or mean something only
// with the value that it had, lose theirs; values with names are put together.
func (f *settingFlags) override(s yamldoc.Setting, layer []yamldoc.Setting, dir string) error {
	for _, other := range alternatives(s.Name) {
		if !slices.ContainsFunc(layer, func(o yamldoc.Setting) bool { return o.Name == other }) {
			if err := f.reset(other); err != nil {
				return err
			}
		}
	}
	list, ok := f.flags.Lookup(s.Name).Value.(pflag.SliceValue)
	if !ok || !slices.Contains(namedValues, s.Name) || len(s.Values) == 0 {
		return setFlag(f.flags, s, dir)
	}
	before := list.GetSlice()
	if err := setFlag(f.flags, s, dir); err != nil {
		return err
	}
	return list.Replace(joinNamed(before, list.GetSlice()))
}

// reset takes the value of a flag away.
func (f *settingFlags) reset(name string) error {
	flag := f.flags.Lookup(name)
	if !flag.Changed {
		return nil
	}
	flag.Changed = false
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return list.Replace(nil)
	}
	return flag.Value.Set(flag.DefValue)
}

// emptied are the lists of values with names that are set to nothing, and stay so.
func (f *settingFlags) emptied() []pflag.SliceValue {
	var lists []pflag.SliceValue
	for _, name := range namedValues {
		flag := f.flags.Lookup(name)
		if list, ok := flag.Value.(pflag.SliceValue); ok && flag.Changed && len(list.GetSlice()) == 0 {
			lists = append(lists, list)
		}
	}
	return lists
}

// plan is suiterun.Runner.Plan.
func (p *planner) plan(l suiterun.Layers) (*suiterun.Way, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.apply(l); err != nil {
		return nil, err
	}
	values := p.scratch.values // a copy: the scratch flags are for the next
	v := &values
	if err := v.check(p.std); err != nil {
		return nil, err
	}
	options, err := v.codec(p.std, p.scratch.flags.Changed("binary"))
	if err != nil {
		return nil, err
	}
	v.conn.silentLimit = defaultSilentLimit
	secrets := credentials
	if v.conn.secrets {
		secrets = nil
	}
	return &suiterun.Way{
		Key:     p.key(v),
		Secrets: secrets,
		Open: func(ctx context.Context) (*session.Session, error) {
			if err := p.askHelper(ctx, v); err != nil {
				return nil, err
			}
			return open(ctx, p.std, v.target, &v.idl, &v.conn, options)
		},
		Header: func(ctx context.Context) (stream.Metadata, error) {
			if err := p.askHelper(ctx, v); err != nil {
				return nil, err
			}
			return v.conn.metadata(ctx, p.std, v.request.rpcHeaders...)
		},
		Pump:    v.request.pump(),
		MaxSize: int(v.conn.maxSize),
		Explain: func(err error) []string { return p.explain(l, err) },
	}, nil
}

// check refuses what a session or a call would refuse, before anything runs.
func (v *settingValues) check(std streams) error {
	if v.target == "" {
		return &usageError{err: errors.New("no target"), hint: "the suite, the step or --target names it"}
	}
	if v.idl.stdin() {
		return usage("idl: a suite cannot read IDL from stdin")
	}
	if _, err := v.conn.session(std, v.target); err != nil {
		return err
	}
	_, err := headers(slices.Concat(v.conn.headers, v.request.rpcHeaders), v.conn.expand)
	return err
}

// sharedHelper is what a --header-command printed, for all steps that name it.
type sharedHelper struct {
	headerHelper

	mu sync.Mutex
}

// askHelper runs the command of --header-command, unless a step before has done so.
func (p *planner) askHelper(ctx context.Context, v *settingValues) error {
	command := v.conn.helper.command
	if command == "" {
		return nil
	}
	p.mu.Lock()
	h := p.helpers[command]
	if h == nil {
		h = &sharedHelper{headerHelper: headerHelper{command: command}}
		p.helpers[command] = h
	}
	p.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.headers(ctx, p.std)
	v.conn.helper = h.headerHelper
	h.ran = h.ran && ctx.Err() == nil // the next step has time of its own
	return err
}

// codec are the options of values.
func (v *settingValues) codec(std streams, binary bool) (format.Options, error) {
	o := v.format.options(warner(std.err))
	o.IgnoreUnknown = v.request.unknown == "ignore"
	base, err := pairs("--base", v.request.base)
	for _, b := range base {
		o.Base = append(o.Base, format.BaseValue{Path: b.Name, Value: b.Value})
	}
	if err != nil {
		return o, err
	}
	return o, v.dialect.fill(&o, std, &v.idl, v.conn.thrift.protocol, binary)
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
func (p *planner) explain(l suiterun.Layers, err error) []string {
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
