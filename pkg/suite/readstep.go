package suite

import (
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// The most that a step may ask for.
const (
	maxAttempts = 100000
	maxMessages = 1 << 30
)

func (r *reader) steps(to *[]*Step, n *yamldoc.Node, part Part) error {
	if n == nil || n.IsNull() {
		return nil
	}
	items := n.Items
	if n.Kind == yamldoc.String && part != PartStep { // one command
		items = []*yamldoc.Node{n}
	} else if n.Kind != yamldoc.List {
		return n.Errorf("want a list of steps, got %s", n.Kind)
	}
	for i, item := range items {
		s := &Step{Part: part, Node: item, Attempts: Attempts{Count: 1}}
		if err := r.step(s); err != nil {
			return err
		}
		s.Name = named(s, i+1)
		s.Needs = r.needsOf(s)
		for _, c := range s.AllCaptures() {
			r.known[c.Name], r.taken[c.Name] = true, true
		}
		*to = append(*to, s)
	}
	return nil
}

// AllCaptures are those of the step and of its script.
func (s *Step) AllCaptures() []Capture {
	list := s.Captures
	for _, a := range s.Script {
		if a.Expect != nil {
			list = append(slices.Clip(list), a.Expect.Captures...)
		}
	}
	return list
}

func (r *reader) step(s *Step) error {
	if s.Node.Kind == yamldoc.String { // of setup and teardown, mostly
		return r.command(&s.Run)(s.Node)
	}
	if s.Node.Kind != yamldoc.Map {
		return s.Node.Errorf("want a mapping, or a command as a string, got %s", s.Node.Kind)
	}
	var script, expect, captures *yamldoc.Node
	keys := r.stepKeys(s)
	keys["script"], keys["expect"], keys["capture"] = later(&script), later(&expect), later(&captures)
	if err := s.Node.Object(keys); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if err := r.checkSettings(s.Settings); err != nil {
		return err
	}
	s.Tags = append(slices.Clip(r.suite.Tags), s.Tags...)
	// A script comes first: it captures what the expectations of the step may use. A
	// step does not use what it captures itself.
	if script != nil {
		if err := r.script(s, script); err != nil {
			return err
		}
	}
	if expect != nil {
		if err := r.expect(s, expect); err != nil {
			return err
		}
	}
	if captures != nil {
		return r.captures(&s.Captures, captures)
	}
	return nil
}

// stepKeys are the keys of a step, with those that step reads in an order of its own.
func (r *reader) stepKeys(s *Step) map[string]taker {
	return r.withSettings(&s.Settings, s.Node, map[string]taker{
		"name":        text(&s.Name),
		"tags":        texts(&s.Tags),
		"skip":        s.skip,
		"timeout":     limit(&s.Timeout),
		"attempts":    s.attempts,
		"method":      r.plain(&s.Method),
		"run":         r.command(&s.Run),
		"background":  flag(&s.Background),
		"request":     func(n *yamldoc.Node) error { return r.requests(s, []*yamldoc.Node{n}) },
		"requests":    func(n *yamldoc.Node) error { return r.requestList(s, n) },
		"file":        r.plain(&s.File),
		"fields":      func(n *yamldoc.Node) error { return r.fields(s, n) },
		"max-replies": func(n *yamldoc.Node) (err error) { s.MaxReplies, err = n.Int(1, maxMessages); return err },
		"script":      nil,
		"expect":      nil,
		"capture":     nil,
	})
}

// exclusive are keys of which a step has one at the most.
var exclusive = [][]string{
	{"method", "run"}, {"request", "requests", "file", "script"}, {"script", "fields"}, {"script", "max-replies"},
	{"background", "attempts"}, {"background", "expect"}, {"background", "capture"},
}

// check refuses keys that do not go together.
func (s *Step) check() error {
	for _, keys := range exclusive {
		if first, second := s.given(keys...); second != nil {
			return second.Errorf("a step has either %s or %s", first.Text, second.Text)
		}
	}
	if one, _ := s.given("method", "run"); one == nil {
		return s.Node.Errorf("a step has a method to call, or a command to run")
	}
	if one, _ := s.given("tags"); one != nil && s.Part != PartStep {
		return one.Errorf("tags choose among the steps: what is in %s always runs", s.Part)
	}
	if !s.IsCommand() {
		if one, _ := s.given("background"); one != nil {
			return one.Errorf("background is for commands: this is a call")
		}
		return nil
	}
	if one, _ := s.given("request", "requests", "file", "fields", "script", "max-replies"); one != nil {
		return one.Errorf("%s is for calls: this is a command", one.Text)
	}
	if len(s.Settings) > 0 {
		return s.Settings[0].Key.Errorf("%s is for calls: this is a command", s.Settings[0].Name)
	}
	return nil
}

// given are the first two of some keys that the step has.
func (s *Step) given(keys ...string) (first, second *yamldoc.Node) {
	for _, f := range s.Node.Fields {
		switch {
		case !slices.Contains(keys, f.Key.Text):
		case first == nil:
			first = f.Key
		default:
			return first, f.Key
		}
	}
	return first, nil
}

func (s *Step) skip(n *yamldoc.Node) error {
	if n.Kind != yamldoc.Bool {
		return text(&s.Skip)(n)
	}
	if yes, _ := n.Bool(); yes {
		s.Skip = "the file says so"
	}
	return nil
}

// command takes what sh runs, in which it finds variables in its environment itself.
func (r *reader) command(to *yamldoc.Value) taker {
	return func(n *yamldoc.Node) (err error) {
		to.Node = n
		if to.Text, err = n.Str(); err == nil && strings.TrimSpace(to.Text) == "" {
			return n.Errorf("want a command, as sh reads it")
		}
		return err
	}
}

// attempts reads a number, or a mapping.
func (s *Step) attempts(n *yamldoc.Node) (err error) {
	a := &s.Attempts
	a.Delay = time.Second
	if n.Kind == yamldoc.Number {
		a.Count, err = n.Int(1, maxAttempts)
		return err
	}
	a.Count = 0
	err = n.Object(a.keys())
	if err == nil && a.Count == 0 {
		return n.Errorf("want a number of attempts, or a mapping of count and delay")
	}
	return err
}

func (a *Attempts) keys() map[string]taker {
	return map[string]taker{
		"count": func(n *yamldoc.Node) (err error) { a.Count, err = n.Int(1, maxAttempts); return err },
		"delay": func(n *yamldoc.Node) (err error) { a.Delay, err = n.Duration(); return err },
	}
}

func (r *reader) requestList(s *Step, n *yamldoc.Node) error {
	if n.Kind != yamldoc.List {
		return n.Errorf("want a list of requests, got %s", n.Kind)
	}
	return r.requests(s, n.Items)
}

func (r *reader) requests(s *Step, list []*yamldoc.Node) error {
	s.Requests = list
	for _, n := range list {
		var same *yamldoc.Node
		if err := r.value(&same)(n); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) fields(s *Step, n *yamldoc.Node) error {
	items := []*yamldoc.Node{n}
	if n.Kind == yamldoc.List {
		items = n.Items
	}
	for _, item := range items {
		var pair yamldoc.Value
		if err := r.plain(&pair)(item); err != nil {
			return err
		}
		if !strings.Contains(pair.Text, "=") {
			return item.Errorf("want PATH=VALUE")
		}
		s.Fields = append(s.Fields, pair)
	}
	return nil
}

// captures reads a mapping of names to expressions.
func (r *reader) captures(to *[]Capture, n *yamldoc.Node) error {
	if n.Kind != yamldoc.Map {
		return n.Errorf("want a mapping of names to expressions, got %s", n.Kind)
	}
	for _, f := range n.Fields {
		if err := checkName(f.Key); err != nil {
			return err
		}
		e, err := r.expr(f.Value)
		if err != nil {
			return err
		}
		*to = append(*to, Capture{f.Key.Text, e})
	}
	return nil
}
