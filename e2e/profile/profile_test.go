package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// counted is what Callgrind writes, shortened: costs of lines, and calls with the
// cost of what was called.
const counted = `# callgrind format
positions: line
events: Ir

fl=./a.go
fn=a.main
10 3
cfi=./b.go
cfn=b.(*T).Do
calls=4 20 
12 400
cfn=b.copy.abi0
calls=9 1 
13 90

fn=b.(*T).Do'2
21 5
cfn=a.leaf
calls=2 30 
22 8
cfn=a.leaf
calls=1 30 
22 4
`

var lines = map[string]int64{"a.main": 8, "b.(*T).Do": 20, "a.leaf": 30}

// TestCompilerReadsIt has the compiler's own tool say what the profile means: caller,
// callee, lines from the caller's first to the call, weight.
func TestCompilerReadsIt(t *testing.T) {
	one, all := calls{}, calls{}
	if err := one.read(strings.NewReader(counted)); err != nil {
		t.Fatal(err)
	}
	all.addShares(one, lines)
	out, err := encode(all, all.hottest(1), lines)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "default.pgo")
	if err := os.WriteFile(name, out, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("go", "tool", "preprofile", "-i", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := "GO PREPROFILE V1\n" +
		"a.main\nb.(*T).Do\n4 613566756\n" +
		"b.(*T).Do\na.leaf\n2 460175067\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestHottest(t *testing.T) {
	a, b, c := site{"f", "a", 1}, site{"f", "b", 2}, site{"f", "c", 3}
	sites := calls{a: 5, b: 85, c: 10}.hottest(0.9)
	if len(sites) != 2 || sites[0] != b || sites[1] != c {
		t.Errorf("got %v", sites)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no count":           "fn=a\ncfn=b\ncalls=x 3\n4 5\n",
		"compressed line":    "fn=a\ncfn=b\ncalls=1 3\n* 5\n",
		"ends after a calls": "fn=a\ncfn=b\ncalls=1 3\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := (calls{}).read(strings.NewReader(text)); err == nil {
				t.Error("no error")
			}
		})
	}
}
