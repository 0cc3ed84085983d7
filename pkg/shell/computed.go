package shell

import (
	"context"
	"strings"
)

// computed are the words of a call, with what jq makes of the values of -f that begin with a
// variable, as in "-f id=$last.id", in their place.
func (s *Shell) computed(ctx context.Context, words []Word) ([]string, error) {
	flags := callFlags{s.Host}
	var list []string
	var flag *Flag // whose value comes next
	for _, w := range words {
		f, before, value := flag, "", w.Text
		if f == nil {
			f, before, value = flags.word(w.Text)
		}
		text := w.Text
		if f != nil && f.Name == "field" && value != "" {
			field, err := s.field(ctx, value)
			if err != nil {
				return nil, err
			}
			text = before + field
		}
		list = append(list, text)
		if flag == nil && flags.takes(w.Text) {
			flag = f
		} else {
			flag = nil
		}
	}
	return list, nil
}

// field is PATH=VALUE, or PATH:=JSON in its place where the value begins with a variable.
func (s *Shell) field(ctx context.Context, text string) (string, error) {
	path, value, _ := strings.Cut(text, "=")
	if !isVariable(value) {
		return text, nil
	}
	values, err := s.values(ctx, value)
	switch {
	case err != nil:
		return "", err
	case len(values) != 1:
		return "", usage("-f %s: the expression has %d values", text, len(values))
	}
	return strings.TrimSuffix(path, ":") + ":=" + values[0], nil
}

// isVariable reports whether a text begins with a jq variable: an amount of money does not.
func isVariable(text string) bool {
	return len(text) > 1 && text[0] == '$' && (text[1] == '_' || text[1]|0x20 >= 'a' && text[1]|0x20 <= 'z')
}
