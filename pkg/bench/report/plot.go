package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

const (
	plotRows  = 12
	plotWidth = 40
)

// plot draws how many times lie between bounds that grow evenly by a factor, up to the last one in
// a thousand; what is above that has a row of its own.
func plot(b *strings.Builder, c column) {
	h := c.h
	rows := plotBounds(h)
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s\n", c.name)
	counts := make([]int64, len(rows))
	most, row := int64(0), 0
	for _, bar := range h.Bars() {
		for row < len(rows)-1 && bar.From > rows[row] {
			row++
		}
		counts[row] += bar.Count
		most = max(most, counts[row])
	}
	for i, bound := range rows {
		share := float64(counts[i]) / float64(h.Count())
		fmt.Fprintf(b, "  %9s  %-*s %s\n", "≤ "+bench.ShowTime(bound), plotWidth, block(float64(counts[i])/float64(most)), percent(share))
	}
	b.WriteByte('\n')
}

// plotBounds are the upper bounds of the rows.
func plotBounds(h *histogram.H) []time.Duration {
	low, high, end := h.Percentile(0.1), h.Percentile(99.9), h.Max()
	if h.Count() < 2 || low <= 0 {
		return nil
	}
	factor := math.Pow(float64(high)/float64(low), 1.0/(plotRows-1))
	var rows []time.Duration
	if factor > 1.001 {
		for i := range plotRows - 1 {
			rows = append(rows, time.Duration(float64(low)*math.Pow(factor, float64(i))))
		}
	}
	rows = append(rows, high)
	if end > high {
		rows = append(rows, end)
	}
	return rows
}

// block is a bar of eighths of a cell.
func block(share float64) string {
	eighths := int(math.Round(share * plotWidth * 8))
	if eighths == 0 && share > 0 {
		eighths = 1
	}
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text + strings.Repeat(" ", max(plotWidth-(eighths+7)/8, 0))
}

// percent has three digits, or four of a share near all.
func percent(share float64) string {
	p := share * 100
	switch {
	case p == 0:
		return "0 %"
	case p < 0.01:
		return "<0.01 %"
	case p < 9.995:
		return decimals(p, 2) + " %"
	}
	return decimals(p, 1) + " %"
}
