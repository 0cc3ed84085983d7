package record_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/proxy/decode"
	"github.com/idlcall/idlcall/pkg/proxy/record"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
)

// Example writes a suite of one call.
func Example() {
	dir, _ := os.MkdirTemp("", "record")
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "suite.yaml")
	r, err := record.New(record.Options{File: file, Settings: "target: \"localhost:50051\"\n", Transports: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	start := decode.Start{Method: stream.Method{Service: "shop.Shop", Name: "Buy"}, Known: true, Transport: "grpc"}
	for _, details := range []any{
		start, decode.Message{From: proxy.Client, JSON: []byte(`{"item":"hat"}`)}, decode.HalfClose{},
		decode.Message{From: proxy.Server, JSON: []byte(`{"id":1}`)}, decode.Finish{},
	} {
		r.Emit(decode.Event{Conn: 1, Call: 1, Details: details})
	}
	_ = r.Close()
	text, _ := os.ReadFile(file)
	fmt.Print(string(text))
	// Output:
	// # Calls that passed through a proxy, as steps for 'idlcall test'.
	// target: "localhost:50051"
	// steps:
	//   - name: "1: shop.Shop/Buy"
	//     method: "shop.Shop/Buy"
	//     transport: grpc
	//     request: {"item":"hat"}
	//     expect:
	//       equals: {"id":1}
}

// language is what idlcall test reads, as far as this package writes it.
var language = suite.Language{Settings: []string{"target", "transport", "protocol", "header", "meta", "persist", "connect-json"}}

// call is a call of a kind, from its events to the text of a suite.
func call(t *testing.T, m stream.Method, md stream.Metadata, request, reply string, end error) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "suite.yaml")
	r, err := record.New(record.Options{File: file, Settings: "target: demo\n", Transports: true, Secret: func(name, value string) (string, string) {
		if name == "authorization" {
			return "Bearer ", strings.TrimPrefix(value, "Bearer ")
		}
		return "", ""
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, details := range []any{
		decode.Start{Method: m, Known: true, Transport: "ttheader"}, decode.Header{From: proxy.Client, Metadata: md},
		decode.Message{From: proxy.Client, JSON: []byte(request)}, decode.Message{From: proxy.Server, JSON: []byte(reply)},
		decode.HalfClose{}, decode.Finish{Err: end},
	} {
		r.Emit(decode.Event{Call: 7, Details: details})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReadable: whatever names, metadata and messages are, what is written is a suite.
func TestReadable(t *testing.T) {
	t.Parallel()
	odd := "a: b # c ${d} \" ' \\ \x00\u0085\u2028\ufeff\x7f\n- [}"
	quoted := `"a: b # c ${d} \" ' \\ \u0000` + "\u0085\u2028\ufeff\x7f" + `\n- [}"`
	for _, end := range []error{
		nil, &stream.Status{Code: 5, Message: odd}, &stream.Status{Code: 4}, errors.New(odd), &decode.CanceledError{Text: odd},
	} {
		for typ := range stream.Type(4) {
			m := stream.Method{Service: "a.B", Name: odd, Type: typ, Lang: stream.Thrift, Protocol: stream.Compact}
			md := stream.Metadata{{Name: "x", Value: odd}, {Name: "RPC_TRANSIT_k", Value: odd}, {Name: "rpc-persist-a-b", Value: "v"}, {Name: "authorization", Value: "Bearer s3cret"}}
			text := call(t, m, md, `{"k":`+quoted+`}`, quoted, end)
			if strings.Contains(text, "s3cret") {
				t.Errorf("the secret is in\n%s", text)
			}
			s, err := suite.Read("suite.yaml", []byte(text), suite.Language{
				Settings: language.Settings, Given: map[string]string{"AUTHORIZATION": "x"},
			})
			switch {
			case err == nil && len(s.Steps) == 1:
			case err != nil && strings.Contains(err.Error(), "AUTHORIZATION is not set"):
			case err != nil && strings.Contains(err.Error(), "has no steps") && strings.Contains(text, "left out"):
			default:
				t.Fatalf("%v\n%s", err, text)
			}
		}
	}
}

// FuzzText: no metadata makes a file that is no suite.
func FuzzText(f *testing.F) {
	f.Add("x", "v", "m")
	f.Add("a: b", "${c}\n", "#\u2029")
	f.Fuzz(func(t *testing.T, name, value, method string) {
		text := call(t, stream.Method{Service: "a.B", Name: method}, stream.Metadata{{Name: name, Value: value}}, `{}`, `{}`, nil)
		if _, err := suite.Read("suite.yaml", []byte(text), language); err != nil {
			t.Fatalf("%v\n%q", err, text)
		}
	})
}
