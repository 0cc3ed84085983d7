package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/suite"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// difference is one place in which JSON is not what a file wants.
type difference struct {
	node    *yamldoc.Node // what the file wants there
	message string
}

// maxDifferences is more than anybody reads.
const maxDifferences = 20

// comparison looks for differences between what a file wants and JSON.
type comparison struct {
	scope *scope
	exact bool // fields that the file does not have are differences too
	found []difference
}

// compare returns the differences, the first maxDifferences of them.
func compare(sc *scope, want *yamldoc.Node, got json.RawMessage, exact bool) []difference {
	c := &comparison{scope: sc, exact: exact}
	value, err := decodeJSON(got)
	if err == nil {
		err = c.node(want, value, "")
	}
	if err != nil {
		c.found = append(c.found, difference{want, err.Error()})
	}
	return c.found
}

func decodeJSON(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

func (c *comparison) differf(n *yamldoc.Node, path, format string, args ...any) {
	if path == "" {
		path = "."
	}
	if len(c.found) < maxDifferences {
		c.found = append(c.found, difference{n, path + ": " + fmt.Sprintf(format, args...)})
	}
}

func (c *comparison) node(want *yamldoc.Node, got any, path string) error {
	switch want.Kind {
	case yamldoc.Map:
		return c.object(want, got, path)
	case yamldoc.List:
		return c.list(want, got, path)
	}
	text, err := c.scope.appendNode(nil, want)
	if err != nil {
		return err
	}
	value, err := decodeJSON(text)
	if err == nil && !same(value, got) {
		wanted, came := apart(string(text), whole(got))
		c.differf(want, path, "want %s, got %s", wanted, came)
	}
	return err
}

func (c *comparison) object(want *yamldoc.Node, got any, path string) error {
	object, ok := got.(map[string]any)
	if !ok {
		c.differf(want, path, "want an object, got %s", short(got))
		return nil
	}
	wanted := map[string]bool{}
	for _, f := range want.Fields {
		key, err := c.scope.expand(f.Key.Text)
		if err != nil {
			return err
		}
		wanted[key] = true
		value, there := object[key]
		if !there {
			if err := c.missing(f.Value, path+step(key)); err != nil {
				return err
			}
			continue
		}
		if err := c.node(f.Value, value, path+step(key)); err != nil {
			return err
		}
	}
	if !c.exact {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !wanted[key] {
			c.differf(want, path+step(key), "want nothing, got %s", short(object[key]))
		}
	}
	return nil
}

// list compares element by element, also where objects may have more fields: a list
// has as many elements as are wanted.
func (c *comparison) list(want *yamldoc.Node, got any, path string) error {
	list, ok := got.([]any)
	if !ok {
		c.differf(want, path, "want a list, got %s", short(got))
		return nil
	}
	for i, item := range want.Items {
		at := path + "[" + strconv.Itoa(i) + "]"
		if i >= len(list) {
			if err := c.missing(item, at); err != nil {
				return err
			}
			continue
		}
		if err := c.node(item, list[i], at); err != nil {
			return err
		}
	}
	for i := len(want.Items); i < len(list); i++ {
		c.differf(want, path+"["+strconv.Itoa(i)+"]", "want nothing, got %s", short(list[i]))
	}
	return nil
}

func (c *comparison) missing(want *yamldoc.Node, path string) error {
	text, err := c.scope.appendNode(nil, want)
	if err == nil {
		c.differf(want, path, "want %s, got nothing", cut(string(text)))
	}
	return err
}

// same compares what is wanted with what came. A whole number may have come as a string:
// ProtoJSON writes 64 bits so.
func same(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		switch b := b.(type) {
		case json.Number:
			return sameNumber(a.String(), b.String())
		case string:
			return isWhole(b) && sameNumber(a.String(), b)
		}
		return false
	case []any:
		list, ok := b.([]any)
		return ok && slices.EqualFunc(a, list, same)
	case map[string]any:
		object, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, object, same)
	}
	return a == b
}

// step is a key in a path, as jq writes it.
func step(key string) string {
	if suite.IsName(key) {
		return "." + key
	}
	return "[" + string(yamldoc.AppendString(nil, key)) + "]"
}

// short is a value of JSON for a message.
func short(value any) string { return cut(whole(value)) }

// whole is a value as JSON.
func whole(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // what was decoded marshals
	return string(bytes.TrimSpace(b.Bytes()))
}

// maxShown is how much of a value a message shows, in bytes.
const maxShown = 400

// apart cuts two texts that differ so that both show where.
func apart(a, b string) (string, string) {
	if len(a) <= maxShown && len(b) <= maxShown {
		return a, b
	}
	from := 0
	for from < min(len(a), len(b)) && a[from] == b[from] {
		from++
	}
	if from -= maxShown / 4; from <= 0 {
		return cut(a), cut(b)
	}
	return "…" + cut(strings.ToValidUTF8(a[from:], "")), "…" + cut(strings.ToValidUTF8(b[from:], ""))
}

// cut is the beginning of a text that is too long, with a mark.
func cut(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return string(bytes.ToValidUTF8([]byte(text[:maxShown]), nil)) + "…"
}
