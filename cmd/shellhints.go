package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/shell"
	"github.com/idlcall/idlcall/pkg/shell/fill"
)

// advice are the hints of an error in words that fit where they are read: a shell has commands of
// its own.
func (l commandLine) advice(err error) []string {
	if !l.inside {
		return l.hints(err)
	}
	list := l.shellHints(err)
	for i, hint := range list {
		for _, name := range []string{"list", "describe", "template"} {
			hint = strings.ReplaceAll(hint, "'idlcall "+name, "':"+name)
		}
		list[i] = strings.ReplaceAll(hint, "usage: idlcall call TARGET METHOD [flags]", "usage: METHOD [REQUEST] [flags] [| EXPR] [< FILE] [> FILE]")
	}
	return list
}

// place says which line of a shell it is, where nobody sees that.
func (l commandLine) place() string {
	if l.at == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", l.at)
}

// shellHints advises on errors that only a shell has.
func (l commandLine) shellHints(err error) []string {
	if wrong, ok := errors.AsType[*shell.UsageError](err); ok {
		return nonEmpty(wrong.Hint)
	}
	if answer, ok := errors.AsType[*fill.Error](err); ok {
		if len(answer.Nearest) > 0 {
			return []string{"did you mean " + orList(answer.Nearest) + "?"}
		}
		return nil
	}
	return l.hints(err)
}
