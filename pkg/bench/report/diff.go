package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
)

// WriteDiff writes a table of differences.
func WriteDiff(w io.Writer, list []bench.Difference) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s %11s %11s %10s  %-22s\n", "", "A", "B", "change", "95 % interval")
	for _, d := range list {
		change, between := "-", ""
		if d.A.Value != 0 {
			change = signed(d.Change.Value)
			between = fmt.Sprintf("%s to %s", signed(d.Change.Low), signed(d.Change.High))
		}
		fmt.Fprintf(&b, "%-8s %11s %11s %10s  %-22s %s\n", d.Name, figure(d.Name, d.A.Value), figure(d.Name, d.B.Value), change, between, d.Verdict())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteDiffJSON writes a list of differences.
func WriteDiffJSON(w io.Writer, list []bench.Difference) error {
	type row struct {
		bench.Difference
		Verdict string `json:"verdict"`
	}
	rows := []row{}
	for _, d := range list {
		rows = append(rows, row{d, d.Verdict()})
	}
	text, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// figure is a value in the unit of its name.
func figure(name string, value float64) string {
	switch name {
	case "rate":
		return perSecond(value)
	case "errors":
		return percent(value)
	}
	return bench.ShowTime(time.Duration(value * float64(time.Second)))
}

// signed is a change as a percentage.
func signed(share float64) string {
	p := share * 100
	digits := 1
	if math.Abs(p) >= 99.95 {
		digits = 0
	}
	text := decimals(p, digits) + " %"
	if p > 0 {
		text = "+" + text
	}
	return text
}
