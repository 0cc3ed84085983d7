package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/idlcall/idlcall/pkg/format"
)

// raw is an encode function that passes documents through, if they are JSON.
func raw(dst, doc []byte) ([]byte, error) {
	if !json.Valid(doc) {
		return nil, &format.ValueError{Offset: len(doc), Message: "no JSON"}
	}
	return append(dst, doc...), nil
}

func readAll(r *format.Reader) (docs []string, err error) {
	for {
		body, err := r.Next()
		if err != nil {
			return docs, err
		}
		docs = append(docs, string(body))
	}
}

func TestReaderSplits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"white space", " \n\t\r\n ", nil},
		{"one a line", "{\"a\":1}\n{\"a\":2}\n", []string{`{"a":1}`, `{"a":2}`}},
		{"no newline at the end", "{}\n[1]", []string{`{}`, `[1]`}},
		{"run together", `{}{"a":{}}[][[]]"x""y"1 2`, []string{`{}`, `{"a":{}}`, `[]`, `[[]]`, `"x"`, `"y"`, `1`, `2`}},
		{"over lines", "{\n  \"a\": [\n    1\n  ]\n}\n{}", []string{"{\n  \"a\": [\n    1\n  ]\n}", `{}`}},
		{"brackets in strings", `{"}":"{\"]"}{}`, []string{`{"}":"{\"]"}`, `{}`}},
		{"scalars", "null true\nfalse -1.5e3", []string{"null", "true", "false", "-1.5e3"}},
		{"byte order mark", "\ufeff{}", []string{"{}"}},
		{"CRLF", "{}\r\n{}\r\n", []string{"{}", "{}"}},
	} {
		for name, in := range map[string]io.Reader{
			"at once":      strings.NewReader(test.in),
			"byte by byte": iotest.OneByteReader(strings.NewReader(test.in)),
			"data and EOF": iotest.DataErrReader(strings.NewReader(test.in)),
		} {
			if name == "byte by byte" && test.name == "byte order mark" {
				continue // it is looked for in what arrives first
			}
			docs, err := readAll(format.NewReader(in, "test", raw, 0))
			if err != io.EOF || strings.Join(docs, "|") != strings.Join(test.want, "|") {
				t.Errorf("%s, %s: %q (%v), want %q", test.name, name, docs, err, test.want)
			}
		}
	}
}

// TestReaderPositions: a mistake is found where it stands, whatever came before.
func TestReaderPositions(t *testing.T) {
	t.Parallel()
	c := codec(t, method(t, "kinds.proto", "Call"), format.Options{})
	for _, test := range []struct {
		in               string
		index, line, col int
		text, caret      string
	}{
		{`{"nmae":1}`, 1, 1, 2, `{"nmae":1}`, ` ^`},
		{"{}\n{\"fInt32\": \"x\"}", 2, 2, 12, `{"fInt32": "x"}`, `           ^`},
		{"{}{}\n\n  {\n\t\"fBool\": 1\n}", 3, 4, 11, ` "fBool": 1`, `          ^`},
		{`{}{"é":1}`, 2, 1, 4, `{"é":1}`, ` ^`},
		{`{"fInt32":`, 1, 1, 11, `{"fInt32":`, `          ^`},
		{"{bad}\n{}", 1, 1, 2, `{bad}`, ` ^`},
		{"{} ]", 2, 1, 4, `]`, `^`},
		{`{"fString":"` + strings.Repeat("x", 500) + `","fBool":1}`, 1, 1, 523,
			"…" + strings.Repeat("x", 49) + `","fBool":1}`, strings.Repeat(" ", 60) + "^"},
	} {
		_, err := readAll(format.NewReader(strings.NewReader(test.in), "test", c.Encode, 0))
		var e *format.InputError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		caret := strings.Repeat(" ", e.Caret) + "^"
		if e.Index != test.index || e.Line != test.line || e.Col != test.col || e.Text != test.text || caret != test.caret {
			t.Errorf("%.40s: document %d, line %d, column %d\n%s\n%s\nwant %d, %d, %d\n%s\n%s", test.in,
				e.Index, e.Line, e.Col, e.Text, caret, test.index, test.line, test.col, test.text, test.caret)
		}
	}
}

// TestReaderStopsAtMistake: a mistake shows before the rest of the input comes.
func TestReaderStopsAtMistake(t *testing.T) {
	t.Parallel()
	in, out := io.Pipe()
	defer out.Close()
	go io.WriteString(out, "{bad")
	r := format.NewReader(in, "test", raw, 0)
	if _, err := r.Next(); err == nil {
		t.Fatal("no error")
	}
}

func TestReaderLimit(t *testing.T) {
	t.Parallel()
	r := format.NewReader(strings.NewReader(`"`+strings.Repeat("x", 1000)), "test", raw, 100)
	var e *format.InputError
	if _, err := r.Next(); !errors.As(err, &e) || !strings.Contains(err.Error(), "larger than 100 bytes") {
		t.Fatal(err)
	}
}

// TestReaderMemory: many documents need the memory of one. It counts
// allocations, so it cannot run beside other tests.
func TestReaderMemory(t *testing.T) {
	const doc, count = `{"a":"some text","b":[1,2,3]}` + "\n", 100_000
	encode := func(dst, _ []byte) ([]byte, error) { return dst, nil }
	var n int
	allocs := testing.AllocsPerRun(1, func() {
		n = 0
		r := format.NewReader(io.LimitReader(endless(doc), int64(len(doc))*count), "test", encode, 0)
		for {
			if _, err := r.Next(); err != nil {
				return
			}
			n++
		}
	})
	if n != count || allocs > 50 {
		t.Fatalf("%d documents, %v allocations", n, allocs)
	}
}

type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	if n == 0 {
		return copy(p, e[:len(p)]), nil
	}
	return n, nil
}

// FuzzReader: the documents of valid JSON are those that encoding/json finds, and
// nothing makes the reader panic.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"{}", "[1,2]{}\n\"a\"", "{\"a\":[{\"b\":null}]} 1 2", "{bad", "\"\\\"", "nul", "[1 2]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		docs, err := readAll(format.NewReader(bytes.NewReader(in), "test", raw, 0))
		var want []string
		d := json.NewDecoder(bytes.NewReader(in))
		for {
			var doc json.RawMessage
			if d.Decode(&doc) != nil {
				break
			}
			want = append(want, string(doc))
		}
		if err == io.EOF && d.InputOffset() == int64(len(in)) && len(docs) != len(want) {
			t.Fatalf("%q: %q, want %q", in, docs, want)
		}
	})
}
