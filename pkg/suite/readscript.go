package suite

import "github.com/idlcall/idlcall/pkg/yamldoc"

// script reads the actions of a stream: words, or mappings of one key.
func (r *reader) script(s *Step, n *yamldoc.Node) error {
	if n.Kind != yamldoc.List || len(n.Items) == 0 {
		return n.Errorf("want a list of actions: send, expect, pause, close, end, cancel")
	}
	closed := false
	for i, item := range n.Items {
		a := Action{Node: item}
		if err := r.action(&a); err != nil {
			return err
		}
		switch last := a.Cancel || a.End; {
		case closed && a.Send != nil:
			return item.Errorf("our side is closed: nothing can be sent")
		case closed && a.Close:
			return item.Errorf("our side is closed already")
		case last && i+1 < len(n.Items):
			return n.Items[i+1].Errorf("the call has ended in line %d", item.Line)
		}
		closed = closed || a.Close
		s.Script = append(s.Script, a)
	}
	return nil
}

func (r *reader) action(a *Action) error {
	n := a.Node
	if n.Kind == yamldoc.String {
		switch n.Text {
		case "close":
			a.Close = true
		case "cancel":
			a.Cancel = true
		case "end":
			a.End = true
		default:
			return n.Unknown("action", n.Text, []string{"cancel", "close", "end", "expect", "pause", "send"})
		}
		return nil
	}
	if n.Kind == yamldoc.Map && len(n.Fields) != 1 {
		return n.Errorf("want one action: send, expect, pause, close, end or cancel")
	}
	return n.Object(r.actionKeys(a))
}

func (r *reader) actionKeys(a *Action) map[string]taker {
	return map[string]taker{
		"send":  r.value(&a.Send),
		"pause": func(n *yamldoc.Node) (err error) { a.Pause, err = n.Duration(); return err },
		"expect": func(n *yamldoc.Node) error {
			a.Expect = &Reply{}
			return r.reply(a.Expect, n)
		},
	}
}

// reply reads what one reply has to be: an expression, or a mapping. What it captures the
// actions after it may use.
func (r *reader) reply(to *Reply, n *yamldoc.Node) error {
	if n.Kind != yamldoc.Map && !n.IsNull() {
		return r.exprs(&to.JQ)(n)
	}
	if err := n.Object(r.replyKeys(to)); err != nil {
		return err
	}
	for _, c := range to.Captures {
		r.known[c.Name] = true
	}
	return nil
}

func (r *reader) replyKeys(to *Reply) map[string]taker {
	return map[string]taker{
		"jq": r.exprs(&to.JQ), "equals": r.value(&to.Equals), "contains": r.value(&to.Contains),
		"capture": func(n *yamldoc.Node) error { return r.captures(&to.Captures, n) },
	}
}
