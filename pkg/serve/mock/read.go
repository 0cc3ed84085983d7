package mock

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// taker reads the value of a key.
type taker = func(*yamldoc.Node) error

// The most that a rule may ask for.
const (
	maxTimes  = 1 << 31
	maxRepeat = 1 << 31
)

// ReadFile reads a script. One that cannot be read is a *FileError, a mistake in it a
// *yamldoc.Error.
func ReadFile(file string) (*Script, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &FileError{file, err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, yamldoc.MaxSize+1))
	if err != nil {
		return nil, &FileError{file, err}
	}
	return Read(file, text)
}

// Read reads the text of a script.
func Read(file string, text []byte) (*Script, error) {
	root, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	s := &Script{File: file}
	return s, root.Object(map[string]taker{"rules": s.rules})
}

func (s *Script) rules(n *yamldoc.Node) error {
	if n.Kind != yamldoc.List && !n.IsNull() {
		return n.Errorf("want a list of rules, got %s", n.Kind)
	}
	for i, item := range n.Items {
		r := &Rule{Node: item, Name: "rule " + strconv.Itoa(i+1), Probability: 1}
		if err := r.read(); err != nil {
			return err
		}
		s.Rules = append(s.Rules, r)
	}
	return nil
}

func (r *Rule) read() error {
	keys := r.keys()
	keys["name"] = func(n *yamldoc.Node) (err error) { r.Name, err = n.Str(); return err }
	keys["method"] = r.method
	keys["when"] = condition(&r.When)
	keys["times"] = func(n *yamldoc.Node) error {
		times, err := n.Int(1, maxTimes)
		r.Times = int64(times)
		return err
	}
	keys["probability"] = r.probability
	keys["header"] = metadata(&r.Header)
	keys["trailer"] = metadata(&r.Trailer)
	keys["initial-state"] = func(n *yamldoc.Node) (err error) { r.Initial, err = n.AppendJSON(nil); return err }
	keys["each"] = r.each
	if err := r.Node.Object(keys); err != nil {
		return err
	}
	if r.Method.Text == "" {
		return r.Node.Errorf("a rule has a method: Service/Method, Service/*, or * for all")
	}
	return r.check(r.Node)
}

func (r *Rule) method(n *yamldoc.Node) (err error) {
	r.Method.Node = n
	if r.Method.Text, err = n.Str(); err == nil && r.Method.Text == "" {
		return n.Errorf("want a method: Service/Method, Service/*, or * for all")
	}
	return err
}

func (r *Rule) probability(n *yamldoc.Node) error {
	p, err := strconv.ParseFloat(n.Text, 64)
	if n.Kind != yamldoc.Number || err != nil || !(p > 0 && p <= 1) {
		return n.Errorf("want a probability: a number above 0, at most 1")
	}
	r.Probability = p
	return nil
}

func (r *Rule) each(n *yamldoc.Node) error {
	items := []*yamldoc.Node{n}
	if n.Kind == yamldoc.List {
		items = n.Items
	}
	for _, item := range items {
		t := &Turn{Node: item}
		if item.Kind == yamldoc.String { // an expression
			if err := expression(&t.Compute)(item); err != nil {
				return err
			}
			t.Repeat = 1
			r.Each = append(r.Each, t)
			continue
		}
		keys := t.keys()
		keys["when"] = condition(&t.When)
		if err := item.Object(keys); err != nil {
			return err
		}
		if err := t.check(item); err != nil {
			return err
		}
		r.Each = append(r.Each, t)
	}
	return nil
}

// keys are those of an answer.
func (a *Answer) keys() map[string]taker {
	a.Repeat = 1
	return map[string]taker{
		"delay":    duration(&a.Delay),
		"jitter":   duration(&a.Jitter),
		"state":    expression(&a.State),
		"reply":    func(n *yamldoc.Node) error { return values(&a.Replies, []*yamldoc.Node{n}) },
		"replies":  func(n *yamldoc.Node) error { return list(&a.Replies, n) },
		"compute":  expression(&a.Compute),
		"repeat":   a.repeat,
		"interval": duration(&a.Interval),

		"status":                a.ending(Status),
		"exception":             a.ending(Exception),
		"application-exception": a.ending(Application),
		"biz-status":            a.ending(Biz),
		"drop":                  a.drop,
	}
}

// check refuses keys that do not go together.
func (a *Answer) check(n *yamldoc.Node) error {
	one := func(names ...string) error {
		var first *yamldoc.Node
		for _, f := range n.Fields {
			for _, name := range names {
				if f.Key.Text != name {
					continue
				}
				if first != nil {
					return f.Key.Errorf("an answer has either %s or %s", first.Text, name)
				}
				first = f.Key
			}
		}
		return nil
	}
	if err := one("reply", "replies", "compute"); err != nil {
		return err
	}
	if err := one("status", "exception", "application-exception", "biz-status", "drop"); err != nil {
		return err
	}
	a.Default = a.Replies == nil && a.Compute == nil && a.End == nil
	return nil
}

func (a *Answer) repeat(n *yamldoc.Node) (err error) {
	if n.Kind == yamldoc.String && n.Text == "forever" {
		a.Repeat = -1
		return nil
	}
	if a.Repeat, err = n.Int(1, maxRepeat); err != nil {
		return n.Errorf("want a number from 1, or forever")
	}
	return nil
}

func (a *Answer) drop(n *yamldoc.Node) error {
	yes, err := n.Bool()
	if err == nil && yes {
		a.End = &Ending{Node: n, Kind: Drop}
	}
	return err
}

// ending takes a code, or a mapping with it.
func (a *Answer) ending(kind Kind) taker {
	return func(n *yamldoc.Node) error {
		e := &Ending{Node: n, Kind: kind, Code: -1}
		a.End = e
		if n.Kind != yamldoc.Map {
			if err := e.takeCode(n); err != nil {
				return err
			}
			return e.check()
		}
		if err := n.Object(e.keys()); err != nil {
			return err
		}
		return e.check()
	}
}

func (e *Ending) keys() map[string]taker {
	keys := map[string]taker{"code": e.takeCode, "message": func(n *yamldoc.Node) (err error) { e.Message, err = n.Str(); return err }}
	switch e.Kind {
	case Status:
		keys["details"] = func(n *yamldoc.Node) error { return list(&e.Details, n) }
	case Exception:
		return map[string]taker{
			"type":  e.takeCode,
			"value": func(n *yamldoc.Node) error { return values(&e.Details, []*yamldoc.Node{n}) },
		}
	case Biz:
		keys["extra"] = e.extra
	}
	return keys
}

func (e *Ending) extra(n *yamldoc.Node) error {
	if n.Kind != yamldoc.Map {
		return n.Errorf("want a mapping of names and texts, got %s", n.Kind)
	}
	e.Extra = map[string]string{}
	for _, f := range n.Fields {
		text, err := f.Value.Str()
		if err != nil {
			return err
		}
		e.Extra[f.Key.Text] = text
	}
	return nil
}

// takeCode reads a number, the name of a status, or the type of an exception.
func (e *Ending) takeCode(n *yamldoc.Node) error {
	text, err := n.Str()
	if err != nil {
		return err
	}
	if e.Kind == Exception {
		e.Type = text
		return nil
	}
	if code, err := strconv.ParseInt(text, 10, 64); err == nil {
		e.Code = code
		if code < 0 || code > math.MaxInt32 {
			return n.Errorf("want a code from 0 to %d", math.MaxInt32)
		}
		return nil
	}
	if e.Kind != Status {
		return n.Errorf("want a number, got %q", text)
	}
	var names []string
	for code := range stream.Unauthenticated + 1 {
		names = append(names, code.String())
		if strings.EqualFold(code.String(), text) || code == stream.Canceled && strings.EqualFold("CANCELED", text) {
			e.Code = int64(code)
			return nil
		}
	}
	return n.Unknown("status", text, names)
}

func (e *Ending) check() error {
	switch {
	case e.Kind == Exception && e.Type == "":
		return e.Node.Errorf("an exception has a type")
	case e.Kind != Exception && e.Code < 0:
		return e.Node.Errorf("this needs a code")
	case (e.Kind == Status || e.Kind == Biz) && e.Code == 0:
		return e.Node.Errorf("code 0 is success")
	case e.Kind == Exception && e.Details == nil:
		e.Details = []Value{{[]byte("{}"), e.Node}}
	}
	return nil
}

func duration(to *time.Duration) taker {
	return func(n *yamldoc.Node) (err error) { *to, err = n.Duration(); return err }
}

func values(to *[]Value, nodes []*yamldoc.Node) error {
	*to = []Value{}
	for _, n := range nodes {
		text, err := n.AppendJSON(nil)
		if err != nil {
			return err
		}
		*to = append(*to, Value{text, n})
	}
	return nil
}

func list(to *[]Value, n *yamldoc.Node) error {
	if n.Kind != yamldoc.List {
		return n.Errorf("want a list, got %s", n.Kind)
	}
	return values(to, n.Items)
}

// metadata takes a mapping of names to a text or a list of such.
func metadata(to *stream.Metadata) taker {
	return func(n *yamldoc.Node) error {
		if n.Kind != yamldoc.Map {
			return n.Errorf("want a mapping of names and values, got %s", n.Kind)
		}
		for _, f := range n.Fields {
			texts, err := f.Value.Strings()
			if f.Value.Kind == yamldoc.Number {
				texts, err = []string{f.Value.Text}, nil
			}
			if err != nil {
				return err
			}
			for _, text := range texts {
				if stream.IsBinary(strings.ToLower(f.Key.Text)) {
					value, err := base64.StdEncoding.DecodeString(text)
					if err != nil {
						return f.Value.Errorf("the value of %s is base64: %w", f.Key.Text, err)
					}
					text = string(value)
				}
				to.Add(f.Key.Text, text)
			}
			if err := serve.CheckMetadata((*to)[len(*to)-len(texts):]); err != nil {
				return f.Key.Errorf("%w", err)
			}
		}
		return nil
	}
}

func condition(to **Expr) taker {
	return func(n *yamldoc.Node) error {
		if err := expression(to)(n); err != nil {
			return err
		}
		if (*to).Assigns() {
			return n.Errorf("expression %s is an assignment, which is always true: == compares", (*to).Expr)
		}
		return nil
	}
}

func expression(to **Expr) taker {
	return func(n *yamldoc.Node) error {
		text := n.Text
		if n.Kind == yamldoc.List || n.Kind == yamldoc.Map {
			return n.Errorf("want an expression of jq, in quotes: got %s", n.Kind)
		}
		compiled, err := jq.Compile(text)
		if syntax, ok := errors.AsType[*jq.SyntaxError](err); ok {
			return n.Errorf("expression %s: %w", text, fmt.Errorf("at character %d: %w", syntax.Col, syntax.Err))
		}
		if err != nil {
			return n.Errorf("expression %s: %w", text, err)
		}
		*to = &Expr{compiled, n}
		return nil
	}
}
