package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// site is a call in the source: caller, callee, and the line of the call.
type site struct {
	caller, callee string
	line           int64
}

// calls counts how often each site was passed.
type calls map[site]int64

// recursion is what Callgrind adds to the name of a function that is inside
// itself; .abi0 is what the linker adds to one in assembler.
var recursion = regexp.MustCompile(`(\.abi0)?('\d+)?$`)

// read adds a file of Callgrind's, which was written with --compress-pos=no and
// --compress-strings=no (format: valgrind.org/docs/manual/cl-format.html). After a
// line calls=COUNT comes one whose first number is where in the caller the call is.
func (c calls) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var at site
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		switch key {
		case "fn":
			at.caller = recursion.ReplaceAllString(value, "")
		case "cfn":
			at.callee = recursion.ReplaceAllString(value, "")
		case "calls":
			lines.Scan()
			var n int64
			_, err := fmt.Sscan(value, &n)
			if err == nil {
				_, err = fmt.Sscan(lines.Text(), &at.line)
			}
			if err != nil {
				return fmt.Errorf("read calls=%q, then %q: %w", value, lines.Text(), err)
			}
			c[at] += n
		}
	}
	return lines.Err()
}

// whole is what the counts of a run come to, of those sites that the compiler can
// know: what is written in assembler has no first line.
const whole = 1 << 30

// addShares adds the calls of a run.
func (c calls) addShares(run calls, starts map[string]int64) {
	var sum int64
	for s, n := range run {
		if starts[s.caller] == 0 || starts[s.callee] == 0 {
			delete(run, s)
			continue
		}
		sum += n
	}
	for s, n := range run {
		c[s] += int64(float64(n) / float64(sum) * whole)
	}
}

// hottest are the sites that together have the share of all calls, most frequent first.
func (c calls) hottest(share float64) []site {
	var sites []site
	var all int64
	for s, n := range c {
		sites = append(sites, s)
		all += n
	}
	slices.SortFunc(sites, func(a, b site) int {
		return cmp.Or(cmp.Compare(c[b], c[a]), cmp.Compare(a.caller, b.caller), cmp.Compare(a.line, b.line), cmp.Compare(a.callee, b.callee))
	})
	var sum int64
	for i, s := range sites {
		if sum += c[s]; float64(sum) >= share*float64(all) {
			return sites[:i+1]
		}
	}
	return sites
}
