package jsontext

// Low makes a slice for the numbers below limit, which nearly all fields have, of a
// map of fields by their number.
func Low[N ~int16 | ~int32, F any](byNumber map[N]*F, limit N) []*F {
	top := N(0)
	for n := range byNumber {
		if n >= 0 && n < limit {
			top = max(top, n+1)
		}
	}
	low := make([]*F, top)
	for n, f := range byNumber {
		if n >= 0 && n < top {
			low[n] = f
		}
	}
	return low
}
