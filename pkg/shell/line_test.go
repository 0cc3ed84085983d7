package shell_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/shell"
)

// takes are flags with a value, as a command has them.
func takes(flag string) bool {
	return slices.Contains([]string{"-f", "-H", "-q", "-d", "--header", "--timeout"}, flag)
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		input            string
		words, documents []string
		filter, in, out  string
		appends, ask     bool
		command, rest    string
		computed         bool
		wrong            string
		open             bool
	}{
		"method":              {input: "Pow", words: []string{"Pow"}},
		"document":            {input: `Pow {"number": 2}`, words: []string{"Pow"}, documents: []string{`{"number": 2}`}},
		"no blank":            {input: `Pow{"number": 2}`, words: []string{"Pow"}, documents: []string{`{"number": 2}`}},
		"several documents":   {input: `Sum {"a": "}"}{"b": 2} [3]`, words: []string{"Sum"}, documents: []string{`{"a": "}"}`, `{"b": 2}`, `[3]`}},
		"lines":               {input: "Pow {\n  \"number\": 2\n}", words: []string{"Pow"}, documents: []string{"{\n  \"number\": 2\n}"}},
		"scalars":             {input: `Wrap "a b" -1.5e3 true null`, words: []string{"Wrap"}, documents: []string{`"a b"`, "-1.5e3", "true", "null"}},
		"flags":               {input: `Buy -f items[].name=hat --timeout 3s -v`, words: []string{"Buy", "-f", "items[].name=hat", "--timeout", "3s", "-v"}},
		"quotes":              {input: `Buy -H 'a: b c' -f name="it's \"x\"" -f b=a\ c`, words: []string{"Buy", "-H", "a: b c", "-f", `name=it's "x"`, "-f", "b=a c"}},
		"JSON of a flag":      {input: `Buy -f opts:={"a": [1, 2]} -d {"b": "c d"}`, words: []string{"Buy", "-f", `opts:={"a": [1, 2]}`, "-d", `{"b": "c d"}`}},
		"flag after document": {input: `Buy {} -v`, words: []string{"Buy", "-v"}, documents: []string{"{}"}},
		"variable":            {input: `Get {"id": $last.id}`, words: []string{"Get"}, documents: []string{`{"id": $last.id}`}, computed: true},
		"variable alone":      {input: `Get $last.items[0] -v`, words: []string{"Get", "-v"}, documents: []string{"$last.items[0]"}, computed: true},
		"dollar in a string":  {input: `Get {"id": "$last"}`, words: []string{"Get"}, documents: []string{`{"id": "$last"}`}},
		"pipe in an object":   {input: `Get {"id": ($last.id | tonumber)}`, words: []string{"Get"}, documents: []string{`{"id": ($last.id | tonumber)}`}, computed: true},
		"filter":              {input: `Get {} | .a | .b`, words: []string{"Get"}, documents: []string{"{}"}, filter: " .a | .b"},
		"compared":            {input: `Get | .a > 3`, words: []string{"Get"}, filter: " .a > 3"},
		"compared to text":    {input: `Get | .a > "b"`, words: []string{"Get"}, filter: ` .a > "b"`},
		"filter to a file":    {input: `Get | .a > b.json`, words: []string{"Get"}, filter: " .a ", out: "b.json"},
		"both":                {input: `Get | select(.a > 3) > b.json`, words: []string{"Get"}, filter: " select(.a > 3) ", out: "b.json"},
		"arrow in a string":   {input: `Get | "->" + .a`, words: []string{"Get"}, filter: ` "->" + .a`},
		"to a file":           {input: `Get {} >a.json`, words: []string{"Get"}, documents: []string{"{}"}, out: "a.json"},
		"added to a file":     {input: `Get >> 'a b'`, words: []string{"Get"}, out: "a b", appends: true},
		"from a file":         {input: `Sum < a.ndjson > b`, words: []string{"Sum"}, in: "a.ndjson", out: "b"},
		"filter of a flag":    {input: `Get -q .a|.b`, words: []string{"Get", "-q", ".a|.b"}},
		"asks":                {input: `Buy ?`, words: []string{"Buy"}, ask: true},
		"command":             {input: ` :set  enum number `, command: "set", rest: "enum number"},
		"command alone":       {input: ":quit", command: "quit"},
		"nothing":             {input: "  "},

		"open bracket":    {input: `Pow {"a": [1`, wrong: "[ is not closed", open: true},
		"open string":     {input: `Pow {"a": "b`, wrong: "this string is not closed"},
		"string of lines": {input: "Pow {\"a\": \"b\n\"}", wrong: "this string is not closed"},
		"open quote":      {input: `Pow -H 'a`, wrong: "this quote is not closed", open: true},
		"wrong bracket":   {input: `Pow {"a": [1}`, wrong: "} does not close ["},
		"backslash":       {input: `Pow \`, wrong: "the line goes on behind a backslash", open: true},
		"no file":         {input: `Pow >`, wrong: "no file behind >"},
		"two files":       {input: `Pow > a > b`, wrong: "there is a file behind > already"},
		"no filter":       {input: `Pow |`, wrong: "no expression behind |", open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line, err := shell.Parse(test.input, takes)
			if test.wrong != "" {
				fault, ok := errors.AsType[*shell.SyntaxError](err)
				if !ok || fault.Message != test.wrong || fault.Open != test.open {
					t.Fatalf("%v (%+v)", err, fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var words, documents []string
			computed := false
			for _, w := range line.Words {
				words = append(words, w.Text)
			}
			for _, d := range line.Documents {
				documents = append(documents, d.Text)
				computed = computed || d.Computed
				if !strings.HasPrefix(test.input[d.At:], d.Text) {
					t.Errorf("%q does not stand at %d", d.Text, d.At)
				}
			}
			if !slices.Equal(words, test.words) || !slices.Equal(documents, test.documents) || computed != test.computed {
				t.Errorf("words %q, documents %q, computed %v", words, documents, computed)
			}
			if line.Filter != test.filter || line.In != test.in || line.Out != test.out || line.Append != test.appends || line.Ask != test.ask {
				t.Errorf("%+v", line)
			}
			if line.Command != test.command || line.Rest != test.rest {
				t.Errorf("command %q, rest %q", line.Command, line.Rest)
			}
		})
	}
}

// A line is taken apart or refused, and its parts are parts of it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`Pow {"number": 2} -H 'a: b' | .a > b`, "Get {\"id\": $last.a[0]}\n< x", `:set enum "number`, `A -f b:={"c":[`, `A\`, `-f`, `{"`, `$`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		line, err := shell.Parse(input, takes)
		if err != nil {
			if fault, ok := errors.AsType[*shell.SyntaxError](err); !ok || fault.At > len([]rune(fault.Text)) {
				t.Fatalf("%v: %+v", err, fault)
			}
			return
		}
		for _, d := range line.Documents {
			if d.Text == "" || !strings.HasPrefix(input[d.At:], d.Text) {
				t.Fatalf("%q at %d", d.Text, d.At)
			}
		}
	})
}
