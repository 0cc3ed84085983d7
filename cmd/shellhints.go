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
		hint = strings.ReplaceAll(hint, "run 'idlcall call --help' for the flags", "'-' and Tab show the flags")
		list[i] = strings.ReplaceAll(hint, "usage: idlcall call TARGET METHOD [flags]", "usage: METHOD [REQUEST] [flags] [| EXPR] [< FILE] [> FILE]")
	}
	return list
}

// message is the text of an error, in words that fit where they are read.
func (l commandLine) message(err error) string {
	text := message(err)
	if l.inside {
		text = shellWords(text)
	}
	return text
}

// shellWords are a text about flags that a line of a shell may have in another form: "| EXPR" for -q,
// "> FILE" for -o.
func shellWords(text string) string {
	if rest, ok := strings.CutPrefix(text, "-q: "); ok {
		return "expression: " + rest
	}
	if rest, ok := strings.CutPrefix(text, "-o "); ok {
		return rest
	}
	rest, ok := strings.CutPrefix(text, "invalid argument ")
	if !ok {
		return text
	}
	value, rest, ok := strings.Cut(rest, " for \"-")
	if !ok {
		return text
	}
	flags, why, ok := strings.Cut(rest, "\" flag: ")
	if name := flags[strings.LastIndexByte(flags, '-')+1:]; ok && name == "query" {
		return "expression " + value + ": " + why
	} else if ok {
		return name + " " + value + ": " + why
	}
	return text
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
