package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/e2e/picture"
)

// press is what a person does at a screen: typing, then keys, until the screen shows something.
type press struct {
	typed string
	keys  []string // by tmux's names
	until string
	shot  string // the end of the name of a golden screen; empty takes none
}

func key(names ...string) []string { return names }

// firstContact is what a person presses who meets a server for the first time: a look around, a
// call with the help of Tab, a mistake, an error, a stream, a suite. The picture of README.md is
// the screen behind it.
var firstContact = []press{
	{":l Shop", key("Enter"), "Shop/Note\n", ""},
	{"Bu", key("Tab"), "> Buy", ""},
	{"{", key("Tab"), "customer", "menu"},
	{"it", key("Tab"), `"items": [{`, ""},
	{`"nam`, key("Tab"), `"name": "`, ""},
	{`hat", "count": "two"}]}`, key("Enter"), "error: ", "mistake"},
	{"", slices.Repeat(key("BSpace"), len(`"two"}]}`)), "by default 1", ""},
	{"2}]}", key("Enter"), `"count":2`, ""},
	{"Refund $last", key("Enter"), "error: business", ""},
	{"Sum", key("Enter"), "Sum →0>", ""},
	{`{"data": 20}`, key("Enter"), "Sum →1>", ""},
	{`{"data": 22}`, key("Enter"), "Sum →2>", ""},
	{"", key("C-d"), `{"sum":"42"}`, ""},
	{":save smoke.yaml", key("Enter"), "makes them again\ndemo> \n", ""},
	{`Buy {"items": [{"name": "cap", `, key("Tab"), "shop.Size", ""},
}

// play does all of it. The goldens' names begin with name.
func (s *screen) play(steps []press, name string) {
	s.t.Helper()
	for _, step := range steps {
		if step.typed != "" {
			s.types(step.typed)
		}
		s.keys(step.keys...)
		s.until(step.until)
		if step.shot != "" && name != "" {
			s.golden(name + "-" + step.shot)
		}
	}
}

// openFirstContact is a shell in a folder of its own, where suites go.
func openFirstContact(t *testing.T, width, height int) (s *screen, folder string) {
	t.Helper()
	folder = t.TempDir()
	return openShellIn(t, width, height, folder, filepath.Join(folder, "history"), "demo"), folder
}

func TestShellFirstContact(t *testing.T) {
	t.Parallel()
	for name, width := range map[string]int{"shell-80": 80, "shell-120": 120} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, folder := openFirstContact(t, width, 44)
			s.play(firstContact, name)
			s.keys("C-c")
			s.keys("C-d")
			if code := s.ended(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			out, err := exec.Command("idlcall", "test", filepath.Join(folder, "smoke.yaml")).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "3 passed") {
				t.Errorf("the suite does not pass: %v\n%s", err, out)
			}
		})
	}
}

// The picture of README.md shows what the shell shows. 'make picture' draws it anew.
func TestShellPicture(t *testing.T) {
	t.Parallel()
	const columns, file = 84, "../docs/shell.svg"
	s, _ := openFirstContact(t, columns, 40)
	s.play(firstContact, "")
	shown, err := picture.Parse(s.painted())
	if err != nil {
		t.Fatal(err)
	}
	shown.Column, shown.Row = s.cursor()
	drawn := shown.SVG("idlcall shell demo", columns)
	if len(drawn) > 30_000 {
		t.Errorf("the picture has %d bytes", len(drawn))
	}
	if updateScripts {
		if err := os.WriteFile(file, []byte(drawn), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(file); err != nil || string(have) != drawn {
		t.Errorf("%s is stale ('make picture' draws it): %v\nthe screen has\n%s", file, err, s.text())
	}
}
