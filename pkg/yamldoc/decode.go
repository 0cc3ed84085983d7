package yamldoc

import (
	"slices"
	"strconv"
	"time"
)

// Object reads a mapping: known has what takes the value of each key. An unknown key is
// an error with the known ones that are like it. Null is an empty mapping.
func (n *Node) Object(known map[string]func(*Node) error) error {
	if n.Kind != Map && n.Kind != Null {
		return n.want("a mapping")
	}
	for _, f := range n.Fields {
		take := known[f.Key.Text]
		if take == nil {
			return f.Key.Unknown("key", f.Key.Text, names(known))
		}
		if err := take(f.Value); err != nil {
			return err
		}
	}
	return nil
}

func names(known map[string]func(*Node) error) []string {
	var list []string
	for name := range known {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func (n *Node) want(what string) *Error {
	return n.Errorf("want %s, got %s", what, n.Kind)
}

// Str is the text of a string, or of a number as it is written.
func (n *Node) Str() (string, error) {
	if n.Kind != String && n.Kind != Number {
		return "", n.want("a string")
	}
	return n.Text, nil
}

// Strings is a list of strings, or one string as such a list.
func (n *Node) Strings() ([]string, error) {
	if n.Kind != List {
		s, err := n.Str()
		if err != nil {
			return nil, n.want("a string or a list of strings")
		}
		return []string{s}, nil
	}
	var list []string
	for _, item := range n.Items {
		s, err := item.Str()
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Bool is true or false.
func (n *Node) Bool() (bool, error) {
	if n.Kind != Bool {
		return false, n.want("true or false")
	}
	return n.Text[0] == 't' || n.Text[0] == 'T', nil
}

// Int is a whole number between two others.
func (n *Node) Int(least, most int) (int, error) {
	i, err := strconv.Atoi(n.Text)
	if n.Kind != Number || err != nil || i < least || i > most {
		return 0, n.Errorf("want a whole number from %d to %d", least, most)
	}
	return i, nil
}

// Duration is text like 500ms, 2s or 1m30s, or a number of seconds.
func (n *Node) Duration() (time.Duration, error) {
	if n.Kind == Number {
		seconds, err := strconv.ParseFloat(n.Text, 64)
		if err == nil && seconds >= 0 && seconds < float64(1<<31) {
			return time.Duration(seconds * float64(time.Second)), nil
		}
	}
	d, err := time.ParseDuration(n.Text)
	if n.Kind != String || err != nil || d < 0 {
		return 0, n.Errorf("want a duration like 500ms, 2s or 1m")
	}
	return d, nil
}
