package mock

import (
	"errors"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// names reports whether a rule is for a method.
func (r *Rule) names(m *skeleton.Method) bool {
	service, name, whole := strings.Cut(r.Method.Text, "/")
	if !whole {
		return r.Method.Text == "*" || r.Method.Text == m.Name
	}
	if name != "*" && name != m.Name {
		return false
	}
	return service == "*" || service == m.Service || service == m.BareService()
}

// bind holds the script against the IDL: each rule is for some method, and what it says fits
// each of them.
func (s *state) bind() error {
	if len(s.script.Rules) == 0 {
		return nil
	}
	all, err := s.methods.All()
	if err != nil {
		return err
	}
	for _, r := range s.script.Rules {
		fits := false
		for _, m := range all {
			if !r.names(m) {
				continue
			}
			fits = true
			if err := s.check(r, m); err != nil {
				return err
			}
		}
		if !fits {
			return r.unknown(all)
		}
	}
	return nil
}

func (r *Rule) unknown(all []*skeleton.Method) error {
	known := make([]string, len(all))
	for i, m := range all {
		known[i] = m.FullName()
	}
	return r.Method.Node.Unknown("method", r.Method.Text, known)
}

// check tries what a rule says on a method.
func (s *state) check(r *Rule, m *skeleton.Method) error {
	if err := s.checkAnswer(&r.Answer, r.Node, m, m.Type.ServerStreams()); err != nil {
		return err
	}
	if len(r.Each) > 0 && !m.Type.ClientStreams() {
		return r.Each[0].Node.Errorf("each is for methods whose client streams: %s does not", m.FullName())
	}
	for _, t := range r.Each {
		if m.Type == stream.Client && (len(t.Replies) > 0 || t.Compute != nil) {
			return t.Node.Errorf("%s has one reply, after the last request", m.FullName())
		}
		if err := s.checkAnswer(&t.Answer, t.Node, m, true); err != nil {
			return err
		}
	}
	return nil
}

func (s *state) checkAnswer(a *Answer, n *yamldoc.Node, m *skeleton.Method, many bool) error {
	if !many && (len(a.Replies) != 1 && a.Replies != nil || a.Repeat != 1) && a.End == nil {
		return n.Errorf("%s has exactly one reply", m.FullName())
	}
	if a.Replies == nil && a.End == nil {
		return nil
	}
	p, err := m.Program(stream.Binary)
	if err != nil {
		return err
	}
	codec := p.Codec()
	for _, v := range a.Replies {
		if _, err := codec.Encode(nil, v.JSON); err != nil {
			return v.Node.Errorf("the reply of %s: %w", m.FullName(), plain(err))
		}
	}
	return s.checkEnding(a.End, p)
}

// checkEnding tries an ending. A business status and the like go over no wire that would
// refuse them.
func (s *state) checkEnding(e *Ending, p *skeleton.Program) error {
	if e == nil || e.Kind != Status && e.Kind != Exception {
		return nil
	}
	err := e.err(s, p)
	if undeclared, ok := errors.AsType[*skeleton.UndeclaredError](err); ok {
		return e.Node.Unknown("exception of "+undeclared.Method, undeclared.Name, undeclared.Known)
	}
	if value, ok := errors.AsType[*format.ValueError](err); ok {
		return e.Node.Errorf("%w", value)
	}
	return nil
}

// plain is an error of a value without what it is wrapped in.
func plain(err error) error {
	if value, ok := errors.AsType[*format.ValueError](err); ok {
		return value
	}
	return err
}
