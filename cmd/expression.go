package cmd

import "github.com/idlcall/idlcall/pkg/jq"

// expression is a flag value: a jq expression, compiled when it is set.
type expression struct {
	*jq.Expr

	inside *inside  // whose variables it may have
	names  []string // of others, without "$"
}

func (e *expression) String() string {
	if e.Expr == nil {
		return ""
	}
	return e.Expr.String()
}
func (e *expression) Type() string { return "expression" }

func (e *expression) Set(text string) (err error) {
	e.Expr, err = jq.Compile(text, append(e.inside.variables(), e.names...)...)
	return err
}

// given reports whether the flag was set.
func (e *expression) given() bool { return e.Expr != nil }
