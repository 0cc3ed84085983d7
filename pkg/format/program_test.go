package format_test

import (
	"fmt"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

const sharedIDL = `syntax = "proto2";
package shared;
import "google/protobuf/any.proto";
message M {
  optional string text = 1;
  optional M inner = 2;
  map<string, M> by_name = 3;
  map<int32, E> codes = 4;
  repeated E list = 5;
  optional google.protobuf.Any any = 6;
  extensions 100 to 1000;
}
enum E { A = 0; B = 1; }
extend M {
  optional M more = 100;
  repeated string tags = 101;
}
message Other { required int64 id = 1; optional M m = 2; }
`

func sharedMethod(t testing.TB) *idl.Method {
	t.Helper()
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Text: sharedIDL}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Message(t.Context(), "shared.M")
	if err != nil {
		t.Fatal(err)
	}
	return &idl.Method{Input: m, Output: m}
}

var sharedDocs = []string{
	`{"text":"a","inner":{"inner":{"inner":{"text":"deep"}}}}`,
	`{"byName":{"x":{"codes":{"1":"B","-2":"A"}},"y":{"inner":{}}},"list":["A","B",7]}`,
	`{"any":{"@type":"a/shared.Other","id":"5","m":{"any":{"@type":"a/shared.M","list":["B"]}}}}`,
	`{"any":{"@type":"a/shared.Missing","@value":"AA=="}}`,
	`{"any":{"@type":"a/google.protobuf.Duration","value":"1.5s"}}`,
	`{"[shared.more]":{"[shared.tags]":["a","b"],"text":"x"},"[shared.tags]":["c"]}`,
	`{"inner":{"[shared.more]":{"inner":{"[shared.more]":{}}}}}`,
	`{"[shared.none]":1}`,
	`{"list":["C"]}`,
	`{"txet":"a"}`,
	`{"any":{"@type":"a/shared.Other"}}`,
}

var sharedThriftDocs = []string{
	`{"yes":true,"byte":1,"text":"t","color":"RED","self":{"self":{"color":7,"inner":{"id":1}}}}`,
	`{"map":{"a":1},"byNumber":{"1":"x"},"byColor":{"GREEN":2},"byInner":[[{"id":1},2]],"far":[[true],[]]}`,
	`{"choice":{"inner":{"name":"n","id":2}},"uuid":"00112233-4455-6677-8899-aabbccddeeff","blob":"/+8="}`,
	`{"long":"9007199254740993","real":1.5,"yes":false}`,
	`{"inner":{}}`,
	`{"color":"GREN"}`,
	`{"choice":{}}`,
}

// answers are what a codec makes of a document and of a body, errors included.
func answers(c format.Codec, doc string, more []byte) string {
	body, err := c.Encode(nil, []byte(doc))
	text := fmt.Sprintf("%x %v\n", body, err)
	for _, b := range [][]byte{append(body, more...), body} {
		reply, err := c.Decode(nil, b)
		text += fmt.Sprintf("%s %v\n", reply, err)
	}
	return text
}

// checkShared gives one program to 64 goroutines that use it at once, each document in
// another order. Every codec answers as one does that is alone with its program.
func checkShared(t *testing.T, m *idl.Method, o format.Options, docs []string, more []byte) {
	t.Helper()
	want := make([]string, len(docs))
	for i, doc := range docs {
		want[i] = answers(codec(t, m, o), doc, more)
	}
	p, err := format.Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	start := make(chan struct{})
	for g := range 64 {
		done.Go(func() {
			<-start
			c := p.Codec()
			for i := range 2 * len(docs) {
				n := (g + i) % len(docs)
				if i == len(docs) {
					c = p.Codec()
				}
				if got := answers(c, docs[n], more); got != want[n] {
					t.Errorf("%s: %s\nwant %s", docs[n], got, want[n])
				}
			}
		})
	}
	close(start)
	done.Wait()
}

// TestProgramShared: extensions, Any, recursion and maps of Protobuf, with numbers that no
// extension has.
func TestProgramShared(t *testing.T) {
	t.Parallel()
	var more []byte
	for _, num := range []protowire.Number{101, 300, 301, 999} {
		more = append(more, lengthened(num, []byte("z"))...)
	}
	checkShared(t, sharedMethod(t), format.Options{}, sharedDocs, more)
	checkShared(t, sharedMethod(t), format.Options{IDLNames: true, EmitDefaults: true}, sharedDocs, more)
}

// TestProgramSharedThrift: the same in each protocol, with defaults that lead to others
// and to themselves.
func TestProgramSharedThrift(t *testing.T) {
	t.Parallel()
	all := everything()
	loop := structOf("x.Loop", field(1, "n", tI32), withDefault(required(field(2, "m", tI32)), "5"))
	loop.Fields = append(loop.Fields, withDefault(field(3, "again", record(loop)), `{"n":1}`))
	pair := structOf("x.Pair", withDefault(field(1, "one", record(loop)), `{"n":2}`))
	pair.Fields = append(pair.Fields, withDefault(field(2, "two", record(pair)), `{}`))
	all.Fields = append(all.Fields, field(50, "loop", record(loop)), field(51, "pair", record(pair)))
	docs := append([]string{`{"loop":{}}`, `{"pair":{}}`, `{"pair":{"one":{"again":{}}},"loop":{"n":1}}`, `{"pair":{"two":{"two":{}}}}`}, sharedThriftDocs...)
	for _, p := range []stream.Protocol{stream.Binary, stream.Compact, stream.JSON} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			checkShared(t, over(p, bare(all)), format.Options{}, docs, nil)
			base := structOf("base.Base", field(1, "LogID", tString), field(2, "Extra", mapOf(tString, tString)))
			baseField := field(255, "base", record(base))
			baseField.Base = true
			req := structOf("x.Request", append([]*thrift.Field{field(1, "yes", tBool), field(2, "text", tString)}, baseField)...)
			m := over(p, thriftMethod(record(req), args(field(1, "req", record(req)))))
			checkShared(t, m, format.Options{Base: []format.BaseValue{{Path: "LogID", Value: "7"}, {Path: "Extra.k", Value: "v"}}},
				[]string{`{}`, `{"yes":true}`, `{"base":{"LogID":"mine"}}`, `{"base":{"Extra":{"k":"w"}},"text":"t"}`}, nil)
		})
	}
}

// TestDefaultInDefault: what a default shows does not depend on which was shown first.
func TestDefaultInDefault(t *testing.T) {
	t.Parallel()
	a := structOf("x.A")
	b := structOf("x.B", withDefault(field(1, "a", record(a)), `{}`))
	a.Fields = args(withDefault(field(1, "b", record(b)), `{}`))
	both := structOf("x.Both", field(1, "first", record(a)), field(2, "second", record(b)))
	m := bare(both)
	body := `{"first":{},"second":{}}`
	want := `{"first":{"b":{"a":{}}},"second":{"a":{"b":{}}}}`
	wire, err := codec(t, m, format.Options{}).Encode(nil, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	c := codec(t, m, format.Options{})
	for _, more := range []string{`{"second":{}}`, body} {
		one, err := c.Encode(nil, []byte(more))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Decode(nil, one); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []format.Codec{c, codec(t, m, format.Options{})} {
		if got, err := c.Decode(nil, wire); err != nil || string(got) != want {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
}

// TestProgramOfTwoLanguages: there is no mapping between them.
func TestProgramOfTwoLanguages(t *testing.T) {
	t.Parallel()
	m := sharedMethod(t)
	m.Output = everything()
	if p, err := format.Compile(m, format.Options{}); err == nil || p != nil {
		t.Errorf("%v, %v", p, err)
	}
}

// BenchmarkCodec is what a use of a compiled method costs before it begins.
func BenchmarkCodec(b *testing.B) {
	for name, m := range map[string]*idl.Method{"protobuf": sharedMethod(b), "thrift": bare(everything())} {
		b.Run(name, func(b *testing.B) {
			p, err := format.Compile(m, format.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				_ = p.Codec()
			}
		})
	}
}
