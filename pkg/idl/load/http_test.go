package load_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

const shelvesProto = `syntax = "proto3";
package shelves;
import "google/api/annotations.proto";
service Shelves {
  rpc Get(Req) returns (Req) {
    option (google.api.http) = {
      get: "/v1/{name=shelves/*}"
      response_body: "name"
      additional_bindings { put: "/v1/{name}" body: "*" }
      additional_bindings { custom { kind: "PURGE" path: "/v1/purge" } }
    };
  }
  rpc Parts(Req) returns (Req) {
    option (google.api.http).post = "/v1/parts";
    option (google.api.http).body = "name";
  }
  rpc None(Req) returns (Req);
}
message Req { string name = 1; }
`

// rulesOf are the rules of a method on a line each.
func rulesOf(t *testing.T, s idl.Schema, method string) string {
	t.Helper()
	m, err := s.Method(context.Background(), method)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := m.HTTP()
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, r := range rules {
		lines = append(lines, fmt.Sprintf("%s %s %q %q %s", r.Verb, r.Path, r.Body, r.ResponseBody, r.Serializer))
	}
	return strings.Join(lines, "\n")
}

// The files of google/api are built in, and a descriptor set has the same rules as the
// source.
func TestHTTPRulesOfProto(t *testing.T) {
	source := mustLoad(t, load.Options{Strings: []load.Text{{Name: "shelves.proto", Text: shelvesProto}}})
	set := filepath.Join(t.TempDir(), "shelves.binpb")
	if err := source.Save(context.Background(), idl.SaveOptions{Dest: set}, "shelves.Shelves"); err != nil {
		t.Fatal(err)
	}
	for from, s := range map[string]idl.Schema{"source": source, "set": mustLoad(t, load.Options{Files: []string{set}})} {
		for method, want := range map[string]string{
			"Get":   `GET /v1/{name=shelves/*} "" "name" ` + "\n" + `PUT /v1/{name} "*" "" ` + "\n" + `PURGE /v1/purge "" "" `,
			"Parts": `POST /v1/parts "name" "" `,
			"None":  "",
		} {
			if got := rulesOf(t, s, method); got != want {
				t.Errorf("%s of %s:\n%s\nwant\n%s", method, from, got, want)
			}
		}
	}
}

func TestHTTPRulesOfThrift(t *testing.T) {
	s := mustLoad(t, thriftMap("a.thrift", `struct R {}
service Base { R Up(1: R r) (api.any = "/up") }
service S extends Base {
  R Get(1: R r) (api.get = "/a/:id", api.post = "/a", api.serializer = "form", api.baseurl = "x")
  R Bad(1: R r) (api.get = "a")
  R None(1: R r) (x = "/y")
}`))
	for method, want := range map[string]string{
		"S/Get":  `GET /a/:id "" "" form` + "\n" + `POST /a "" "" form`,
		"S/Up":   `* /up "" "" `,
		"S/None": "",
		"S/Bad":  `a.thrift:5:18: method S/Bad has api.get "a"; a path begins with /`,
	} {
		if got := rulesOf(t, s, method); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", method, got, want)
		}
	}
}
