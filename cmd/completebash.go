package cmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// completeBash is the hidden command of completions/idlcall.bash. Its arguments are
// $COMP_WORDBREAKS, $COMP_TYPE, the word that is the command, and the line up to the cursor.
//
// It prints what readline puts in the place of the word at the cursor, one a line, after
// lines for compopt: ":nospace", ":nofiles".
const completeBash = "__complete-bash"

// listing is the $COMP_TYPE of a list that is only shown.
const listing = "63"

func runCompleteBash(std streams, args []string) int {
	if len(args) != 4 {
		return exitUsage
	}
	line := parseLine(args[3], args[0])
	words := afterCommand(line.words, args[2])
	if words == nil || line.redirected {
		return exitOK // bash offers files
	}
	list, directive := candidates(std, words)
	_, err := io.WriteString(std.out, line.replies(list, directive, args[1] == listing))
	return exitCode(asOutput(err))
}

// afterCommand is what stands after the command, before which there may be variables and
// other commands, such as time.
func afterCommand(words []string, command string) []string {
	for i, word := range words {
		if word == command || filepath.Base(word) == filepath.Base(command) {
			return words[i+1:]
		}
	}
	return nil
}

// candidates asks cobra, which knows commands and flags.
func candidates(std streams, words []string) ([]string, cobra.ShellCompDirective) {
	if len(words) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var out bytes.Buffer
	std.completing = true
	root := newRoot(std, "")
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, words...))
	if _, err := root.ExecuteContextC(context.Background()); err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	last := lines[len(lines)-1]
	number, err := strconv.Atoi(strings.TrimPrefix(last, ":"))
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return lines[:len(lines)-1], cobra.ShellCompDirective(number)
}

// replies is what bash is told.
func (l *shellLine) replies(list []string, directive cobra.ShellCompDirective, listing bool) string {
	var b strings.Builder
	if directive&cobra.ShellCompDirectiveNoSpace != 0 {
		b.WriteString(":nospace\n")
	}
	if directive&cobra.ShellCompDirectiveNoFileComp != 0 {
		b.WriteString(":nofiles\n")
	}
	typed := l.words[len(l.words)-1]
	flag := "" // of --flag=value, which cobra leaves out
	if name, _, ok := strings.Cut(typed, "="); ok && strings.HasPrefix(name, "-") {
		flag = name + "="
	}
	for _, item := range list {
		text, note, noted := strings.Cut(item, "\t")
		text = flag + text
		if !strings.HasPrefix(text, typed) || !strings.HasPrefix(text, l.before) {
			continue
		}
		text = l.quoted(text[len(l.before):])
		if listing && noted && len(list) > 1 {
			text = fmt.Sprintf("%s  (%s)", text, note)
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}
