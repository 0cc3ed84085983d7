package cmd

import (
	"io"
	"os"
	"strings"
	"sync"

	"github.com/spf13/pflag"
)

// colorMode says when to use colour.
type colorMode string

const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

// wanted decides for one stream. Without the word of a flag, these count in this order:
// NO_COLOR (no-color.org), CLICOLOR_FORCE and CLICOLOR (bixense.com/clicolors), TERM.
func (m colorMode) wanted(stream any) bool {
	switch m {
	case colorAlways:
		return true
	case colorNever:
		return false
	}
	switch force := os.Getenv("CLICOLOR_FORCE"); {
	case os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return isTerminal(stream) && os.Getenv("CLICOLOR") != "0" && os.Getenv("TERM") != "dumb"
}

// look is how what we say on stderr looks. It is decided when there is something to say: by
// then the flags may have been read, or not.
type look struct {
	args  []string
	flags *pflag.FlagSet // of the command that runs; nil until it does
	err   io.Writer

	reading sync.Once
	theme   theme
}

// mode is what --color says.
func (l *look) mode() colorMode {
	if l.flags != nil {
		if f := l.flags.Lookup("color"); f != nil {
			return colorMode(f.Value.String())
		}
		return colorAuto
	}
	return colorMode(typedValue(l.args, "color"))
}

// typedValue finds a flag on a command line that may not have parsed, or its variable.
func typedValue(args []string, flag string) string {
	chosen := os.Getenv(environmentName(flag))
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--"+flag+"="); ok {
			chosen = value
		} else if arg == "--"+flag && i+1 < len(args) {
			chosen = args[i+1]
		}
	}
	return chosen
}

// span is a part of a line with what it means.
type span struct {
	text string
	ink  ink
}

// say writes spans at once: in colour where w wants that, and otherwise as they are.
func say(w io.Writer, spans ...span) {
	if p, ok := w.(painter); ok {
		p.paint(spans)
		return
	}
	_, _ = w.Write(joined(spans, nil))
}

// label says a line behind a word that tells what it is: "hint: try again".
func label(w io.Writer, ink ink, word, text string) {
	say(w, span{word + ":", ink}, span{text: " " + text + "\n"})
}

// painter is a writer that knows colours, and lets no text command a terminal.
type painter interface{ paint(spans []span) }

// joined is the text of spans, painted where there is a theme.
func joined(spans []span, t *theme) []byte {
	var line []byte
	for _, s := range spans {
		begin := ""
		if t != nil {
			begin = t.inks[s.ink]
		}
		line = append(append(line, begin...), s.text...)
		if begin != "" {
			line = append(line, t.Reset...)
		}
	}
	return line
}
