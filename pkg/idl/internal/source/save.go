package source

import (
	"context"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Sift is what have makes of symbols. If that fails and they are several, it is what
// have makes of those that do not fail by themselves; broken, a *idl.BrokenError, then
// names the others.
func Sift[T any](ctx context.Context, symbols []string, have func(symbols []string) (T, error)) (got T, broken, err error) {
	got, err = have(symbols)
	if err == nil || len(symbols) < 2 || ctx.Err() != nil {
		return got, nil, err
	}
	wrong := &idl.BrokenError{}
	var good []string
	for _, symbol := range symbols {
		switch _, err := have([]string{symbol}); {
		case err == nil:
			good = append(good, symbol)
		case ctx.Err() != nil:
			return got, nil, err
		default:
			wrong.Add(symbol, err)
		}
	}
	got, err = have(good)
	if err != nil || len(wrong.Symbols) == 0 {
		return got, nil, err
	}
	return got, wrong, nil
}
