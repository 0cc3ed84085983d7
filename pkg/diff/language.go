package diff

import (
	"context"
	"fmt"
	"slices"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// LanguageError says that one is Protobuf and the other Thrift.
type LanguageError struct {
	Symbol   string // of OLD, which NEW has in the other language, or not at all
	From, To stream.Lang
}

func (e *LanguageError) Error() string {
	names := [...]string{stream.Protobuf: "Protobuf", stream.Thrift: "Thrift"}
	return fmt.Sprintf("compare %s: OLD is %s, and NEW is %s", e.Symbol, names[e.From], names[e.To])
}

// Outcome is that of a wrong command line.
func (*LanguageError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

func language(isThrift bool) stream.Lang {
	if isThrift {
		return stream.Thrift
	}
	return stream.Protobuf
}

// expect is an error where a symbol of OLD is not in NEW because the two have no language in
// common.
func (c *comparer) expect(symbol string, lang stream.Lang) error {
	if c.related {
		return nil
	}
	there, err := spoken(c.ctx, c.to)
	if err != nil {
		return err
	}
	here, err := spoken(c.ctx, c.from)
	if err != nil {
		return err
	}
	if len(there) > 0 && !slices.ContainsFunc(here, func(l stream.Lang) bool { return slices.Contains(there, l) }) {
		return &LanguageError{symbol, lang, there[0]}
	}
	c.related = true
	return nil
}

// spoken are the languages of services or, where no service tells, of types.
func spoken(ctx context.Context, s idl.Schema) (list []stream.Lang, err error) {
	names, err := s.Services(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		methods, err := s.Methods(ctx, name)
		if ctx.Err() != nil {
			return nil, err
		}
		if err == nil && len(methods) > 0 { // what is broken concerns only who needs it
			list = append(list, language(methods[0].IsThrift()))
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	if names, err = s.Symbols(ctx); err != nil {
		return nil, err
	}
	for _, name := range names {
		at, err := s.Place(ctx, name)
		if err != nil {
			return nil, err
		}
		if isMessageKind(at.Kind) {
			list = append(list, language(at.Kind != "message"))
		}
	}
	return list, nil
}

// inOneLanguage compares the languages of two services of one name.
func inOneLanguage(name string, old, now []idl.MethodInfo) error {
	if len(old) == 0 || len(now) == 0 || old[0].IsThrift() == now[0].IsThrift() {
		return nil
	}
	return &LanguageError{name, language(old[0].IsThrift()), language(now[0].IsThrift())}
}
