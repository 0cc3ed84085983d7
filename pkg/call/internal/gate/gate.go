// Package gate has the Gate behind which receivers wait until an RPC has been opened.
package gate

import "context"

// Gate holds receivers back until a stream has been opened, or cannot be. A nil gate
// stands open.
type Gate chan struct{}

// Open lets them pass. It may be repeated by callers that hold the same lock.
func (g Gate) Open() {
	if g != nil && !g.IsOpen() {
		close(g)
	}
}

func (g Gate) IsOpen() bool {
	select {
	case <-g:
		return true
	default:
		return false
	}
}

// Pass waits for open, which counts also where the context has ended, or for the end
// of the context.
func (g Gate) Pass(ctx context.Context) error {
	if g == nil || g.IsOpen() {
		return nil
	}
	select {
	case <-g:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
