package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"github.com/idlcall/idlcall/pkg/stream"
)

// condition is a flag value: a jq expression, compiled when it is set.
type condition struct {
	text string
	code *gojq.Code
}

func (c *condition) String() string { return c.text }
func (c *condition) Type() string   { return "expression" }

func (c *condition) Set(text string) error {
	query, err := gojq.Parse(text)
	if err != nil {
		return newExpressionError(text, err)
	}
	c.text = text
	c.code, err = gojq.Compile(query, gojq.WithEnvironLoader(os.Environ))
	return err
}

// given reports whether the flag was set.
func (c *condition) given() bool { return c.code != nil }

// holds reports whether the expression is true of a JSON text: its first output is
// there, and neither false nor null. An expression need not end: the context ends
// it.
func (c *condition) holds(ctx context.Context, text []byte) (bool, error) {
	var value any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // float64 has not all digits
	if err := d.Decode(&value); err != nil {
		return false, err
	}
	out, _ := c.code.RunWithContext(ctx, value).Next()
	switch out := out.(type) {
	case nil:
		return false, nil
	case bool:
		return out, nil
	case error:
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		return false, out
	}
	return true, nil
}

// expressionError is a jq expression that does not parse.
type expressionError struct {
	text      string // the line of it
	line, col int    // both from 1, col in runes
	err       error
}

func newExpressionError(text string, err error) *expressionError {
	e := &expressionError{text: text, line: 1, err: err}
	before := text
	if parse, ok := errors.AsType[*gojq.ParseError](err); ok {
		before = text[:max(0, min(parse.Offset-len(parse.Token), len(text)))] // Offset is behind the token
	}
	e.line += strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	e.col = 1 + utf8.RuneCountInString(before[start:])
	e.text, _, _ = strings.Cut(text[start:], "\n")
	return e
}

func (e *expressionError) Error() string {
	return fmt.Sprintf("line %d, column %d: %v", e.line, e.col, e.err)
}

func (e *expressionError) Unwrap() error { return e.err }

// wanted says which reply is the last that the user wants.
type wanted struct {
	max   int // replies of an RPC; 0 is no limit
	until *condition

	n       int  // replies of this RPC
	enough  bool // this RPC has had its last
	settled bool // until was true: there is nothing more to call for
}

// begin starts to count the replies of an RPC.
func (w *wanted) begin() { w.n, w.enough = 0, false }

// judge takes note of a reply, which is JSON where there is an expression, and
// returns stream.ErrEnough after the last.
func (w *wanted) judge(ctx context.Context, reply []byte) error {
	w.n++
	if w.until.given() {
		held, err := w.until.holds(ctx, reply)
		switch {
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil:
			return usage("--until: reply %d: %w", w.n, err)
		}
		w.settled = held
	}
	if w.enough = w.settled || w.n == w.max; w.enough {
		return stream.ErrEnough
	}
	return nil
}
