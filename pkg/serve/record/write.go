package record

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// script is what was recorded as YAML: a rule for each call, in order. What was answered
// differently later has rules that count.
func (r *Recorder) script() []byte {
	b := []byte("rules:\n")
	if len(r.calls) == 0 {
		return []byte("rules: []\n")
	}
	for i, x := range r.calls {
		again := false
		for _, later := range r.calls[i+1:] {
			again = again || later.asks(x)
		}
		b = x.append(b, again, r.session.Schema().Types())
	}
	return b
}

// append writes one rule. JSON is YAML, so that messages stand as they are.
func (x *exchange) append(b []byte, again bool, types idl.Types) []byte {
	b = fmt.Appendf(b, "- method: %s\n", x.method)
	b = appendPairs(b, "header", x.header)
	b = appendPairs(b, "trailer", x.trailer)
	if len(x.turns) > 0 && x.turns[0].request != nil {
		b = fmt.Appendf(b, "  when: %s\n", literal(".request == "+string(x.turns[0].request)))
	}
	if again {
		b = fmt.Appendf(b, "  times: %d\n", x.times)
	}
	switch {
	case x.typ == stream.Bidi && len(x.turns) > 0:
		b = x.appendEach(b)
	case x.typ.ServerStreams():
		b = appendReplies(b, "  ", x.replies())
	default:
		for _, reply := range x.replies() {
			b = fmt.Appendf(b, "  reply: %s\n", reply)
		}
	}
	return x.appendEnd(b, types)
}

// appendPairs writes metadata; values of a name that ends in -bin are base64.
func appendPairs(b []byte, key string, md stream.Metadata) []byte {
	if len(md) == 0 {
		return b
	}
	b = fmt.Appendf(b, "  %s:\n", key)
	seen := map[string]bool{}
	for _, p := range md {
		if seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		var values []string
		for _, q := range md {
			if q.Name == p.Name {
				value := q.Value
				if stream.IsBinary(q.Name) {
					value = base64.StdEncoding.EncodeToString([]byte(value))
				}
				values = append(values, quoted(value))
			}
		}
		b = fmt.Appendf(b, "    %s: [%s]\n", quoted(p.Name), strings.Join(values, ", "))
	}
	return b
}

func (x *exchange) replies() [][]byte {
	var list [][]byte
	for _, t := range x.turns {
		list = append(list, t.replies...)
	}
	return list
}

func appendReplies(b []byte, indent string, list [][]byte) []byte {
	if len(list) == 0 {
		return fmt.Appendf(b, "%sreplies: []\n", indent)
	}
	b = fmt.Appendf(b, "%sreplies:\n", indent)
	for _, reply := range list {
		b = fmt.Appendf(b, "%s- %s\n", indent, reply)
	}
	return b
}

// appendEach writes what came after each request; the replies after the last are the rule's,
// as some may have come after the client had ended.
func (x *exchange) appendEach(b []byte) []byte {
	b = append(b, "  each:\n"...)
	last := len(x.turns) - 1
	for i, t := range x.turns[:last] {
		b = fmt.Appendf(b, "  - when: .count == %d\n", i+1)
		b = appendReplies(b, "    ", t.replies)
	}
	b = append(b, "  - replies: []\n"...)
	return appendReplies(b, "  ", x.turns[last].replies)
}

func (x *exchange) appendEnd(b []byte, types idl.Types) []byte {
	if x.end == nil {
		return b
	}
	o := stream.OutcomeOf(x.end)
	if status, ok := errors.AsType[*stream.Status](x.end); ok {
		b = fmt.Appendf(b, "  status: {code: %d, message: %s", status.Code, quoted(status.Message))
		if details, err := format.Details(status.Details, types, format.Options{}); err == nil && len(details) > 0 {
			b = fmt.Appendf(b, ", details: [%s]", joined(details))
		}
		return append(b, "}\n"...)
	}
	if declared, ok := errors.AsType[*serve.DeclaredError](x.end); ok {
		return fmt.Appendf(b, "  exception: {type: %s, value: %s}\n", declared.Name, orEmpty(declared.JSON))
	}
	if biz, ok := errors.AsType[*serve.BizStatusError](x.end); ok {
		b = fmt.Appendf(b, "  biz-status: {code: %d, message: %s", biz.Code, quoted(biz.Message))
		if len(o.Detail) > 0 {
			b = fmt.Appendf(b, ", extra: %s", o.Detail)
		}
		return append(b, "}\n"...)
	}
	return fmt.Appendf(b, "  application-exception: {code: %d, message: %s}\n", o.Code, quoted(o.Message))
}

// quoted is a text in quotes, as YAML and JSON have them.
func quoted(text string) string { return string(yamldoc.AppendString(nil, text)) }

// literal is a text without control characters in quotes between which nothing but quotes is
// special.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func joined(list [][]byte) string {
	texts := make([]string, len(list))
	for i, text := range list {
		texts[i] = string(text)
	}
	return strings.Join(texts, ", ")
}

func orEmpty(text []byte) string {
	if len(text) == 0 {
		return "{}"
	}
	return string(text)
}
