package suite

import (
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// maxRows bounds the combinations of a matrix.
const maxRows = 1000

// matrix reads a mapping of settings to lists of values, all combinations of which count,
// or a list of combinations.
func (r *reader) matrix(n *yamldoc.Node) error {
	if n == nil || n.IsNull() {
		return nil
	}
	var rows []Row
	var err error
	switch {
	case n.Kind == yamldoc.List && len(n.Items) > 0:
		rows, err = r.listed(n)
	case n.Kind == yamldoc.Map && len(n.Fields) > 0:
		rows, err = r.crossing(n)
	default:
		return n.Errorf("want a mapping of settings to lists, or a list of combinations")
	}
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].Title == "" {
			rows[i].Title = title(rows[i])
		}
		if err := r.checkSettings(rows[i].Settings); err != nil {
			return err
		}
	}
	r.suite.Matrix = rows
	return nil
}

// crossing are all combinations of lists.
func (r *reader) crossing(n *yamldoc.Node) ([]Row, error) {
	axes, err := n.Settings(r.Settings)
	if err != nil {
		return nil, err
	}
	rows := []Row{{}}
	for _, axis := range axes {
		if len(axis.Values) == 0 {
			return nil, axis.Key.Errorf("%s has no values", axis.Name)
		}
		if len(rows)*len(axis.Values) > maxRows {
			return nil, axis.Key.Errorf("the matrix has more than %d combinations", maxRows)
		}
		rows = crossed(rows, axis)
	}
	return rows, nil
}

// crossed are rows with each value of one more setting.
func crossed(rows []Row, axis yamldoc.Setting) []Row {
	var all []Row
	for _, row := range rows {
		for _, v := range axis.Values {
			one := axis
			one.Values = []yamldoc.Value{v}
			all = append(all, Row{Settings: append(slices.Clip(row.Settings), one)})
		}
	}
	return all
}

// listed are combinations as a list has them.
func (r *reader) listed(n *yamldoc.Node) ([]Row, error) {
	if len(n.Items) > maxRows {
		return nil, n.Errorf("the matrix has more than %d combinations", maxRows)
	}
	var rows []Row
	for _, item := range n.Items {
		var row Row
		if err := item.Object(r.rowKeys(&row, item)); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// rowKeys are the keys of a combination. The variables of one are known in all: a row
// without them leaves them to the suite's.
func (r *reader) rowKeys(row *Row, of *yamldoc.Node) map[string]taker {
	return r.withSettings(&row.Settings, of, map[string]taker{
		"name": text(&row.Title),
		"vars": func(n *yamldoc.Node) error { return r.vars(&row.Vars, n) },
	})
}

// title is what tells a row from the others.
func title(row Row) string {
	var parts []string
	for _, s := range row.Settings {
		var values []string
		for _, v := range s.Values {
			values = append(values, v.Text)
		}
		parts = append(parts, s.Name+"="+strings.Join(values, ","))
	}
	for _, v := range row.Vars {
		text := []byte(v.Value.Text)
		if v.Value.Kind != yamldoc.String {
			text, _ = v.Value.AppendJSON(nil) // it is checked
		}
		parts = append(parts, v.Name+"="+string(text))
	}
	return strings.Join(parts, " ")
}
