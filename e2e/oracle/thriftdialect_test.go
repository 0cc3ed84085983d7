package oracle

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudwego/thriftgo/parser"

	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// TestDialectsOfCompilers: in each dialect, the ids of fields and the numbers of enum
// values are those that the compiler itself gives them, for random texts.
func TestDialectsOfCompilers(t *testing.T) {
	t.Parallel()
	compiler, err := exec.LookPath("thrift")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	for seed := range uint64(60) {
		text := randomThrift(rand.New(rand.NewPCG(seed, 1)))
		if want, ok := thriftgoReading(text); ok {
			compareReading(t, text, thrift.DialectThriftgo, want)
		}
		if compiler == "" {
			continue
		}
		if want, ok := apacheReading(t, compiler, text); ok {
			compareReading(t, text, thrift.DialectApache, want)
		}
	}
	if compiler == "" {
		t.Skip("Apache's compiler is not installed: only thriftgo was asked")
	}
}

// randomThrift is a struct with ids left out, negative and with zeros before them, and
// an enum likewise.
func randomThrift(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("enum E { ")
	for i := range 1 + r.IntN(4) {
		fmt.Fprintf(&b, "V%d%s, ", i, []string{"", " = 0" + fmt.Sprint(r.IntN(60)+i*100), fmt.Sprintf(" = %d", 1000+i), fmt.Sprintf(" = 0x%x", i+64)}[r.IntN(4)])
	}
	b.WriteString("}\nstruct S { ")
	for i := range 1 + r.IntN(5) {
		id := []string{"", "", fmt.Sprintf("%d: ", 2*i+1), fmt.Sprintf("%d: ", -r.IntN(4)), fmt.Sprintf("0%d: ", 10+i)}[r.IntN(5)]
		fmt.Fprintf(&b, "%si32 f%d, ", id, i)
	}
	b.WriteString("}\n")
	return b.String()
}

// reading is what a compiler makes of a text: "f0=1 f1=-1 V0=0".
func compareReading(t *testing.T, text string, dialect thrift.Dialect, want string) {
	t.Helper()
	s, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "a.thrift", Text: text}}, Dialect: dialect})
	if err != nil {
		t.Errorf("%s%s: %v, want %s", text, dialect, err, want)
		return
	}
	m, err := s.Message(t.Context(), "S")
	if err != nil {
		t.Errorf("%s%s: %v, want %s", text, dialect, err, want)
		return
	}
	d, err := s.Describe(t.Context(), "E")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range m.(*thrift.Struct).Fields {
		got = append(got, fmt.Sprintf("%s=%d", f.Name, f.ID))
	}
	for _, v := range d.Value.(*thrift.Element).Values {
		got = append(got, fmt.Sprintf("%s=%d", v.Name, *v.Number))
	}
	if have := strings.Join(got, " "); have != want {
		t.Errorf("%s%s: got %s, want %s", text, dialect, have, want)
	}
}

func thriftgoReading(text string) (string, bool) {
	tree, err := parser.ParseString("a.thrift", text)
	if err != nil {
		return "", false
	}
	var out []string
	seen := map[int32]bool{}
	for _, f := range tree.Structs[0].Fields {
		if seen[f.ID] {
			return "", false // its check refuses it
		}
		seen[f.ID] = true
		out = append(out, fmt.Sprintf("%s=%d", f.Name, f.ID))
	}
	for _, v := range tree.Enums[0].Values {
		out = append(out, fmt.Sprintf("%s=%d", v.Name, v.Value))
	}
	return strings.Join(out, " "), true
}

func apacheReading(t *testing.T, compiler, text string) (string, bool) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.thrift"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(compiler, "--gen", "json", "-out", dir, "a.thrift")
	c.Dir = dir
	if err := c.Run(); err != nil {
		return "", false
	}
	data, err := os.ReadFile(filepath.Join(dir, "a.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tree struct {
		Structs []struct {
			Fields []struct {
				Key  int    `json:"key"`
				Name string `json:"name"`
			} `json:"fields"`
		} `json:"structs"`
		Enums []struct {
			Members []struct {
				Name  string `json:"name"`
				Value int    `json:"value"`
			} `json:"members"`
		} `json:"enums"`
	}
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range tree.Structs[0].Fields {
		out = append(out, fmt.Sprintf("%s=%d", f.Name, f.Key))
	}
	for _, v := range tree.Enums[0].Members {
		out = append(out, fmt.Sprintf("%s=%d", v.Name, v.Value))
	}
	return strings.Join(out, " "), true
}
