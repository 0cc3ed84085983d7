package suite

import (
	"math"
	"regexp"
	"strconv"

	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// expect reads what a step has to come to: expressions, or a mapping.
func (r *reader) expect(s *Step, n *yamldoc.Node) error {
	if n.Kind != yamldoc.Map && !n.IsNull() {
		return r.exprs(&s.Expect.JQ)(n)
	}
	if err := n.Object(r.expectKeys(&s.Expect)); err != nil {
		return err
	}
	return s.checkExpect(n)
}

func (r *reader) expectKeys(e *Expect) map[string]taker {
	failing := func(kind stream.Kind) taker {
		return func(n *yamldoc.Node) error { return r.failing(e, n, kind) }
	}
	return map[string]taker{
		"jq":                    r.exprs(&e.JQ),
		"equals":                r.value(&e.Equals),
		"contains":              r.value(&e.Contains),
		"status":                failing(stream.KindStatus),
		"exception":             failing(stream.KindDeclared),
		"biz-status":            failing(stream.KindBiz),
		"application-exception": failing(stream.KindApplication),
		"error":                 func(n *yamldoc.Node) error { return readError(e, n) },
		"header":                func(n *yamldoc.Node) error { return r.fieldMatches(&e.Header, n) },
		"trailer":               func(n *yamldoc.Node) error { return r.fieldMatches(&e.Trailer, n) },
		"messages":              func(n *yamldoc.Node) error { return readCount(&e.Messages, n) },
		"exit":                  func(n *yamldoc.Node) error { return readCount(&e.Exit, n) },
		"stdout":                func(n *yamldoc.Node) error { return r.match(&e.Stdout, n) },
		"stderr":                func(n *yamldoc.Node) error { return r.match(&e.Stderr, n) },
		"within": func(n *yamldoc.Node) error {
			e.Within = &Limit{Node: n}
			return limit(&e.Within.Time)(n)
		},
	}
}

// checkExpect refuses what can be said of commands only of calls, and the reverse. The
// order of keys in a file is free, so this waits for all of them.
func (s *Step) checkExpect(n *yamldoc.Node) error {
	for _, f := range n.Fields {
		switch f.Key.Text {
		case "exit", "stdout", "stderr":
			if !s.IsCommand() {
				return f.Key.Errorf("%s is for commands: this is a call", f.Key.Text)
			}
		case "jq", "within":
		default:
			if s.IsCommand() {
				return f.Key.Errorf("%s is for calls: this is a command", f.Key.Text)
			}
		}
	}
	return nil
}

// failing reads a code, or a mapping with it.
func (r *reader) failing(e *Expect, n *yamldoc.Node, kind stream.Kind) error {
	if e.Failure != nil {
		return n.Errorf("a call ends in one way: line %d has another", e.Failure.Node.Line)
	}
	f := &Failing{Node: n, Kind: kind}
	e.Failure = f
	if n.Kind != yamldoc.Map {
		return f.takeCode(n)
	}
	return n.Object(r.failingKeys(f))
}

func (r *reader) failingKeys(f *Failing) map[string]taker {
	name := "code"
	if f.Kind == stream.KindDeclared {
		name = "type"
	}
	return map[string]taker{
		name:       f.takeCode,
		"message":  func(n *yamldoc.Node) error { return r.match(&f.Message, n) },
		"equals":   r.value(&f.Equals),
		"contains": r.value(&f.Contains),
	}
}

func (f *Failing) takeCode(n *yamldoc.Node) (err error) {
	if f.Code, err = n.Str(); err != nil {
		return err
	}
	return checkCode(f, n)
}

// checkCode refuses a status that gRPC does not have, and makes numbers of names.
func checkCode(f *Failing, n *yamldoc.Node) error {
	if f.Kind == stream.KindDeclared || f.Kind == stream.KindApplication {
		return nil
	}
	if code, err := strconv.ParseInt(f.Code, 10, 64); err == nil {
		if f.Kind == stream.KindStatus && (code < 0 || code > math.MaxUint32) {
			return n.Errorf("no status has the number %d", code)
		}
		return nil
	}
	if f.Kind == stream.KindBiz {
		return n.Errorf("a business status has a number: got %q", f.Code)
	}
	var names []string
	for code := range stream.Unauthenticated + 1 {
		names = append(names, code.String())
		if sameWords(code.String(), f.Code) || code == stream.Canceled && sameWords("CANCELED", f.Code) {
			f.Code = strconv.Itoa(int(code))
			return nil
		}
	}
	return n.Unknown("status", f.Code, names)
}

// readError reads a failure that is no word of the peer's.
func readError(e *Expect, n *yamldoc.Node) error {
	name, err := n.Str()
	if err != nil {
		return err
	}
	if e.Failure != nil {
		return n.Errorf("a call ends in one way: line %d has another", e.Failure.Node.Line)
	}
	e.Failure = &Failing{Node: n}
	switch name {
	case "connection":
		e.Failure.Kind = stream.KindConnection
	case "deadline":
		e.Failure.Kind = stream.KindDeadline
	case "idl":
		e.Failure.Kind = stream.KindIDL
	case "request":
		e.Failure.Kind = stream.KindData
	default:
		return n.Unknown("kind of error", name, []string{"connection", "deadline", "idl", "request"})
	}
	return nil
}

func (r *reader) fieldMatches(to *[]FieldMatch, n *yamldoc.Node) error {
	if n.Kind != yamldoc.Map {
		return n.Errorf("want a mapping of names to values, got %s", n.Kind)
	}
	for _, f := range n.Fields {
		m := FieldMatch{Name: f.Key.Text}
		if err := r.match(&m.Text, f.Value); err != nil {
			return err
		}
		*to = append(*to, m)
	}
	return nil
}

// match reads a text, or a mapping with one way to match.
func (r *reader) match(to **TextMatch, n *yamldoc.Node) error {
	m := &TextMatch{Node: n}
	*to = m
	keys := r.matchKeys(m)
	if n.Kind != yamldoc.Map {
		return keys["equals"](n)
	}
	if len(n.Fields) != 1 {
		return n.Errorf("want one of equals, contains, matches and exists")
	}
	return n.Object(keys)
}

func (r *reader) matchKeys(m *TextMatch) map[string]taker {
	plain := func(to **yamldoc.Node) taker {
		return func(n *yamldoc.Node) error {
			*to = n
			if _, err := n.Str(); err != nil {
				return err
			}
			return r.check(usesOf(n))
		}
	}
	return map[string]taker{
		"equals":   plain(&m.Equals),
		"contains": plain(&m.Contains),
		"matches": func(n *yamldoc.Node) error {
			source, err := n.Str()
			if err != nil {
				return err
			}
			if m.Matches, err = regexp.Compile(source); err != nil {
				return n.Errorf("%w", err)
			}
			return nil
		},
		"exists": func(n *yamldoc.Node) error {
			m.Exists = new(bool)
			return flag(m.Exists)(n)
		},
	}
}

// readCount reads a number, or a mapping of min and max.
func readCount(to **Count, n *yamldoc.Node) error {
	c := &Count{Node: n, Max: -1}
	*to = c
	keys := c.keys()
	if n.Kind == yamldoc.Map {
		if err := n.Object(keys); err != nil {
			return err
		}
		if c.Max >= 0 && c.Max < c.Min {
			return n.Errorf("max is below min")
		}
		return nil
	}
	if err := keys["min"](n); err != nil {
		return err
	}
	c.Max = c.Min
	return nil
}

func (c *Count) keys() map[string]taker {
	number := func(to *int) taker {
		return func(n *yamldoc.Node) (err error) { *to, err = n.Int(0, maxMessages); return err }
	}
	return map[string]taker{"min": number(&c.Min), "max": number(&c.Max)}
}
