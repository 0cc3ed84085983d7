package run

import (
	"math/big"
	"strconv"
	"strings"
)

// sameNumber compares two numbers of JSON by value: 1, 1.0 and 10e-1 are the same, and all
// digits count.
func sameNumber(a, b string) bool {
	return a == b || canonical(a) == canonical(b)
}

// canonical is a number as its digits without zeros at the ends, and the power of ten that
// they are multiplied with.
func canonical(s string) string {
	s, negative := strings.CutPrefix(s, "-")
	s = strings.ToLower(s)
	mantissa, exponent, _ := strings.Cut(s, "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return "0"
	}
	power := big.NewInt(int64(len(digits) - len(short) - len(fraction)))
	if e, ok := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10); ok {
		power.Add(power, e)
	}
	return strconv.FormatBool(negative) + short + "e" + power.String()
}

// isWhole reports whether a text is a whole number as JSON writes it.
func isWhole(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == "" && (digits == "0" || digits[0] != '0')
}
