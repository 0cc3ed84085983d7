package protoidl

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
)

// Field numbers of google/api/annotations.proto and google/api/http.proto.
const (
	optionHTTP = 72295728 // google.api.http in MethodOptions

	ruleBody         = 7
	ruleCustom       = 8
	ruleAdditional   = 11
	ruleResponseBody = 12
)

// httpRules reads the option google.api.http from the bytes of the options: whether the
// descriptor came from source, a set or a server, that is the form which all have.
func httpRules(md protoreflect.MethodDescriptor) ([]idl.HTTPRule, error) {
	raw, err := proto.Marshal(md.Options())
	if err != nil {
		return nil, fmt.Errorf("options of %s: %w", md.FullName(), err)
	}
	// An option that is set in parts is one message in several fields, which are one
	// run together.
	var rule []byte
	err = rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		if n == optionHTTP {
			rule = append(rule, val...)
		}
		return nil
	})
	if err != nil || rule == nil {
		return nil, err
	}
	var rules []idl.HTTPRule
	if err = httpRule(rule, &rules, true); err != nil {
		return nil, fmt.Errorf("google.api.http of %s: %w", md.FullName(), err)
	}
	return rules, nil
}

var ruleVerbs = [...]string{2: "GET", 3: "PUT", 4: "POST", 5: "DELETE", 6: "PATCH"}

// httpRule reads a google.api.HttpRule. Additional bindings have none of their own.
func httpRule(raw []byte, to *[]idl.HTTPRule, outer bool) error {
	var r idl.HTTPRule
	var additional [][]byte
	err := rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		switch {
		case int(n) < len(ruleVerbs) && ruleVerbs[n] != "":
			r.Verb, r.Path = ruleVerbs[n], string(val)
		case n == ruleBody:
			r.Body = string(val)
		case n == ruleCustom:
			return customRule(val, &r)
		case n == ruleAdditional:
			additional = append(additional, val)
		case n == ruleResponseBody:
			r.ResponseBody = string(val)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.Path != "" {
		*to = append(*to, r)
	}
	if len(additional) > 0 && !outer {
		return fmt.Errorf("an additional binding has additional bindings")
	}
	for _, raw := range additional {
		if err := httpRule(raw, to, false); err != nil {
			return err
		}
	}
	return nil
}

// customRule reads a google.api.CustomHttpPattern.
func customRule(raw []byte, r *idl.HTTPRule) error {
	return rawdesc.Walk(raw, func(n protowire.Number, val []byte, _ uint64) error {
		switch n {
		case 1:
			r.Verb = string(val)
		case 2:
			r.Path = string(val)
		}
		return nil
	})
}
