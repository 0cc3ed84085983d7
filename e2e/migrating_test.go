package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// migratingFrom are the tools that docs/migrating.md has a section about; their flags are
// recorded in testdata/migrating.
var migratingFrom = []string{"grpcurl", "kitexcall", "yab", "evans"}

// TestMigratingIsComplete fails for a recorded flag, command or key of another tool
// of which docs/migrating.md says nothing.
func TestMigratingIsComplete(t *testing.T) {
	t.Parallel()
	rows := migratingRows(t)
	for _, peer := range migratingFrom {
		items, version := recorded(t, peer)
		if !strings.Contains(readMigrating(t), "\nOf "+peer+" "+version+".") {
			t.Errorf("docs/migrating.md is not about %s %s, which testdata/migrating/%s.txt is from", peer, version, peer)
		}
		for _, item := range items {
			if !hasRow(rows[peer], item) {
				t.Errorf("docs/migrating.md has no row for %s of %s", item, peer)
			}
		}
	}
}

// TestMigratingNamesWhatThereIs fails for a flag or a command of idlcall that
// docs/migrating.md names and that does not exist.
func TestMigratingNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	flags, commands := flagsOfAll(t)
	named := regexp.MustCompile(`(?:^|[\s(])(--[a-z][a-z0-9-]*|-[A-Za-z])(?:$|[\s=,'])`)
	command := regexp.MustCompile(`\bidlcall ([a-z]+)`)
	for peer, rows := range migratingRows(t) {
		for _, row := range rows {
			for _, span := range row.here {
				for _, m := range command.FindAllStringSubmatch(span, -1) {
					if !commands[m[1]] {
						t.Errorf("%s: %q: idlcall has no command %s", peer, span, m[1])
					}
				}
				for _, m := range named.FindAllStringSubmatch(ownFlags(span), -1) {
					if !flags[m[1]] {
						t.Errorf("%s: %q: no command of idlcall has %s", peer, span, m[1])
					}
				}
			}
		}
	}
}

// migratingRow is a row of a table: the code in its first column and in its second.
type migratingRow struct{ there, here []string }

func readMigrating(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join("..", "docs", "migrating.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// migratingRows are the rows of docs/migrating.md by section. A row without a
// second column is an error.
func migratingRows(t *testing.T) map[string][]migratingRow {
	rows := map[string][]migratingRow{}
	code := regexp.MustCompile("`([^`]+)`")
	section := ""
	for i, line := range strings.Split(readMigrating(t), "\n") {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			section = name
		}
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if len(cells) != 4 || strings.TrimSpace(cells[1]) == "" || strings.TrimSpace(cells[2]) == "" {
			t.Errorf("docs/migrating.md:%d: not a row of two columns", i+1)
			continue
		}
		var row migratingRow
		for _, m := range code.FindAllStringSubmatch(cells[1], -1) {
			row.there = append(row.there, m[1])
		}
		for _, m := range code.FindAllStringSubmatch(cells[2], -1) {
			row.here = append(row.here, strings.ReplaceAll(m[1], "\x00", "|"))
		}
		rows[section] = append(rows[section], row)
	}
	return rows
}

// hasRow reports whether a row is about item: code in its first column is item, or
// item and what comes behind it.
func hasRow(rows []migratingRow, item string) bool {
	for _, row := range rows {
		for _, span := range row.there {
			if span == item || strings.HasPrefix(span, item+" ") && !strings.HasPrefix(item, "-") {
				return true
			}
		}
	}
	return false
}

// recorded are what testdata/migrating has of a tool, one a line, and the version
// that its first line names.
func recorded(t *testing.T, peer string) (items []string, version string) {
	text, err := os.ReadFile(filepath.Join("testdata", "migrating", peer+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	about := regexp.MustCompile(`^# ` + peer + ` (v[0-9.]+): `).FindStringSubmatch(lines[0])
	if about == nil || len(lines) < 20 {
		t.Fatalf("testdata/migrating/%s.txt does not begin with a version, or has %d lines only", peer, len(lines))
	}
	return lines[1:], about[1]
}

// flagsOfAll are the flags of all commands of idlcall, and its commands.
func flagsOfAll(t *testing.T) (flags, commands map[string]bool) {
	idlcall, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	flags, commands = map[string]bool{}, map[string]bool{}
	for _, command := range []string{
		"", "call", "completion", "config", "config edit", "config path", "config schema", "config show", "convert",
		"describe", "diff", "health", "help", "list", "template", "test", "version",
	} {
		words := strings.Fields(command)
		if len(words) > 0 {
			commands[words[0]] = true
		}
		help, err := exec.Command(idlcall, append(words, "--help")...).Output()
		if err != nil {
			t.Fatalf("idlcall %s --help: %v", command, err)
		}
		for _, f := range flagLine.FindAllStringSubmatch(string(help), -1) {
			flags[f[2]] = true
			if f[1] != "" {
				flags[f[1]] = true
			}
		}
	}
	return flags, commands
}

// ownFlags is a piece of code without the words of other programs, and without
// what is between quotes.
func ownFlags(span string) string {
	span = regexp.MustCompile(`'[^']*'|"[^"]*"`).ReplaceAllString(span, "_")
	for _, other := range []string{"paste ", "yq ", "grpcurl ", "cat "} {
		if strings.HasPrefix(span, other) {
			return ""
		}
	}
	return span
}

// TestHasRow guards the check itself: a flag must not hide behind a longer one.
func TestHasRow(t *testing.T) {
	t.Parallel()
	rows := []migratingRow{{there: []string{"-proto-out-dir", "list SERVICE", "cli call --enrich"}}}
	for item, want := range map[string]bool{
		"-proto-out-dir": true, "-proto": false, "list": true, "call --enrich": false, "cli call --enrich": true, "-": false,
	} {
		if got := hasRow(rows, item); got != want {
			t.Errorf("hasRow(%q) = %v", item, got)
		}
	}
}
