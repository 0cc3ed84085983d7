package load_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

const describedBase = `namespace go base

// Base is common.
struct Base {
    1: string id
}

service Up {
    void up()
}
`

const described = `/* A licence. */

include "base.thrift"

const i32 LIMIT = 10 // at most

/**
 * What went wrong.
 */
exception Wrong {
    1: i32 code
} (message = "code")

enum Color {
    RED // warm
    # cold
    BLUE = 5 (x = "y"),
}

typedef map<Color, list<base.Base>> Groups (t)

// A request.
struct Req {
    // The name.
    1: required string name = "a" (go.tag = 'json:"Name"'), // shown
    /* Which. */
    2: optional Groups groups
    3: Req & next
    255: base.Base base
}

// The service.
service Svc extends base.Up {
    // Asks.
    Req ask(1: Req req, 2: Color c = Color.RED) throws (1: Wrong w) (api.get = "/a"),

	oneway void tell(1: string text) // gone
	Req talk(1: Req req) (streaming.mode = "client")
}
`

func TestThriftDescribe(t *testing.T) {
	t.Parallel()
	s := mustLoad(t, thriftMap("a.thrift", described, "base.thrift", describedBase))
	for _, c := range []struct{ symbol, kind, name, refers, text string }{
		{"LIMIT", "const", "a.LIMIT", "", "const i32 LIMIT = 10 // at most\n"},
		{"Wrong", "exception", "a.Wrong", "", "/**\n * What went wrong.\n */\nexception Wrong {\n    1: i32 code\n} (message = \"code\")\n"},
		{"a.Color", "enum", "a.Color", "", "enum Color {\n    RED // warm\n    # cold\n    BLUE = 5 (x = \"y\"),\n}\n"},
		{"Color.BLUE", "enum value", "a.Color.BLUE", "a.Color", "# cold\nBLUE = 5 (x = \"y\")\n"},
		{"Groups", "typedef", "a.Groups", "a.Color base.Base", "typedef map<Color, list<base.Base>> Groups (t)\n"},
		{"base.Base", "struct", "base.Base", "", "// Base is common.\nstruct Base {\n    1: string id\n}\n"},
		{"Req.name", "field", "a.Req.name", "", "// The name.\n1: required string name = \"a\" (go.tag = 'json:\"Name\"'), // shown\n"},
		{"a.Req.groups", "field", "a.Req.groups", "a.Groups", "/* Which. */\n2: optional Groups groups\n"},
		{"Svc/tell", "method", "Svc/tell", "", "oneway void tell(1: string text) // gone\n"},
		{"ask", "method", "Svc/ask", "a.Req a.Color a.Wrong", "// Asks.\nReq ask(1: Req req, 2: Color c = Color.RED) throws (1: Wrong w) (api.get = \"/a\")\n"},
		{"Svc.up", "method", "Svc/up", "", "void up()\n"},
		{"base.thrift", "file", "base.thrift", "", describedBase},
		{"Svc", "service", "Svc", "Up a.Req a.Color a.Wrong", described[strings.Index(described, "// The service."):]},
		{"Req", "struct", "a.Req", "a.Groups a.Req base.Base", described[strings.Index(described, "// A request."):strings.Index(described, "\n// The service.")]},
	} {
		d, err := s.Describe(t.Context(), c.symbol)
		if err != nil {
			t.Errorf("%s: %v", c.symbol, err)
			continue
		}
		if d.Kind != c.kind || d.Name != c.name || strings.Join(d.Refers, " ") != c.refers {
			t.Errorf("%s: got %s %s, refers to %v", c.symbol, d.Kind, d.Name, d.Refers)
		}
		if d.Text != c.text {
			t.Errorf("%s: got\n%swant\n%s", c.symbol, d.Text, c.text)
		}
		for _, r := range d.Refers {
			if _, err := s.Describe(t.Context(), r); err != nil {
				t.Errorf("%s refers to %s: %v", c.symbol, r, err)
			}
		}
	}
	for _, symbol := range []string{"Rqe", "a.Rqe", "Svc.aks", "Req.nmae"} {
		_, err := s.Describe(t.Context(), symbol)
		if err == nil || err.Error() != "no symbol \""+symbol+"\"" {
			t.Errorf("%s: %v", symbol, err)
		}
	}
}

func TestThriftDescribeJSON(t *testing.T) {
	t.Parallel()
	s := mustLoad(t, thriftMap("a.thrift", described, "base.thrift", describedBase))
	for symbol, want := range map[string]string{
		"LIMIT":      `{"kind":"const","name":"a.LIMIT","comment":"at most","type":"i32","value":"10"}`,
		"Color":      `{"kind":"enum","name":"a.Color","values":[{"kind":"enum value","name":"RED","comment":"warm","number":0},{"kind":"enum value","name":"BLUE","comment":"cold","number":5,"annotations":[{"key":"x","value":"y"}]}]}`,
		"Wrong":      `{"kind":"exception","name":"a.Wrong","comment":"What went wrong.","fields":[{"kind":"field","name":"code","number":1,"type":"i32"}],"annotations":[{"key":"message","value":"code"}]}`,
		"Groups":     `{"kind":"typedef","name":"a.Groups","type":"map<Color, list<base.Base>>","annotations":[{"key":"t","value":"1"}]}`,
		"Req.name":   `{"kind":"field","name":"a.Req.name","comment":"The name.","number":1,"type":"string","requiredness":"required","alias":"Name","default":"\"a\"","annotations":[{"key":"go.tag","value":"json:\"Name\""}]}`,
		"Svc/ask":    `{"kind":"method","name":"Svc/ask","comment":"Asks.","returns":"Req","arguments":[{"kind":"field","name":"req","number":1,"type":"Req"},{"kind":"field","name":"c","number":2,"type":"Color","default":"Color.RED"}],"throws":[{"kind":"field","name":"w","number":1,"type":"Wrong"}],"annotations":[{"key":"api.get","value":"/a"}]}`,
		"Svc/tell":   `{"kind":"method","name":"Svc/tell","comment":"gone","oneway":true,"returns":"void","arguments":[{"kind":"field","name":"text","number":1,"type":"string"}]}`,
		"base.Up":    `{"kind":"service","name":"Up","methods":[{"kind":"method","name":"Up/up","returns":"void"}]}`,
		"Svc/talk":   `{"kind":"method","name":"Svc/talk","streaming":"client","returns":"Req","arguments":[{"kind":"field","name":"req","number":1,"type":"Req"}],"annotations":[{"key":"streaming.mode","value":"client"}]}`,
		"Color.BLUE": `{"kind":"enum value","name":"a.Color.BLUE","comment":"cold","number":5,"annotations":[{"key":"x","value":"y"}]}`,
	} {
		d, err := s.Describe(t.Context(), symbol)
		if err != nil {
			t.Errorf("%s: %v", symbol, err)
			continue
		}
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		err = e.Encode(d.Value)
		if got := strings.TrimSpace(b.String()); err != nil || got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", symbol, got, want)
		}
	}
	d, err := s.Describe(t.Context(), "Svc")
	if err != nil || d.Value.(*thrift.Element).Extends != "Up" || len(d.Value.(*thrift.Element).Methods) != 3 {
		t.Errorf("service: %+v %v", d, err)
	}
}
