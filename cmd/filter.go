package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// filterFlags say what is shown of a reply.
type filterFlags struct {
	filter     expression
	rawStrings bool
	plain      bool // there is no -q, and every reply is shown as it is
	sortKeys   bool
}

func (f *filterFlags) bind(c *cobra.Command) {
	s := c.Flags()
	s.VarP(&f.filter, "query", "q", "show what `EXPR` (jq) makes of each reply")
	s.BoolVarP(&f.rawStrings, "raw-output", "r", false, "show strings without quotes and escapes, as jq -r does")
	s.BoolVarP(&f.sortKeys, "sort-keys", "S", false, "sort the keys of objects")
}

// given reports whether replies are shown in another way than they came.
func (f *filterFlags) given() bool { return f.filter.given() || f.rawStrings || f.sortKeys }

// name is the flag that asks for it, for messages.
func (f *filterFlags) name() string {
	switch {
	case f.filter.given() && !f.plain:
		return "-q"
	case f.rawStrings:
		return "-r"
	}
	return "-S"
}

// prepare makes the other flags a filter of everything where there is none.
func (f *filterFlags) prepare() error {
	if !f.given() || f.filter.given() {
		return nil
	}
	f.plain = true
	return f.filter.Set(".")
}

// shown is a line of what is shown of a reply: JSON, or the text of a string.
type shown struct {
	line []byte
	raw  bool
}

// each gives show what is to be shown of a reply, in order. The line is valid during the
// call.
func (f *filterFlags) each(ctx context.Context, reply []byte, show func(shown) error) error {
	var line []byte
	for v, err := range f.filter.Run(ctx, reply, f.filter.inside.values()...) {
		if err != nil {
			return err
		}
		text, isString := v.Text()
		switch {
		case isString && f.rawStrings:
			line = append(line[:0], text...)
		case f.sortKeys:
			line = terminal.EscapeJSON(v.AppendSorted(line[:0]))
		default:
			line = terminal.EscapeJSON(v.AppendJSON(line[:0]))
		}
		if err := show(shown{line, isString && f.rawStrings}); err != nil {
			return err
		}
	}
	return nil
}
