package jq

import (
	"context"

	"github.com/itchyny/gojq"
)

// Side is a part of an expression and what it came to.
type Side struct {
	Expr string
	// JSON are the outputs, one after the other with commas; empty where there are
	// none.
	JSON []byte
}

// Seen looks into an expression that did not hold: of the first comparison that is false
// among those that "and" joins it returns the sides that are no constants. It is nil where
// the expression is no comparison, or does not end well.
func (e *Expr) Seen(ctx context.Context, input []byte, vars ...Var) []Side {
	in, err := decode(input)
	if err != nil {
		return nil
	}
	return e.seen(ctx, e.query, in, vars)
}

func (e *Expr) seen(ctx context.Context, q *gojq.Query, in Value, vars []Var) []Side {
	if q.Term != nil && q.Term.Type == gojq.TermTypeQuery && len(q.Term.SuffixList) == 0 {
		return e.seen(ctx, q.Term.Query, in, vars) // in parentheses
	}
	if len(q.FuncDefs) > 0 || len(q.Patterns) > 0 {
		return nil
	}
	switch q.Op {
	case gojq.OpAnd:
		if left, ok := e.evaluate(ctx, q.Left, in, vars); !ok || !left.allTrue {
			return e.seen(ctx, q.Left, in, vars)
		}
		return e.seen(ctx, q.Right, in, vars)
	case gojq.OpEq, gojq.OpNe, gojq.OpGt, gojq.OpLt, gojq.OpGe, gojq.OpLe:
	default:
		return nil
	}
	var sides []Side
	for _, part := range []*gojq.Query{q.Left, q.Right} {
		if isConstant(part) {
			continue
		}
		result, ok := e.evaluate(ctx, part, in, vars)
		if !ok {
			return nil
		}
		sides = append(sides, Side{part.String(), result.json})
	}
	return sides
}

// evaluated are the outputs of a part of an expression.
type evaluated struct {
	json    []byte
	allTrue bool
}

// maxSeen bounds what is kept of a side, in bytes.
const maxSeen = 64 << 10

func (e *Expr) evaluate(ctx context.Context, part *gojq.Query, in Value, vars []Var) (evaluated, bool) {
	code, err := e.compile(part)
	if err != nil {
		return evaluated{}, false
	}
	outputs, err := e.outputs(ctx, code, in, vars)
	if err != nil {
		return evaluated{}, false
	}
	result := evaluated{allTrue: true}
	for n := 0; ; n++ {
		out, more := outputs.Next()
		if !more {
			result.allTrue = result.allTrue && n > 0
			return result, true
		}
		if _, failed := out.(error); failed || len(result.json) > maxSeen {
			return evaluated{}, false
		}
		if n > 0 {
			result.json = append(result.json, ',')
		}
		v := Value{out, in.order}
		result.json = v.AppendJSON(result.json)
		result.allTrue = result.allTrue && v.IsTrue()
	}
}

// isConstant reports whether a part says what it is.
func isConstant(q *gojq.Query) bool {
	if q.Term == nil || len(q.Term.SuffixList) > 0 {
		return false
	}
	switch q.Term.Type {
	case gojq.TermTypeNull, gojq.TermTypeTrue, gojq.TermTypeFalse, gojq.TermTypeNumber, gojq.TermTypeFormat:
		return true
	case gojq.TermTypeString:
		return q.Term.Str.Queries == nil
	}
	return false
}
