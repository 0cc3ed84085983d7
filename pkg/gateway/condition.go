package gateway

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// condition judges the JSON of a value, as api.vd has it.
type condition func(value []byte) bool

// parseCondition reads an expression of go-tagexpr where it is comparisons of $ or len($)
// with numbers or 'texts', joined by && and ||. Of any other it is nil: whoever
// generates code for it checks that, and we do not.
func parseCondition(text string) condition {
	text, _, _ = strings.Cut(text, ";") // a message may follow
	var any []condition
	for alternative := range strings.SplitSeq(strings.ReplaceAll(text, "@:", ""), "||") {
		var all []condition
		for part := range strings.SplitSeq(alternative, "&&") {
			c := parseComparison(strings.TrimSpace(part))
			if c == nil {
				return nil
			}
			all = append(all, c)
		}
		any = append(any, func(value []byte) bool {
			for _, c := range all {
				if !c(value) {
					return false
				}
			}
			return true
		})
	}
	return func(value []byte) bool {
		for _, c := range any {
			if c(value) {
				return true
			}
		}
		return false
	}
}

// parseComparison reads "$>0", "0<$", "len($)<=5", "$=='a'".
func parseComparison(text string) condition {
	for _, op := range []string{"<=", ">=", "==", "!=", "<", ">"} {
		left, right, found := strings.Cut(text, op)
		if !found {
			continue
		}
		left, right = strings.TrimSpace(left), strings.TrimSpace(right)
		if strings.Contains(right, "$") {
			left, right = right, left
			op = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}[op] + map[string]string{"==": "==", "!=": "!="}[op]
		}
		return compare(left, op, right)
	}
	return nil
}

// compare is a comparison of $ or len($) with a literal.
func compare(what, op, literal string) condition {
	number, err := strconv.ParseFloat(literal, 64)
	isText := len(literal) >= 2 && literal[0] == '\'' && literal[len(literal)-1] == '\''
	switch {
	case what == "$" && isText && !strings.ContainsAny(literal[1:len(literal)-1], `'\`):
		want := literal[1 : len(literal)-1]
		return func(value []byte) bool { return holds(strings.Compare(asText(value), want), op) }
	case err != nil:
		return nil
	case what == "$":
		return func(value []byte) bool {
			v, err := strconv.ParseFloat(asText(value), 64)
			return err == nil && holds(order(v, number), op)
		}
	case what == "len($)":
		return func(value []byte) bool { return holds(order(float64(size(value)), number), op) }
	}
	return nil
}

func order(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func holds(order int, op string) bool {
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "==":
		return order == 0
	}
	return order != 0
}

// size is the number of characters, elements or entries.
func size(value []byte) int {
	switch {
	case len(value) == 0:
	case value[0] == '[':
		var items []json.RawMessage
		_ = json.Unmarshal(value, &items)
		return len(items)
	case value[0] == '{':
		var entries map[string]json.RawMessage
		_ = json.Unmarshal(value, &entries)
		return len(entries)
	}
	return utf8.RuneCountInString(asText(value))
}
