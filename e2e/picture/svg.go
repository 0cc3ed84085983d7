package picture

import (
	"cmp"
	"fmt"
	"html"
	"strings"
)

// basic are the 16 colours of a terminal, for a dark background.
var basic = [16]string{
	"#484f58", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#d0d7de",
	"#6e7681", "#ffa198", "#a5d6a7", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff",
}

const (
	front, back = "#e6edf3", "#0d1117"
	// A cell, and what is around all of them, in pixels.
	cellWidth, cellHeight = 8.4, 19
	margin, bar           = 18, 36
	baseline              = 14
)

// SVG draws a screen of so many columns in a window with a title.
func (s *Screen) SVG(title string, columns int) string {
	width, height := float64(columns)*cellWidth+2*margin, len(s.Rows)*cellHeight+bar+margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 %g %d" width="%g" height="%d" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	b.WriteString("<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;" +
		"white-space:pre;fill:" + front + "}.b{font-weight:bold}.d{opacity:.65}.i{font-style:italic}.u{text-decoration:underline}</style>\n")
	fmt.Fprintf(&b, `<rect x=".5" y=".5" width="%g" height="%d" rx="9" fill="%s" stroke="#3d444d"/>`+"\n", width-1, height-1, back)
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="17" r="5.5" fill="%s"/>`, 20+i*18, colour)
	}
	fmt.Fprintf(&b, "\n"+`<text x="%g" y="22" text-anchor="middle" class="d">%s</text>`+"\n", width/2, html.EscapeString(title))
	for i, row := range s.Rows {
		for _, run := range row {
			run.draw(&b, i)
		}
	}
	if s.Row >= 0 {
		x, y := place(s.Column, s.Row)
		fmt.Fprintf(&b, `<rect x="%s" y="%d" width="%g" height="%d" fill="%s" opacity=".7"/>`+"\n", x, y, cellWidth, cellHeight, front)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// place is where a cell begins.
func place(column, row int) (x string, y int) {
	return decimal(margin + float64(column)*cellWidth), bar + row*cellHeight
}

func decimal(pixels float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", pixels), "0"), ".")
}

// draw draws a run, whose width does not depend on the font.
func (r Run) draw(b *strings.Builder, row int) {
	fill, behind := r.Look.Front, r.Look.Back
	if r.Look.Reverse {
		fill, behind = cmp.Or(behind, back), cmp.Or(fill, front)
	}
	if behind != "" {
		x, y := place(r.At, row)
		fmt.Fprintf(b, `<rect x="%s" y="%d" width="%s" height="%d" fill="%s"/>`, x, y, decimal(float64(r.Cells)*cellWidth), cellHeight, behind)
	}
	text := strings.TrimLeft(r.Text, " ")
	before := len(r.Text) - len(text)
	text = strings.TrimRight(text, " ")
	if text == "" {
		return
	}
	cells := r.Cells - (len(r.Text) - len(text))
	x, y := place(r.At+before, row)
	fmt.Fprintf(b, `<text x="%s" y="%d" textLength="%s"`, x, y+baseline, decimal(float64(cells)*cellWidth))
	if classes := r.Look.classes(); classes != "" {
		fmt.Fprintf(b, ` class="%s"`, classes)
	}
	if fill != "" {
		fmt.Fprintf(b, ` style="fill:%s"`, fill)
	}
	fmt.Fprintf(b, ">%s</text>\n", html.EscapeString(text))
}

func (l Look) classes() string {
	var list []string
	for _, c := range []struct {
		name string
		has  bool
	}{{"b", l.Bold}, {"d", l.Dim}, {"i", l.Italic}, {"u", l.Underline}} {
		if c.has {
			list = append(list, c.name)
		}
	}
	return strings.Join(list, " ")
}
