package thriftidl

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
)

// httpVerb is the verb of an annotation of a method, "" where it is not about a route
// (cloudwego.io/docs/hertz/tutorials/toolkit/annotation).
func httpVerb(key string) string {
	switch key {
	case "api.get", "api.post", "api.put", "api.delete", "api.patch", "api.head", "api.options", "api.connect", "api.trace":
		return strings.ToUpper(strings.TrimPrefix(key, "api."))
	case "api.any":
		return "*"
	}
	return ""
}

// httpRules reads the annotations of a method that say how it is reached over HTTP.
func httpRules(m method) ([]idl.HTTPRule, error) {
	var rules []idl.HTTPRule
	serializer := ""
	for _, a := range m.fn.annotations {
		verb := httpVerb(a.Key)
		switch {
		case a.Key == "api.serializer":
			serializer = a.Value
		case verb == "":
		case !strings.HasPrefix(a.Value, "/"):
			return nil, m.errorAt(a.at, "has %s %s; a path begins with /", a.Key, quoteShort(a.Value))
		default:
			rules = append(rules, idl.HTTPRule{Verb: verb, Path: a.Value, Style: idl.PathColon})
		}
	}
	for i := range rules {
		rules[i].Serializer = serializer
	}
	return rules, nil
}
