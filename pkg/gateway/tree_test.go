package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		text  string
		style idl.PathStyle
		want  string // how it is spelled out, or the error
	}{
		{"/", idl.PathTemplate, "/"},
		{"/v1/shelves", idl.PathTemplate, "/v1/shelves"},
		{"/v1/{name=shelves/*/books/**}:read", idl.PathTemplate, "/v1/shelves/*/books/**:read name[1:5]"},
		{"/v1/{a.b}/*/{c=**}", idl.PathTemplate, "/v1/*/*/** a.b[1:2] c[3:4]"},
		{"/v1/a%20b", idl.PathTemplate, "/v1/a b"},
		{"/v1:verb", idl.PathTemplate, "/v1:verb"},
		{"/**/x", idl.PathTemplate, "/**/x"},
		{"v1", idl.PathTemplate, "a path begins with /"},
		{"/v1/", idl.PathTemplate, `a segment is text, * or **, at ""`},
		{"/v1//x", idl.PathTemplate, `a segment is text, * or **, at "/x"`},
		{"/{a", idl.PathTemplate, `{ without }, at "a"`},
		{"/{a=b", idl.PathTemplate, `{ without }, at ""`},
		{"/{a={b}}", idl.PathTemplate, `a variable in a variable, at "{b}}"`},
		{"/{1a}", idl.PathTemplate, `"1a" is no path of fields, at "1a}"`},
		{"/{a}{b}", idl.PathTemplate, `want / or the end, at "{b}"`},
		{"/***", idl.PathTemplate, `want / or the end, at "*"`},
		{"/**/{a=**}", idl.PathTemplate, "a path can have ** once"},
		{"/{a}/{a}", idl.PathTemplate, "a is there twice"},
		{"/%zz", idl.PathTemplate, `"%zz" is not percent-encoded, at "%zz"`},
		{"/x:", idl.PathTemplate, `a segment is text, * or **, at ""`},
		{"/a/:id/b", idl.PathColon, "/a/*/b id[1:2]"},
		{"/f/*rest", idl.PathColon, "/f/++ rest[1:2]"},
		{"/f/*rest/x", idl.PathColon, `"*rest" is not at the end`},
		{"/f/a:id", idl.PathColon, `"a:id": a parameter is a whole segment`},
		{"/f/:", idl.PathColon, `":" is no name of a parameter`},
		{"/:a/:a", idl.PathColon, "a is there twice"},
		{strings.Repeat("/a", maxSegments+1), idl.PathColon, "more than 100 segments"},
	} {
		p, err := parsePattern(c.text, c.style)
		got := fmt.Sprint(err)
		if err == nil {
			got = p.show()
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// show spells a pattern out.
func (p *pattern) show() string {
	var b strings.Builder
	for _, s := range p.segments {
		b.WriteString("/" + [...]string{s.literal, "*", "**", "++"}[s.kind])
	}
	if len(p.segments) == 0 {
		b.WriteString("/")
	}
	if p.verb != "" {
		b.WriteString(":" + p.verb)
	}
	for _, v := range p.vars {
		fmt.Fprintf(&b, " %s[%d:%d]", v.name, v.begin, v.end)
	}
	return b.String()
}

// newTree has routes "VERB /path"; those with ":name" or "*name" are of Kitex's style.
func newTree(t testing.TB, rules ...string) *tree {
	t.Helper()
	tr := &tree{}
	for _, rule := range rules {
		verb, path, _ := strings.Cut(rule, " ")
		style := idl.PathTemplate
		if strings.Contains(path, "/:") || strings.Contains(path, "/*r") {
			style = idl.PathColon
		}
		p, err := parsePattern(path, style)
		if err != nil {
			t.Fatal(err)
		}
		if tr.add(p, &Route{Rule: idl.HTTPRule{Verb: verb, Path: path}, pattern: p}) != nil {
			t.Fatalf("%s is there twice", rule)
		}
	}
	return tr
}

func TestTree(t *testing.T) {
	tr := newTree(t,
		"GET /", "GET /v1/{name=shelves/*}", "GET /v1/shelves/first", "GET /v1/{name=shelves/*/books/**}", "POST /v1/{name=shelves/*}:move",
		"GET /v1/{id}", "* /any/{x}", "GET /a/:id", "DELETE /a/:id", "GET /f/*rest", "GET /tail/{x=**}/end", "GET /tail/{x}/other",
	)
	for _, c := range []struct{ request, want string }{
		{"GET /", "GET /"},
		{"GET /v1/shelves/1", "GET /v1/{name=shelves/*} name=shelves/1"},
		{"GET /v1/shelves/first", "GET /v1/shelves/first"},
		{"HEAD /v1/shelves/first", "GET /v1/shelves/first"},
		{"GET /v1/shelves/1/books", "GET /v1/{name=shelves/*/books/**} name=shelves/1/books"},
		{"GET /v1/shelves/1/books/a%2Fb/c%20d", "GET /v1/{name=shelves/*/books/**} name=shelves/1/books/a%2Fb/c d"},
		{"POST /v1/shelves/1:move", "POST /v1/{name=shelves/*}:move name=shelves/1"},
		{"GET /v1/shelves/1:move", "GET /v1/{name=shelves/*} name=shelves/1:move"},
		{"GET /v1/a%2Fb", "GET /v1/{id} id=a/b"},
		{"GET /v1/%73helves/first", "GET /v1/shelves/first"},
		{"GET /v1/", "none"},
		{"GET /v1", "none"},
		{"PURGE /any/1", "* /any/{x} x=1"},
		{"DELETE /a/7", "DELETE /a/:id id=7"},
		{"PUT /a/7", "allowed DELETE GET"},
		{"GET /f/a/b", "GET /f/*rest rest=a/b"},
		{"GET /f", "none"},
		{"GET /tail/a/b/end", "GET /tail/{x=**}/end x=a/b"},
		{"GET /tail/end/end", "GET /tail/{x=**}/end x=end"},
		{"GET /tail/a/other", "GET /tail/{x}/other x=a"},
		{"GET x", "none"},
		{"GET /%", "none"},
	} {
		verb, path, _ := strings.Cut(c.request, " ")
		if got := showFound(tr.find(verb, path)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.request, got, c.want)
		}
	}
}

func showFound(f found) string {
	switch {
	case f.route == nil && len(f.allowed) > 0:
		return "allowed " + strings.Join(f.allowed, " ")
	case f.route == nil:
		return "none"
	}
	text := f.route.String()
	for _, p := range f.params {
		value, err := p.value()
		if err != nil {
			value = err.Error()
		}
		text += " " + p.name + "=" + value
	}
	return text
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		text, value string
		want        bool
	}{
		{"$>0&&$<200", "199", true},
		{"$>0&&$<200", "200", false},
		{"0<$", "1", true},
		{"$<1||$>5", "6", true},
		{"$<1||$>5", "3", false},
		{"len($)<=2", `"éé"`, true},
		{"len($)<=2", `[1,2,3]`, false},
		{"$=='a'", `"a"`, true},
		{"$!='a'; msg:'x'", `"a"`, false},
		{"@:$>=5", `"5"`, true},
	} {
		check := parseCondition(c.text)
		if check == nil || check([]byte(c.value)) != c.want {
			t.Errorf("%s of %s: want %v", c.text, c.value, c.want)
		}
	}
	for _, text := range []string{"", "regexp('a')", "$", "$>x", "(A)$>1", "in($,1,2)", "$>1&&email($)"} {
		if parseCondition(text) != nil {
			t.Errorf("%q is no plain comparison", text)
		}
	}
}
