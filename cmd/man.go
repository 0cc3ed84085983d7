package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newMan is for those who make packages: it writes a manual page for each command (section
// 1) and each page of help (section 7).
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write manual pages into a folder",
		Hidden: true,
		Args:   arguments(1, "DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return asOutput(err)
			}
			for name, text := range manPages(c.Root()) {
				if err := os.WriteFile(filepath.Join(args[0], name), []byte(text), 0o644); err != nil {
					return asOutput(err)
				}
			}
			return nil
		},
	}
}

// manPages are the pages by the names of their files.
func manPages(root *cobra.Command) map[string]string {
	pages := map[string]string{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" {
			return
		}
		c.InitDefaultHelpFlag()
		name := strings.ReplaceAll(c.CommandPath(), " ", "-")
		section := 1
		if slices.Contains(topicNames, c.Name()) {
			section = 7
		}
		pages[fmt.Sprintf("%s.%d", name, section)] = manPage(c, name, section)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return pages
}

// manPage is a page in the macros of man(7).
func manPage(c *cobra.Command, name string, section int) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s %d \"\" \"idlcall %s\" \"idlcall\"\n", roff(strings.ToUpper(name)), section, roff(version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(c.Short))
	if section == 1 {
		fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	}
	manText(&b, "DESCRIPTION", c.Long)
	if section == 1 {
		manFlags(&b, c)
	}
	manText(&b, "EXAMPLES", c.Example)
	if c.HasAvailableSubCommands() {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(sub.CommandPath()), roff(sub.Short))
			}
		}
	}
	if c.HasParent() {
		b.WriteString(".SH SEE ALSO\n.BR idlcall (1)\n")
	} else {
		manText(&b, "EXIT STATUS", strings.TrimPrefix(exitTable, "Exit codes:\n"))
	}
	return b.String()
}

// manText is a section whose lines stay as they are.
func manText(b *strings.Builder, title, text string) {
	if text = strings.Trim(text, "\n"); text == "" {
		return
	}
	fmt.Fprintf(b, ".SH %s\n.nf\n", title)
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(roff(line) + "\n")
	}
	b.WriteString(".fi\n")
}

// manFlags lists the flags in the groups of help.
func manFlags(b *strings.Builder, c *cobra.Command) {
	b.WriteString(".SH OPTIONS\n")
	shown := map[string]bool{}
	show := func(f *pflag.Flag) {
		shown[f.Name] = true
		name, usage := pflag.UnquoteUsage(f)
		flag := "\\-\\-" + roff(f.Name)
		if f.Shorthand != "" {
			flag = "\\-" + roff(f.Shorthand) + ", " + flag
		}
		fmt.Fprintf(b, ".TP\n\\fB%s\\fR", flag)
		if name != "" {
			fmt.Fprintf(b, " \\fI%s\\fR", roff(name))
		}
		fmt.Fprintf(b, "\n%s\n", roff(usage))
	}
	for _, g := range flagGroups {
		titled := false
		for name := range strings.FieldsSeq(g.names) {
			f := c.Flags().Lookup(name)
			if f == nil || f.Hidden {
				continue
			}
			if !titled {
				fmt.Fprintf(b, ".SS %s\n", roff(g.title))
				titled = true
			}
			show(f)
		}
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !shown[f.Name] && !f.Hidden {
			show(f)
		}
	})
}

// roff is text that means nothing to roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\`", "^", `\(ha`, "~", `\(ti`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
