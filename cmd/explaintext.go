package cmd

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/shell"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/terminal"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// reportText writes an error for people.
func reportText(w io.Writer, err error, line commandLine) {
	if errors.Is(err, errInterrupted) {
		label(w, inkError, "error", "interrupted")
		return
	}
	label(w, inkError, "error", line.place()+printable(line.message(err)))
	if text, caret := excerpt(err); strings.TrimSpace(text) != "" {
		point(w, text, caret)
	}
	if status, ok := errors.AsType[*session.StatusError](err); ok {
		for _, d := range status.Details {
			label(w, inkDetail, "detail", string(d))
		}
		if status.Broken != nil {
			label(w, inkDetail, "detail", "not readable: "+printable(status.Broken.Error()))
		}
	}
	if o := stream.OutcomeOf(err); o.Kind == stream.KindBiz && o.Detail != nil {
		label(w, inkDetail, "detail", "extra "+printable(extraText(o.Detail)))
	}
	if unmet, ok := errors.AsType[*unmetError](err); ok {
		for _, seen := range unmet.seen() {
			label(w, inkDetail, "seen", printable(seen))
		}
	}
	for _, h := range line.news(line.advice(err)) {
		label(w, inkHint, "hint", printable(h))
	}
}

// point shows a line with a caret below the mistake in it, which so many characters are
// before. On a terminal, the line is cut to the width of that: it would take two rows.
func point(w io.Writer, line string, caret int) {
	const margin = "  "
	if columns := columnsOf(w); columns > 0 {
		line, caret = terminal.Around(line, caret, columns-len(margin)-1)
	}
	before, mistake, after := parted(line, caret)
	say(w, span{text: margin + before}, span{mistake, inkMistake}, span{text: after + "\n"})
	say(w, span{text: margin + strings.Repeat(" ", terminal.Width(before))}, span{"^", inkCaret}, span{text: "\n"})
}

// parted is a line before the mistake in it, the mistake and what comes after: a string, a
// word or number, or one character.
func parted(line string, caret int) (before, mistake, after string) {
	text := []rune(line)
	caret = min(caret, len(text))
	before, rest := string(text[:caret]), string(text[caret:])
	end := len(terminal.First(rest))
	if quoted, err := strconv.QuotedPrefix(rest); err == nil && rest[0] == '"' {
		end = len(quoted)
	} else if word := strings.IndexFunc(rest, isNoWord); word > end {
		end = word
	} else if word < 0 {
		end = len(rest)
	}
	return before, rest[:end], rest[end:]
}

// isNoWord reports whether a character ends what JSON, jq and YAML have as one word.
func isNoWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-+.$", r)
}

// extraText is the extra of a business status as it came: JSON, or a text.
func extraText(detail json.RawMessage) string {
	var text string
	if json.Unmarshal(detail, &text) == nil {
		return text
	}
	return string(detail)
}

// excerpt is the line in which a mistake is, and how many characters are before it.
func excerpt(err error) (line string, caret int) {
	if in, ok := errors.AsType[*format.InputError](err); ok {
		return in.Text, in.Caret
	}
	if e, ok := errors.AsType[*jq.SyntaxError](err); ok {
		return visible(strings.ReplaceAll(e.Text, "\t", " ")), e.Col - 1
	}
	if e, ok := errors.AsType[*shell.SyntaxError](err); ok {
		return visible(strings.ReplaceAll(e.Text, "\t", " ")), e.At
	}
	if e, ok := errors.AsType[*yamldoc.Error](err); ok && !showsSecret(e.Text) {
		return visible(e.Text), e.Caret
	}
	return "", 0
}
