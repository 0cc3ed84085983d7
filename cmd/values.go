package cmd

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// list is a flag value that may be given several times. pflag's own has a CSV writer
// with 4 KiB say what its default is, for each such flag of a command.
type list struct {
	to  *[]string
	set bool // what was there before the first that is set does not count
}

var _ pflag.SliceValue = (*list)(nil)

// listVar is pflag's StringArrayVarP for a list without a default.
func listVar(s *pflag.FlagSet, to *[]string, name, short, usage string) {
	*to = nil
	s.VarP(&list{to: to}, name, short, usage)
}

func (l *list) String() string {
	if l.to == nil || len(*l.to) == 0 {
		return "" // help shows no default then
	}
	return fmt.Sprintf("%q", *l.to)
}

// Type has cobra offer the flag again when completing.
func (l *list) Type() string { return "stringArray" }

// Set begins a list, or continues it.
func (l *list) Set(s string) error {
	if !l.set {
		l.set, *l.to = true, nil
	}
	return l.Append(s)
}

// Append is that of a SliceValue, as are Replace and GetSlice.
func (l *list) Append(s string) error {
	*l.to = append(*l.to, s)
	return nil
}

// Replace is described at Append.
func (l *list) Replace(values []string) error {
	*l.to = slices.Clone(values)
	return nil
}

// GetSlice is described at Append.
func (l *list) GetSlice() []string { return slices.Clone(*l.to) }

// duration is a flag value: "1.5s", "2m", or a plain number of seconds.
type duration time.Duration

func (d *duration) String() string {
	if *d == 0 {
		return "0" // help shows no default then
	}
	return time.Duration(*d).String()
}
func (d *duration) Type() string { return "duration" }

func (d *duration) Set(s string) error {
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && seconds >= 0 && seconds < math.MaxInt64/1e9 {
		*d = duration(math.Ceil(seconds * float64(time.Second))) // 0 would be no limit
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("want a duration like 500ms, 2s or 1m")
	}
	*d = duration(v)
	return nil
}

// optionalDuration is a duration that is known to be given or not.
type optionalDuration struct {
	duration
	given bool
}

func (a *optionalDuration) Set(s string) error {
	a.given = true
	return a.duration.Set(s)
}

// byteSize is a flag value: a number of bytes, or one with KiB, MiB, GiB (or k, m, g).
type byteSize int

func (b *byteSize) Type() string { return "size" }

func (b *byteSize) String() string {
	n := int(*b)
	switch {
	case n > 0 && n%(1<<20) == 0:
		return strconv.Itoa(n>>20) + "MiB"
	case n > 0 && n%(1<<10) == 0:
		return strconv.Itoa(n>>10) + "KiB"
	}
	return strconv.Itoa(n)
}

func (b *byteSize) Set(s string) error {
	number := strings.TrimRight(strings.ToLower(s), "ib")
	shift := 0
	for suffix, bits := range map[string]int{"k": 10, "m": 20, "g": 30} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, shift = rest, bits
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt32 || n<<shift > math.MaxInt32 {
		return fmt.Errorf("want a size like 500000, 64KiB or 64MiB, below 2GiB")
	}
	*b = byteSize(n << shift)
	return nil
}

// choice is a flag value with a fixed set of words.
type choice struct {
	value   *string
	choices []string
}

func (c choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}
func (c choice) Type() string { return strings.Join(c.choices, "|") }

func (c choice) Set(s string) error {
	if slices.Contains(c.choices, s) {
		*c.value = s
		return nil
	}
	return fmt.Errorf("want %s", strings.Join(c.choices, ", "))
}
