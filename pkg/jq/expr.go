package jq

import (
	"context"
	"errors"
	"iter"
	"os"

	"github.com/itchyny/gojq"
)

// Expr is a compiled expression.
type Expr struct {
	text  string
	names []string // of its variables, with "$"
	query *gojq.Query
	code  *gojq.Code
}

// Var is a variable and its value as JSON text. Name is without "$".
type Var struct {
	Name string
	JSON []byte
}

// Compile reads an expression, which may use the variables that are named, without "$".
// What does not parse is a *SyntaxError.
func Compile(text string, variables ...string) (*Expr, error) {
	query, err := gojq.Parse(text)
	if err != nil {
		return nil, newSyntaxError(text, err)
	}
	e := &Expr{text: text, query: query}
	for _, name := range variables {
		e.names = append(e.names, "$"+name)
	}
	e.code, err = e.compile(query)
	return e, err
}

func (e *Expr) compile(query *gojq.Query) (*gojq.Code, error) {
	return gojq.Compile(query, gojq.WithEnvironLoader(os.Environ), gojq.WithVariables(e.names))
}

// String is the text of the expression.
func (e *Expr) String() string { return e.text }

// Assigns reports whether the expression as a whole is an assignment (=, |=, +=, ...). Its
// outputs are inputs that are changed, and so true: where a condition is wanted, == was
// meant.
func (e *Expr) Assigns() bool {
	q := e.query
	for q.Term != nil && q.Term.Type == gojq.TermTypeQuery && len(q.Term.SuffixList) == 0 {
		q = q.Term.Query
	}
	switch q.Op {
	case gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMul, gojq.OpUpdateDiv, gojq.OpUpdateMod, gojq.OpUpdateAlt:
		return true
	}
	return false
}

// Run yields the outputs for an input. An error, of the expression, the input or the
// context, is the last. An expression need not end: leaving the loop ends it, as the
// context does. A variable that vars do not have is null.
func (e *Expr) Run(ctx context.Context, input []byte, vars ...Var) iter.Seq2[Value, error] {
	return func(yield func(Value, error) bool) {
		in, err := decode(input)
		if err != nil {
			yield(Value{}, err)
			return
		}
		outputs, err := e.outputs(ctx, e.code, in, vars)
		if err != nil {
			yield(Value{}, err)
			return
		}
		for {
			out, more := outputs.Next()
			if !more {
				return
			}
			if err, failed := out.(error); failed {
				if err = ended(ctx, err); err != nil {
					yield(Value{}, err)
				}
				return
			}
			if !yield(Value{out, in.order}, nil) {
				return
			}
		}
	}
}

func (e *Expr) outputs(ctx context.Context, code *gojq.Code, in Value, vars []Var) (gojq.Iter, error) {
	values := make([]any, len(e.names))
	for i, name := range e.names {
		for _, v := range vars {
			if name[1:] != v.Name {
				continue
			}
			value, err := decode(v.JSON)
			if err != nil {
				return nil, err
			}
			values[i] = value.v
		}
	}
	return code.RunWithContext(ctx, in.v, values...), nil
}

// ended is the error with which the outputs end; nil for "halt", which is an end.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
		return nil
	}
	return err
}

// Holds reports whether the first output is there, and neither false nor null.
func (e *Expr) Holds(ctx context.Context, input []byte, vars ...Var) (bool, error) {
	for out, err := range e.Run(ctx, input, vars...) {
		return err == nil && out.IsTrue(), err
	}
	return false, nil
}

// HoldsAll reports whether there are outputs, all of them neither false nor null.
func (e *Expr) HoldsAll(ctx context.Context, input []byte, vars ...Var) (bool, error) {
	held := false
	for out, err := range e.Run(ctx, input, vars...) {
		if held = err == nil && out.IsTrue(); !held {
			return false, err
		}
	}
	return held, nil
}
