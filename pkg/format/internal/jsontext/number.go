package jsontext

import "strconv"

// Integer is the exact value of a JSON number that has no fraction.
type Integer struct {
	neg bool
	mag uint64
}

// ParseInteger reads a decimal number exactly. "1.0" and "1e3" are integers;
// "1.5" is not, and neither is anything beyond 64 bits: whole says whether the
// number has no fraction, fits whether it also fits.
func ParseInteger(text []byte) (n Integer, whole, fits bool) {
	i := 0
	if len(text) > 0 && text[0] == '-' {
		n.neg, i = true, 1
	}
	start := i
	for ; i < len(text) && i-start < 19; i++ { // 19 digits cannot overflow
		d := text[i] - '0'
		if d > 9 {
			return n.scaled(text[start:])
		}
		n.mag = n.mag*10 + uint64(d)
	}
	if i < len(text) {
		return n.scaled(text[start:])
	}
	return n, i > start, i > start
}

// scaled is the general case: a fraction, an exponent or many digits. It keeps
// the significant digits apart from the power of ten.
func (n Integer) scaled(text []byte) (_ Integer, whole, fits bool) {
	var kept []byte
	exp, seenPoint := 0, false
	for i, c := range text {
		if c|0x20 == 'e' {
			e, err := strconv.Atoi(string(text[i+1:]))
			if err != nil { // out of int's range: the digits decide
				e = 1 << 30
				if text[i+1] == '-' {
					e = -e
				}
			}
			exp += max(min(e, 1<<30), -1<<30) // further is no different
			break
		}
		if c == '.' {
			seenPoint = true
			continue
		}
		kept = append(kept, c)
		if seenPoint {
			exp--
		}
	}
	for len(kept) > 0 && kept[0] == '0' {
		kept = kept[1:]
	}
	for len(kept) > 0 && kept[len(kept)-1] == '0' {
		kept, exp = kept[:len(kept)-1], exp+1
	}
	if len(kept) == 0 {
		return Integer{neg: n.neg}, true, true
	}
	if exp < 0 {
		return n, false, false
	}
	if len(kept)+exp > 20 {
		return n, true, false
	}
	for range exp {
		kept = append(kept, '0')
	}
	mag, err := strconv.ParseUint(string(kept), 10, 64)
	return Integer{n.neg, mag}, true, err == nil
}

// Signed returns the value if it fits in a two's complement integer of size bits.
func (n Integer) Signed(bits int) (int64, bool) {
	limit := uint64(1) << (bits - 1)
	if n.neg {
		return -int64(n.mag), n.mag <= limit
	}
	return int64(n.mag), n.mag < limit
}

// Unsigned returns the value if it fits in size bits without a sign.
func (n Integer) Unsigned(bits int) (uint64, bool) {
	if n.neg && n.mag != 0 {
		return 0, false
	}
	return n.mag, bits == 64 || n.mag>>bits == 0
}
