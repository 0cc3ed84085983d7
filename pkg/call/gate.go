package call

import "context"

// gate holds receivers back until a stream has been opened, or cannot be. A nil gate
// stands open.
type gate chan struct{}

// open lets them pass. It may be repeated by callers that hold the same lock.
func (g gate) open() {
	if g == nil {
		return
	}
	select {
	case <-g:
	default:
		close(g)
	}
}

// pass waits for open, which counts also where the context has ended, or for the end
// of the context.
func (g gate) pass(ctx context.Context) error {
	if g == nil {
		return nil
	}
	select {
	case <-g:
		return nil
	default:
	}
	select {
	case <-g:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
