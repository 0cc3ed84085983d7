package bench

import (
	"strconv"
	"time"
)

// ShowTime is a time with three digits.
func ShowTime(d time.Duration) string {
	unit, name := time.Nanosecond, "ns"
	switch { // what is rounded to 1000 has the next unit
	case d >= 999_500*time.Microsecond:
		unit, name = time.Second, "s"
	case d >= 999_500*time.Nanosecond:
		unit, name = time.Millisecond, "ms"
	case d >= time.Microsecond:
		unit, name = time.Microsecond, "µs"
	}
	value, digits := float64(d)/float64(unit), 2
	switch {
	case unit == time.Nanosecond || value >= 99.95:
		digits = 0
	case value >= 9.995:
		digits = 1
	}
	return strconv.FormatFloat(value, 'f', digits, 64) + name
}

// ShowBytes is a number of bytes with three digits.
func ShowBytes(n float64) string {
	unit := 0
	for n >= 999.5 && unit < 4 {
		n /= 1000
		unit++
	}
	digits := 0
	if unit > 0 && n < 99.95 {
		digits = 1
	}
	return strconv.FormatFloat(n, 'f', digits, 64) + " " + [...]string{"B", "kB", "MB", "GB", "TB"}[unit]
}
