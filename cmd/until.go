package cmd

import (
	"context"

	"github.com/idlcall/idlcall/pkg/stream"
)

// wanted says which reply is the last that the user wants.
type wanted struct {
	max   int // replies of an RPC; 0 is no limit
	until *expression

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
		held, err := w.until.Holds(ctx, reply, w.until.inside.values()...)
		if err != nil {
			return w.mistaken(ctx, "--until", err)
		}
		w.settled = held
	}
	if w.enough = w.settled || w.n == w.max; w.enough {
		return stream.ErrEnough
	}
	return nil
}

// mistaken is the error of an expression about the latest reply.
func (w *wanted) mistaken(ctx context.Context, flag string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return usage("%s: reply %d: %w", flag, w.n, err)
}
