package jsontext

import (
	"math"
	"math/bits"
	"strconv"
)

const digitPairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// AppendInt appends a whole number.
func AppendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return AppendUint(append(dst, '-'), -uint64(v))
	}
	return AppendUint(dst, uint64(v))
}

// AppendUint is AppendInt for a number without a sign.
func AppendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, '0'+byte(v))
	}
	n := digits(v)
	dst = append(dst, "00000000000000000000"[:n]...)
	at := len(dst)
	for v >= 100 {
		pair := v % 100 * 2
		v /= 100
		at -= 2
		dst[at], dst[at+1] = digitPairs[pair], digitPairs[pair+1]
	}
	if v >= 10 {
		dst[at-2], dst[at-1] = digitPairs[2*v], digitPairs[2*v+1]
	} else {
		dst[at-1] = '0' + byte(v)
	}
	return dst
}

// digits is how many decimal digits a number has that is not 0.
func digits(v uint64) int {
	n := bits.Len64(v) * 1233 >> 12 // by the logarithm of 2, one too few at most
	if v >= powers[n] {
		n++
	}
	return n
}

// powers are those of ten that fit.
var powers = [20]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// AppendFloat appends the shortest number that reads back as x, in the form
// that ECMAScript and ProtoJSON share, or one of the names of no number.
func AppendFloat(dst []byte, x float64, bits int) []byte {
	if bits == 64 {
		if out, ok := appendDecimal(dst, x); ok {
			return out
		}
	}
	switch {
	case math.IsNaN(x):
		return append(dst, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(dst, `"-Infinity"`...)
	}
	form := byte('f')
	if a := math.Abs(x); a != 0 {
		if bits == 64 && (a < 1e-6 || a >= 1e21) || bits == 32 && (float32(a) < 1e-6 || float32(a) >= 1e21) {
			form = 'e'
		}
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, x, form, -1, bits)
	if n := len(dst); form == 'e' && n-start >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1] // e-09 is e-9
		dst = dst[:n-1]
	}
	return dst
}

// maxFraction is how many digits behind the point appendDecimal looks for.
const maxFraction = 4

// appendDecimal appends a number of a few digits behind the point, as prices and
// measurements have. No two decimals of 15 digits are the same float64, so that one that
// is x, since dividing two numbers that are exact rounds but once, is the shortest.
func appendDecimal(dst []byte, x float64) ([]byte, bool) {
	a := math.Abs(x)
	if a >= 1e10 || a < 1e-3 {
		return nil, false // 0 may be negative
	}
	scale := uint64(1)
	for range maxFraction + 1 {
		n := uint64(a*float64(scale) + 0.5)
		if float64(n)/float64(scale) == a {
			if x < 0 {
				dst = append(dst, '-')
			}
			return appendScaled(dst, n, scale), true
		}
		scale *= 10
	}
	return nil, false
}

// appendScaled appends n divided by a power of ten.
func appendScaled(dst []byte, n, scale uint64) []byte {
	dst = AppendUint(dst, n/scale)
	if scale == 1 {
		return dst
	}
	at := len(dst)
	dst = AppendUint(dst, n%scale+scale) // with a 1 that keeps zeros, where the point will be
	dst[at] = '.'
	return dst
}
