package run

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// observed is what an attempt at a step came to.
type observed struct {
	step *suite.Step
	err  error
	took time.Duration
	// why has an error as the command line would show it: its text and, on further
	// lines, hints.
	why []string

	// replies are those of a call; single says that the method returns one.
	replies         []json.RawMessage
	single          bool
	header, trailer stream.Metadata
	failures        []Failure     // of the actions of a script
	action          *yamldoc.Node // of a script, the one under way

	// exit, stdout and stderr are a command's.
	exit           int
	stdout, stderr output
}

// input is what expressions and comparisons look at: the reply, or the list of replies
// where the server streams; of a command, what it wrote to stdout.
func (o *observed) input() json.RawMessage {
	switch {
	case o.step.IsCommand():
		return yamldoc.AppendString(nil, o.stdout.text())
	case !o.single:
		return o.list()
	case len(o.replies) == 0:
		return json.RawMessage("null")
	}
	return o.replies[0]
}

// list are all replies.
func (o *observed) list() json.RawMessage {
	list := []byte{'['}
	for i, reply := range o.replies {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, reply...)
	}
	return append(list, ']')
}

// vars are the variables of expressions.
func (o *observed) vars(sc *scope) []jq.Var {
	return append(slices.Clip(sc.vars),
		jq.Var{Name: "header", JSON: metadataJSON(o.header)},
		jq.Var{Name: "trailer", JSON: metadataJSON(o.trailer)},
		jq.Var{Name: "error", JSON: errorJSON(o.err)},
		jq.Var{Name: "replies", JSON: o.list()},
	)
}

// metadataJSON is an object; values of one name are joined with commas, as HTTP has it.
func metadataJSON(md stream.Metadata) []byte {
	object := []byte{'{'}
	for i, p := range md {
		if _, value := valuesOf(md[:i], p.Name); value {
			continue
		}
		if len(object) > 1 {
			object = append(object, ',')
		}
		values, _ := valuesOf(md, p.Name)
		object = append(yamldoc.AppendString(object, p.Name), ':')
		object = yamldoc.AppendString(object, strings.Join(values, ", "))
	}
	return append(object, '}')
}

// valuesOf are the values of a name, whose case does not count. Bytes are base64.
func valuesOf(md stream.Metadata, name string) (values []string, found bool) {
	for _, p := range md {
		if !strings.EqualFold(p.Name, name) {
			continue
		}
		value := p.Value
		if stream.IsBinary(p.Name) {
			value = base64.StdEncoding.EncodeToString([]byte(value))
		}
		values = append(values, value)
	}
	return values, len(values) > 0
}

// errorJSON is how a call ended, null where it went well.
func errorJSON(err error) []byte {
	if err == nil {
		return []byte("null")
	}
	o := stream.OutcomeOf(err)
	text, _ := json.Marshal(struct { // strings and numbers, and JSON that is sound
		Kind    string          `json:"kind"`
		Code    int64           `json:"code"`
		Name    string          `json:"name"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}{o.Kind.String(), o.Code, o.Name, o.Message, o.Detail})
	if text == nil {
		return []byte("{}")
	}
	return text
}
