package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/stream"
)

// expectation is what --expect says of the replies of an RPC, and those that came.
type expectation struct {
	holds *expression
	list  []byte // a JSON array, but for its end
}

// begin starts the list of another RPC.
func (e *expectation) begin() { e.list = append(e.list[:0], '[') }

// add puts a reply on the list.
func (e *expectation) add(reply []byte) {
	if !e.holds.given() {
		return
	}
	if len(e.list) > 1 {
		e.list = append(e.list, ',')
	}
	e.list = append(e.list, reply...)
}

// judge is the error of an RPC that went well.
func (e *expectation) judge(ctx context.Context) error {
	if !e.holds.given() {
		return nil
	}
	replies := append(e.list, ']')
	switch held, err := e.holds.HoldsAll(ctx, replies, e.holds.inside.values()...); {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		return &unmetError{Expr: e.holds.String(), Why: err.Error(), Replies: string(replies)}
	case held:
		return nil
	}
	return &unmetError{Expr: e.holds.String(), Seen: e.holds.Seen(ctx, replies, e.holds.inside.values()...), Replies: string(replies)}
}

// unmetError is an expectation that replies did not meet.
type unmetError struct {
	Expr string
	// Seen are the sides of the comparison that failed, or empty; Why is the error of
	// an expression that failed itself.
	Seen    []jq.Side
	Why     string
	Replies string // all of them, as a JSON array
}

func (e *unmetError) Error() string {
	if e.Why != "" {
		return fmt.Sprintf("expectation %s: %s", e.Expr, e.Why)
	}
	return "expectation not met: " + e.Expr
}

// Outcome is KindUnmet.
func (*unmetError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUnmet} }

// maxSeen is how much of what was seen a line shows, in bytes.
const maxSeen = 400

// seen are lines that say what was there instead.
func (e *unmetError) seen() []string {
	if len(e.Seen) == 0 {
		return []string{cutText(e.Replies, maxSeen)}
	}
	lines := make([]string, len(e.Seen))
	for i, side := range e.Seen {
		value := string(side.JSON)
		if value == "" {
			value = "nothing"
		}
		lines[i] = fmt.Sprintf("%s is %s", side.Expr, cutText(value, maxSeen))
	}
	return lines
}

// cutText is the beginning of a text that is too long, with a mark.
func cutText(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
