package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/config"
	"github.com/idlcall/idlcall/pkg/fields"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// hints is the advice that fits an error. It is the one place that knows both
// what went wrong and which flags there are.
func (l commandLine) hints(err error) []string {
	var usage *usageError
	var in *format.InputError
	var notFound *idl.NotFoundError
	var ambiguous *idl.AmbiguousError
	var size *call.MessageSizeError
	var unsupported *call.UnsupportedError
	switch {
	case errors.As(err, &usage):
		return nonEmpty(usage.hint)
	case errors.As(err, &in):
		return inputHints(in)
	case is[*gateway.RequestError](err), is[*gateway.NoRouteError](err):
		return l.httpHints(err)
	case is[*fields.Error](err):
		return fieldHints(err)
	case is[*yamldoc.Error](err), is[*config.UnknownError](err):
		return documentHints(err)
	case is[*format.DocumentSizeError](err):
		return []string{"--max-message-size allows larger documents"}
	case is[*stream.ExtraInputError](err):
		return []string{"--each makes one call for each document"}
	case is[*idl.NoReflectionError](err), is[*idl.IncompleteError](err), is[*idl.DescriptorError](err), is[*idl.NameError](err),
		is[*idl.ExistsError](err), is[*idl.BrokenError](err), is[*idl.ParseError](err):
		return l.idlHints(err)
	case errors.As(err, &notFound):
		return l.nearestHints(notFound)
	case errors.As(err, &ambiguous) && ambiguous.Conflict:
		return []string{"give only one of them"}
	case errors.As(err, &ambiguous):
		return []string{"name one of them in full"}
	case errors.As(err, &size) && size.Size >= 1<<30:
		return []string{"a length like this is rather a sign of another transport or protocol than of a large message"}
	case errors.As(err, &size):
		return []string{"--max-message-size allows larger messages"}
	case errors.As(err, &unsupported):
		return nonEmpty(unsupportedHint(unsupported))
	}
	for _, hint := range []string{l.thriftHint(err), statusHint(err), noPlaceHint(err)} {
		if hint != "" {
			return []string{hint}
		}
	}
	return l.connectionHints(err)
}

func nonEmpty(hint string) []string {
	if hint == "" {
		return nil
	}
	return []string{hint}
}

func fieldHints(err error) []string {
	e, _ := errors.AsType[*fields.Error](err)
	switch {
	case len(e.Nearest) > 0 && e.Value:
		return []string{"did you mean " + orList(e.Nearest) + "?"}
	case len(e.Nearest) > 0:
		return []string{"did you mean -f " + orList(e.Nearest) + "?"}
	case strings.HasPrefix(e.Message, "unknown field"):
		return []string{"'idlcall template METHOD' shows all fields"}
	}
	return nil
}

func documentHints(err error) []string {
	if e, ok := errors.AsType[*config.UnknownError](err); ok {
		switch {
		case len(e.Nearest) > 0:
			return []string{"did you mean @" + strings.Join(e.Nearest, " or @") + "?"}
		case len(e.Files) == 0:
			return []string{"'idlcall config edit' makes one"}
		}
		return []string{"'idlcall config show' prints the targets that there are"}
	}
	if e, _ := errors.AsType[*yamldoc.Error](err); len(e.Nearest) > 0 {
		return []string{"did you mean " + orList(e.Nearest) + "?"}
	}
	return nil
}

func inputHints(e *format.InputError) []string {
	var value *format.ValueError
	if is[*format.DocumentSizeError](e) {
		return []string{"--max-message-size allows larger documents"}
	}
	if at := []rune(e.Text); e.Caret < len(at) && at[e.Caret] == '/' {
		return []string{"JSON has no comments; those of 'idlcall template --comments' are for people"}
	}
	if !errors.As(e.Err, &value) {
		return nil
	}
	if len(value.Nearest) > 0 {
		return []string{"did you mean " + orList(value.Nearest) + "?"}
	}
	if strings.HasPrefix(value.Message, "unknown field") || strings.HasPrefix(value.Message, "unknown argument") {
		return []string{"--unknown-fields ignore skips unknown fields"}
	}
	return nil
}

func (l commandLine) nearestHints(e *idl.NotFoundError) []string {
	var list []string
	switch {
	case len(e.Nearest) > 0:
		list = append(list, "did you mean "+orList(e.Nearest)+"?")
	case e.None:
	case e.Kind == "method" || e.Kind == "service":
		list = append(list, "'idlcall list' shows what there is")
	}
	if e.Remote {
		list = append(list, nonEmpty(l.unlessIDL(otherIDLHint))...)
	}
	return list
}

func orList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, " or ")
}
