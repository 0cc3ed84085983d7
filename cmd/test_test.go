package cmd

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/suite"
)

// schemaKeys are the keys of a suite, a step and an expectation that are no settings.
func schemaKeys(t *testing.T) []string {
	t.Helper()
	text, err := suiteSchema()
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]any
		AnyOf      []struct{ Properties map[string]any }
	}
	var root struct {
		object
		Definitions map[string]object
	}
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, properties := range []map[string]any{root.Properties, root.Definitions["step"].AnyOf[1].Properties, root.Definitions["expect"].Properties} {
		if len(properties) < 10 {
			t.Fatalf("only %d keys", len(properties))
		}
		for key := range properties {
			if !slices.Contains(suiteSettings(), key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// TestSuitesAreExplained: help and README name all that a suite can have, and the suite of
// the help is one.
func TestSuitesAreExplained(t *testing.T) {
	page := newTopic("suites").Long
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range schemaKeys(t) {
		word := regexp.MustCompile(`\b` + key + `\b`)
		if !word.MatchString(page) || !word.Match(readme) {
			t.Errorf("%s is not in 'idlcall help suites' and README.md both", key)
		}
	}
	var text strings.Builder
	for line := range strings.Lines(page) {
		if rest, ok := strings.CutPrefix(line, "  "); ok {
			text.WriteString(rest)
		} else if text.Len() > 0 {
			break
		}
	}
	s, err := suite.Read("page.yaml", []byte(text.String()), suite.Language{Settings: suiteSettings(), Check: settingsChecker()})
	if err != nil || len(s.Steps) != 3 {
		t.Errorf("the suite of the page: %v\n%s", err, text.String())
	}
}

// TestOverride: what a step sets takes the place of what holds for all, header by header,
// and what contradicts it is out of force.
func TestOverride(t *testing.T) {
	f := newSettingFlags()
	if err := f.flags.Parse([]string{"--tls", "--idl", "a.proto", "-H", "a: 1", "-H", "B: 1", "--meta", "k=1"}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"plaintext: true", "idl-string: 'message M {}'", "header: ['b: 2', 'c: 2']", "meta: []"} {
		layer := settingsOf(t, f.flags, text)
		if err := f.override(layer[0], layer, "dir"); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"tls": "false", "plaintext": "true", "idl": "", "idl-string": `["message M {}"]`, "header": `["a: 1" "b: 2" "c: 2"]`, "meta": "",
	} {
		if got := f.flags.Lookup(name).Value.String(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := len(f.emptied()); got != 1 {
		t.Errorf("%d lists are emptied", got)
	}
}
