package kitexmap

import "strconv"

// fromText is api.js_conv of a request: strings are integers, and those that are none are 0.
func fromText(v any) any {
	switch v := v.(type) {
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			text, ok := element.(string)
			if !ok {
				return v
			}
			list[i] = fromText(text)
		}
		return list
	case map[string]any:
		entries := map[string]any{}
		for key, element := range v {
			entries[key] = fromText(element)
		}
		return entries
	}
	return v
}

// toText is api.js_conv of a reply: each i64 is a string, but in a list only where all are.
func toText(v any) any {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			if _, ok := element.(int64); !ok {
				return v
			}
			list[i] = toText(element)
		}
		return list
	case *object:
		entries := &object{}
		for _, m := range v.members {
			entries.set(m.name, toText(m.value))
		}
		return entries
	}
	return v
}
