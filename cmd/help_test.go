package cmd

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand visits all commands that there are.
func everyCommand(visit func(*cobra.Command)) {
	root := newRoot(streams{}, "")
	root.InitDefaultCompletionCmd()
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		visit(c)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// TestFlagGroups: help shows each flag once, in a group.
func TestFlagGroups(t *testing.T) {
	t.Parallel()
	groups := map[string]int{}
	for _, g := range flagGroups {
		for name := range strings.FieldsSeq(g.names) {
			groups[name]++
		}
	}
	if n := len(strings.Fields(flagGroups[0].names)); n != 10 {
		t.Errorf("%d flags of every day, want 10", n)
	}
	seen := map[string]bool{}
	everyCommand(func(c *cobra.Command) {
		if slices.Contains(topicNames, c.Name()) {
			return
		}
		c.InitDefaultHelpFlag()
		text := help(c, 100)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			seen[f.Name] = true
			if n := strings.Count(text, "--"+f.Name+" "); n == 0 {
				t.Errorf("%s --help does not show --%s", c.CommandPath(), f.Name)
			}
			if n := groups[f.Name]; n > 1 || c.Name() == "call" && n != 1 {
				t.Errorf("--%s is in %d groups", f.Name, groups[f.Name])
			}
		})
	})
	for name := range groups {
		if !seen[name] {
			t.Errorf("there is no --%s", name)
		}
	}
}

// TestCommandGroups: help of the root shows each command once.
func TestCommandGroups(t *testing.T) {
	t.Parallel()
	root := newRoot(streams{}, "")
	root.InitDefaultCompletionCmd()
	text := help(root, 100)
	for _, c := range root.Commands() {
		if n := strings.Count(text, "\n  "+c.Name()+" "); n != 1 && !c.Hidden {
			t.Errorf("%s is shown %d times", c.Name(), n)
		}
		if !c.Hidden && !slices.Contains(commandNames, c.Name()) && !slices.Contains(topicNames, c.Name()) {
			t.Errorf("%s is not among the names", c.Name())
		}
	}
}

// TestPages: each page begins with its title, and no line is wider than a page.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, name := range topicNames {
		var out, stderr bytes.Buffer
		if code := Main([]string{"help", name}, strings.NewReader(""), &out, &stderr); code != 0 || stderr.Len() > 0 {
			t.Fatalf("%s: exit %d: %s", name, code, stderr.String())
		}
		for line := range strings.Lines(out.String()) {
			if len(line) > 101 {
				t.Errorf("%s: a line of %d: %s", name, len(line), line)
			}
		}
	}
}
